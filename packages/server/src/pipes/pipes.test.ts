import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;

const TIME = expect.stringMatching(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{6}$/);
const ID = expect.stringMatching(/^t_[0-9a-f]{32}$/);

beforeAll(async () => {
  server = await TestServer.start();
  const client = server.client();
  await client.createDataSource(
    'sales',
    'day Date `json:$.day`, product String `json:$.product`, amount Int64 `json:$.amount`',
  );
  const sales = [
    { day: '2026-01-01', product: 'tea', amount: 3 },
    { day: '2026-01-01', product: 'jam', amount: 5 },
    { day: '2026-01-02', product: 'tea', amount: 7 },
  ];
  await client.events('sales', sales, { wait: true });
});
afterAll(() => server.stop());

function create(name: string, nodes: Record<string, string>, more: object = {}): Promise<Reply> {
  const list = Object.entries(nodes).map(([node, sql]) => ({ name: node, sql }));
  return post({ name, nodes: list, ...more });
}

function post(body: unknown): Promise<Reply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return server.call('POST /v0/pipes', { body: text, headers: { 'content-type': 'application/json' } });
}

/** Creates a Pipe, publishes its last node and gives back its rows as arrays. */
async function run(name: string, nodes: Record<string, string>): Promise<unknown[][]> {
  const created = await create(name, nodes);
  expect([created.status, created.body]).toEqual([200, expect.anything()]);
  await server.client().publish(name, Object.keys(nodes).at(-1) ?? '');
  return (await server.client().endpoint(name)).data.map((row) => Object.values(row));
}

function node(name: string, sql: string, more: object = {}): object {
  const fixed = { materialized: null, cluster: null, tags: {}, version: 0, project: null, result: null };
  const times = { created_at: TIME, updated_at: TIME };
  return {
    id: ID,
    name,
    sql,
    description: null,
    dependencies: [],
    ...fixed,
    ...times,
    ignore_sql_errors: false,
    node_type: 'standard',
    params: [],
    ...more,
  };
}

describe('managing', () => {
  test('[PI-02] [PI-03] [PI-04] [PI-07] creating from JSON shows the whole Pipe', async () => {
    const reply = await post({
      name: 'whole',
      description: 'my first pipe',
      nodes: [
        { name: 'tea', sql: "SELECT * FROM sales WHERE product = 'tea'", description: 'only tea' },
        { name: 'total', sql: 'SELECT sum(amount) AS total FROM tea' },
      ],
    });
    const expected = {
      id: ID,
      name: 'whole',
      description: 'my first pipe',
      tags: [],
      endpoint: null,
      type: 'default',
      version: 1,
      created_at: TIME,
      updated_at: TIME,
      parent: null,
      nodes: [
        node('tea', "SELECT * FROM sales WHERE product = 'tea'", {
          description: 'only tea',
          dependencies: ['sales'],
        }),
        node('total', 'SELECT sum(amount) AS total FROM tea', { dependencies: ['tea'] }),
      ],
      url: `${server.url}/v0/pipes/whole.json`,
    };
    expect([reply.status, reply.body]).toEqual([200, expected]);
    expect((await server.call('GET /v0/pipes/whole')).body).toEqual(reply.body);
    const { id } = await server.client().pipe('whole');
    expect((await server.call(`GET /v0/pipes/${id}`)).body).toEqual(reply.body);
  });

  test('[PI-18] removing', async () => {
    await run('short_lived', { n: 'SELECT 1' });
    const { token } = await server.client().pipe('short_lived');
    const headers = { authorization: `Bearer ${token}` };
    expect((await server.call('GET /v0/pipes/short_lived.json', { headers })).status).toBe(200);
    expect((await server.call('DELETE /v0/pipes/short_lived')).status).toBe(204);
    expect((await server.call('GET /v0/pipes/short_lived')).status).toBe(404);
    expect((await server.call('GET /v0/pipes/short_lived.json')).status).toBe(404);
    expect((await server.call('GET /v0/pipes', { headers })).status).toBe(403);
    expect(await run('short_lived', { n: 'SELECT 2' })).toEqual([[2]]);
  });
});

describe('publishing', () => {
  test('[EP-01] [EP-04] shows the endpoint and its one READ token, which reads it and nothing else', async () => {
    await create('with_token', { a: 'SELECT count() AS c FROM sales' });
    const published = await server.client().publish('with_token', 'a');
    expect(published).toMatchObject({
      endpoint: published.nodes[0]?.id,
      type: 'endpoint',
      token: expect.stringMatching(/^p\./),
    });
    const headers = { authorization: `Bearer ${published.token}` };
    expect((await server.call('GET /v0/pipes/with_token.json', { headers })).body).toMatchObject({
      data: [{ c: 3 }],
    });
    const calls = [
      'GET /v0/pipes/whole',
      'GET /v0/datasources/sales',
      'DELETE /v0/pipes/with_token',
      'POST /v0/pipes',
    ];
    for (const call of calls)
      expect([call, (await server.call(call, { headers })).status]).toEqual([call, 403]);
    expect((await server.call('GET /v0/pipes', { headers })).body).toMatchObject({
      pipes: [{ name: 'with_token' }],
    });
    expect((await server.call('GET /v0/datasources', { headers })).body).toEqual({ datasources: [] });
  });

  test('[EP-03] publishing another node moves the endpoint; the token stays', async () => {
    await create('moves', { a: 'SELECT 1 AS x', b: 'SELECT 2 AS x' });
    const first = await server.client().publish('moves', 'a');
    expect((await server.client().endpoint('moves')).data).toEqual([{ x: 1 }]);
    const second = await server.client().publish('moves', first.nodes[1]?.id ?? '');
    expect((await server.client().endpoint('moves')).data).toEqual([{ x: 2 }]);
    expect([second.token, second.endpoint]).toEqual([first.token, first.nodes[1]?.id]);
  });

  test('[EP-02] [EP-17] unpublishing takes the endpoint away', async () => {
    await run('stops', { a: 'SELECT 1' });
    const other = await server.call('DELETE /v0/pipes/stops/nodes/b/endpoint');
    expect([other.status, other.body]).toEqual([
      400,
      { error: 'The Pipe `stops` has no node `b`. Its nodes are: a.' },
    ]);
    expect(await server.client().unpublish('stops', 'a')).toMatchObject({ endpoint: null });
    const reply = await server.call('GET /v0/pipes/stops.json');
    const error =
      'The Pipe `stops` has no published endpoint. Publish a node with POST /v0/pipes/stops/nodes/<node>/endpoint.';
    expect([reply.status, reply.body]).toEqual([404, { error }]);
    const again = await server.call('DELETE /v0/pipes/stops/nodes/a/endpoint');
    expect([again.status, again.body]).toEqual([
      400,
      { error: 'The node `a` is not the published node of the Pipe `stops`.' },
    ]);
  });

  test('[ERR-08] a wrong node is answered with 400, a wrong Pipe with 404', async () => {
    await create('one_node', { a: 'SELECT 1' });
    const wrongNode = await server.call('POST /v0/pipes/one_node/nodes/z/endpoint');
    expect([wrongNode.status, wrongNode.body]).toEqual([
      400,
      { error: 'The Pipe `one_node` has no node `z`. Its nodes are: a.' },
    ]);
    const wrongPipe = await server.call('POST /v0/pipes/one_nod/nodes/a/endpoint');
    expect([wrongPipe.status, wrongPipe.body]).toEqual([
      404,
      { error: 'There is no Pipe `one_nod` in this Workspace. Did you mean `one_node`?' },
    ]);
  });

  test('[PB-09] survives a restart', async () => {
    const rows = await run('survives', { a: 'SELECT sum(amount) FROM sales' });
    await server.restart();
    expect((await server.client().endpoint('survives')).data.map((row) => Object.values(row))).toEqual(rows);
  });
});

describe('compiling', () => {
  test.each<[string, Record<string, string>, unknown[][]]>([
    ['[PS-01] one node', { a: 'SELECT sum(amount) FROM sales' }, [[15]]],
    [
      '[PS-02] [PS-03] nodes that read nodes, in any order',
      {
        last: 'SELECT * FROM mid ORDER BY product',
        base: 'SELECT product, amount FROM sales',
        mid: 'SELECT product, sum(amount) FROM base GROUP BY product',
        final_rows: 'SELECT * FROM last',
      },
      [
        ['jam', 5],
        ['tea', 10],
      ],
    ],
    [
      '[PS-03] a node that nobody reads is not run',
      { broken_at_run_time: 'SELECT throwIf(amount > 0) FROM sales', a: 'SELECT 1' },
      [[1]],
    ],
    [
      '[PS-04] a node in IN, in JOIN and in a scalar subquery',
      {
        days: "SELECT day FROM sales WHERE product = 'jam'",
        a: 'SELECT s.product, (SELECT count() FROM days) FROM sales s JOIN days USING day WHERE day IN days ORDER BY product',
      },
      [
        ['jam', 1],
        ['tea', 1],
      ],
    ],
    [
      '[PS-06] a node with a WITH of its own',
      {
        a: 'SELECT * FROM sales',
        b: 'WITH 2 AS two, x AS (SELECT amount FROM a) SELECT sum(amount) * two FROM x',
      },
      [[30]],
    ],
    [
      '[PS-04] UNION ALL of nodes',
      { a: 'SELECT 1 AS x', b: 'SELECT x FROM a UNION ALL SELECT x + 1 FROM a' },
      [[1], [2]],
    ],
    ['a node in brackets', { a: 'SELECT 1 AS x', b: '(SELECT x FROM a)' }, [[1]]],
    [
      'a trailing comment and semicolon',
      { a: 'SELECT 1 AS x -- one\n;', b: 'SELECT x FROM a /* two */ -- three' },
      [[1]],
    ],
    [
      'a node that has the name of a column',
      { amount: 'SELECT sum(amount) AS amount FROM sales', b: 'SELECT amount FROM amount' },
      [[15]],
    ],
    [
      '[EN-21] SETTINGS in the last node',
      {
        a: 'SELECT NULL AS x WHERE 0',
        b: 'SELECT sum(x) FROM a SETTINGS aggregate_functions_null_for_empty = 1',
      },
      [[null]],
    ],
    [
      '[PS-15] ARRAY JOIN, EXCEPT, LIMIT a, b',
      { a: 'SELECT * EXCEPT (day), n FROM sales ARRAY JOIN [1, 2] AS n ORDER BY amount, n LIMIT 1, 2' },
      [
        ['tea', 3, 2],
        ['jam', 5, 1],
      ],
    ],
  ])('%s', async (title, nodes, rows) => {
    expect(await run(`compile_${title.replace(/\W/g, '_')}`, nodes)).toEqual(rows);
  });

  test('[PS-02] [PS-22] Pipes that read Pipes see the published node, else the last one', async () => {
    await create('inside', { published: 'SELECT 10 AS x', endpoint: 'SELECT 20 AS x' });
    expect(
      await run('outside', {
        endpoint: 'SELECT x + 1 AS x FROM inner_alias',
        inner_alias: 'SELECT x FROM inside',
        top: 'SELECT * FROM endpoint',
      }),
    ).toEqual([[21]]);
    expect(await run('outermost', { endpoint: 'SELECT o.x, i.x FROM outside AS o, inside AS i' })).toEqual([
      [21, 20],
    ]);
    await server.client().publish('inside', 'published');
    expect((await server.client().endpoint('outermost')).data.map((row) => Object.values(row))).toEqual([
      [11, 10],
    ]);
  });

  test('a column that is named like its Pipe, or like a Pipe that reads it, is no circle', async () => {
    expect(await run('grand_total', { n: 'SELECT sum(amount) AS grand_total FROM sales' })).toEqual([[15]]);
    await create('by_day', { n: 'SELECT day, sum(amount) AS best_day FROM sales GROUP BY day' });
    expect(await run('best_day', { n: 'SELECT max(best_day) FROM by_day' })).toEqual([[8]]);
  });

  test('[PS-05] publishing a node through which Pipes would read each other is refused', async () => {
    await create('first', { n: 'SELECT 1 AS x' });
    await create('second', { reads: 'SELECT x FROM first', plain: 'SELECT 2 AS x' });
    await server.call('DELETE /v0/pipes/first?force=true');
    expect(await run('first', { n: 'SELECT x FROM second' })).toEqual([[2]]);
    const reply = await server.call('POST /v0/pipes/second/nodes/reads/endpoint');
    expect([reply.status, reply.body]).toEqual([
      400,
      { error: 'The query goes round in a circle: second → first → second.' },
    ]);
    expect((await server.client().endpoint('first')).data).toEqual([{ x: 2 }]);
  });

  test('[GN-25] [DM-10] Data Sources and Pipes by id', async () => {
    const { id } = await server.client().dataSource('sales');
    await create('by_name', { n: 'SELECT 1 AS one' });
    const pipe = await server.client().pipe('by_name');
    expect(
      await run('by_ids', { n: `SELECT one + count() FROM ${id}, t_label.${pipe.id.slice(2)} GROUP BY one` }),
    ).toEqual([[4]]);
  });
});

test('[GN-25] [PS-01] the id of a node is its name in its own Pipe, and nothing elsewhere', async () => {
  await create('of_nodes', { same_node: 'SELECT 1 AS n', out: 'SELECT n FROM same_node' });
  await create('of_others', { same_node: 'SELECT 42 AS n' });
  const [node, out] = (await server.client().pipe('of_nodes')).nodes;
  const put = (pipe: string): Promise<Reply> =>
    server.call(`PUT /v0/pipes/${pipe}/nodes/${pipe === 'of_nodes' ? 'out' : 'same_node'}`, {
      body: `SELECT n + 1 AS n FROM ${node?.id}`,
    });
  expect((await put('of_nodes')).status).toBe(200);
  expect(await server.rows('SELECT n FROM of_nodes')).toEqual([[2]]);
  const error = (id = ''): unknown => ({
    error: expect.stringContaining(`There is no Data Source or Pipe \`${id}\``),
  });
  const refused = await put('of_others');
  expect([refused.status, refused.body]).toEqual([400, error(node?.id)]);
  for (const { id } of [node, out].filter((each) => each !== undefined)) {
    const reply = await server.call(`GET /v0/sql?q=SELECT+*+FROM+${id}`);
    expect([reply.status, reply.body]).toEqual([400, error(id)]);
  }
});

describe('data', () => {
  beforeAll(async () => {
    await run('formats', { a: "SELECT 'x/y' AS s, toUInt64(18446744073709551615) AS n, 1 / 0 AS inf" });
  });

  test.each([
    [
      'json',
      'application/json; charset=utf-8',
      expect.objectContaining({ rows: 1, data: [{ s: 'x/y', n: 18446744073709552000, inf: null }] }),
    ],
    ['csv', 'text/csv; charset=utf-8', '"s","n","inf"\n"x/y",18446744073709551615,inf\n'],
    ['ndjson', 'application/x-ndjson; charset=utf-8', { s: 'x/y', n: 18446744073709552000, inf: null }],
    ['parquet', 'application/vnd.apache.parquet', expect.stringMatching(/^PAR1/)],
  ])('[EP-05] [EP-07] [EP-08] [EP-09] [EP-10] as %s', async (format, type, body) => {
    const reply = await server.call(`GET /v0/pipes/formats.${format}`);
    expect([reply.status, reply.headers.get('content-type'), reply.body]).toEqual([200, type, body]);
  });

  test('[EP-07] [QY-12] the JSON reply has meta, data, rows and statistics', async () => {
    await run('json_shape', { a: 'SELECT product FROM sales ORDER BY amount LIMIT 2' });
    expect((await server.call('GET /v0/pipes/json_shape.json')).body).toEqual({
      meta: [{ name: 'product', type: 'String' }],
      data: [{ product: 'tea' }, { product: 'jam' }],
      rows: 2,
      rows_before_limit_at_least: 3,
      statistics: {
        elapsed: expect.any(Number),
        rows_read: expect.any(Number),
        bytes_read: expect.any(Number),
      },
    });
  });

  test('[EP-11] [EP-12] as prometheus', async () => {
    await run('metrics', {
      a: "SELECT 'hits' AS name, 3 AS value, 'How many' AS help, 'counter' AS type, map('path', '/') AS labels",
    });
    const reply = await server.call('GET /v0/pipes/metrics.prometheus');
    expect(reply.body).toBe('# HELP hits How many\n# TYPE hits counter\nhits{path="/"} 3\n\n');
    expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const without = await server.call('GET /v0/pipes/formats.prometheus');
    expect([without.status, without.headers.get('x-db-exception-code')]).toEqual([400, '36']);
  });

  test('[EP-06] [GN-N2] by POST, and [EP-16] unknown parameters are ignored', async () => {
    const reply = await server.call('POST /v0/pipes/formats.csv?x=1', {
      body: '{"y": 2}',
      headers: { 'content-type': 'application/json' },
    });
    expect([reply.status, reply.body]).toEqual([200, '"s","n","inf"\n"x/y",18446744073709551615,inf\n']);
  });

  test('[EP-15] [QY-07] [QY-08] output parameters', async () => {
    const reply = await server.call(
      'GET /v0/pipes/formats.ndjson?output_format_json_quote_64bit_integers=1&output_format_json_quote_denormals=1',
    );
    expect(reply.body).toEqual({ s: 'x/y', n: '18446744073709551615', inf: 'inf' });
    const wrong = await server.call('GET /v0/pipes/formats.json?output_format_json_quote_denormals=yes');
    const error =
      'The parameter `output_format_json_quote_denormals` is not valid: `yes` is neither 0 nor 1.';
    expect([wrong.status, wrong.body]).toEqual([400, { error }]);
  });

  test('[EP-14] q runs over the endpoint, which _ and its name stand for', async () => {
    await run('over', { a: 'SELECT amount FROM sales' });
    const q = encodeURIComponent('SELECT max(_.amount) AS m, min(over.amount) AS n FROM _, over FORMAT JSON');
    expect((await server.call(`GET /v0/pipes/over.ndjson?q=${q}`)).body).toEqual({ m: 7, n: 3 });
    const { token } = await server.client().pipe('over');
    const headers = { authorization: `Bearer ${token}` };
    expect((await server.call(`GET /v0/pipes/over.ndjson?q=${q}`, { headers })).status).toBe(200);
    const other = encodeURIComponent('SELECT * FROM _, sales');
    const refused = await server.call(`GET /v0/pipes/over.json?q=${other}`, { headers });
    expect([refused.status, refused.headers.get('x-error-code')]).toEqual([403, 'query_refused']);
  });

  test('[EP-17] an unknown Pipe and an unknown format are answered with 404', async () => {
    const pipe = await server.call('GET /v0/pipes/nothing.json');
    expect([pipe.status, pipe.body]).toEqual([
      404,
      { error: 'There is no Pipe `nothing` in this Workspace. Create it with POST /v0/pipes.' },
    ]);
    const format = await server.call('GET /v0/pipes/formats.xml');
    const error = 'There is no data format `xml`. Use one of: json, csv, ndjson, parquet, prometheus.';
    expect([format.status, format.body]).toEqual([404, { error }]);
  });
});

describe('bad input', () => {
  const cases: [string, unknown, number, string | RegExp][] = [
    ['no JSON', 'name=x', 400, /^The request body is not valid: it is not JSON/],
    ['an empty body', '', 400, /^The parameter `name` is missing\. Send name and sql, /],
    [
      'no nodes',
      { name: 'bad', nodes: [] },
      400,
      'The parameter `nodes` is missing. A Pipe has at least one node.',
    ],
    ['nodes that are no list', { name: 'bad', nodes: 'x' }, 400, /^The request body is not valid: \/nodes /],
    [
      'a node without SQL',
      { name: 'bad', nodes: [{ name: 'a', sql: ' ' }] },
      400,
      'The node `a` has no SQL.',
    ],
    ['broken SQL', { name: 'bad', nodes: [{ name: 'a', sql: 'SELECT FROM WHERE' }] }, 400, /SYNTAX_ERROR/],
    [
      'an unknown column',
      { name: 'bad', nodes: [{ name: 'a', sql: 'SELECT amonut FROM sales' }] },
      400,
      /amonut.*\(UNKNOWN_IDENTIFIER\)$/s,
    ],
    [
      'an unknown table',
      { name: 'bad', nodes: [{ name: 'a', sql: 'SELECT * FROM sale' }] },
      400,
      'There is no Data Source or Pipe `sale` in this Workspace. Did you mean `sales`? (UNKNOWN_TABLE)',
    ],
    [
      'a reserved name',
      { name: 'select', nodes: [{ name: 'a', sql: 'SELECT 1' }] },
      400,
      /^The name "select" is a reserved word/,
    ],
    [
      'a reserved node name',
      { name: 'bad', nodes: [{ name: 'from', sql: 'SELECT 1' }] },
      400,
      /^The name "from" is a reserved word/,
    ],
    [
      'two nodes of one name',
      {
        name: 'bad',
        nodes: [
          { name: 'a', sql: 'SELECT 1' },
          { name: 'a', sql: 'SELECT 2' },
        ],
      },
      409,
      /^The name `a` is taken by a node of the Pipe bad/,
    ],
    [
      'a node with the name of a Data Source',
      { name: 'bad', nodes: [{ name: 'sales', sql: 'SELECT 1' }] },
      409,
      /^The name `sales` is taken by a Data Source/,
    ],
    [
      'the name of a Data Source',
      { name: 'sales', nodes: [{ name: 'a', sql: 'SELECT 1' }] },
      409,
      /^The name `sales` is taken by a Data Source/,
    ],
    [
      'a circle of nodes',
      {
        name: 'bad',
        nodes: [
          { name: 'a', sql: 'SELECT * FROM b' },
          { name: 'b', sql: 'SELECT * FROM a' },
        ],
      },
      400,
      /circle: a → b → a/,
    ],
    [
      'a node that reads itself',
      { name: 'bad', nodes: [{ name: 'a', sql: 'SELECT * FROM a' }] },
      400,
      /circle: a → a/,
    ],
    [
      'a FORMAT',
      { name: 'bad', nodes: [{ name: 'a', sql: 'SELECT 1 FORMAT CSV' }] },
      400,
      /ends in FORMAT CSV/,
    ],
    [
      'SETTINGS before the last node',
      {
        name: 'bad',
        nodes: [
          { name: 'a', sql: 'SELECT 1 AS x SETTINGS join_use_nulls = 1' },
          { name: 'b', sql: 'SELECT * FROM a' },
        ],
      },
      400,
      /SETTINGS can only be written in the last node of a query, not in \w+\.\w+\.$/,
    ],
    [
      'a setting that is not allowed',
      { name: 'bad', nodes: [{ name: 'a', sql: 'SELECT 1 SETTINGS readonly = 0' }] },
      403,
      /readonly/,
    ],
    [
      'a template that can not be read',
      { name: 'bad', nodes: [{ name: 'a', sql: '%\nSELECT {{Int32(x}}' }] },
      400,
      /^Template Syntax Error: .* \(line 2, column \d+\)$/,
    ],
    [
      'a statement that writes',
      { name: 'bad', nodes: [{ name: 'a', sql: 'INSERT INTO sales SELECT 1' }] },
      400,
      /SELECT/,
    ],
    [
      'a system table',
      { name: 'bad', nodes: [{ name: 'a', sql: 'SELECT * FROM system.tables' }] },
      403,
      /system\.tables/,
    ],
  ];

  test.each(cases)(
    '[ERR-07] [PS-05] [PS-07] %s is refused and leaves nothing',
    async (_title, body, status, error) => {
      const reply = await post(body);
      const text = typeof error === 'string' ? error : expect.stringMatching(error);
      expect([reply.status, reply.body]).toEqual([status, { error: text }]);
      expect((await server.call('GET /v0/pipes/bad')).status).toBe(404);
    },
  );
});
