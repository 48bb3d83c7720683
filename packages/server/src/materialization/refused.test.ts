import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { makePipe, outcome, sendJson } from '../testing/pipes.js';

let server: TestServer;

/** Data Sources and Pipes that every test finds, and leaves as they are. */
beforeAll(async () => {
  server = await TestServer.start();
  const client = server.client();
  await client.createDataSource(
    'hits',
    'at DateTime `json:$.at`, page String `json:$.page`, n UInt32 `json:$.n`',
  );
  await client.createDataSource('visits', 'page String `json:$.page`, n UInt32 `json:$.n`');
  await client.createDataSource('pages', 'page String `json:$.page`, title String `json:$.title`');
  await client.createDataSource('counts', 'page String, n UInt64, seen DateTime DEFAULT now()', {
    engine: 'SummingMergeTree',
    engine_sorting_key: 'page',
  });
  await client.createDataSource('strict', 'page String, n UInt64, must String');
  await client.createDataSource('states', 'page String, n AggregateFunction(sum, UInt64)', {
    engine: 'AggregatingMergeTree',
    engine_sorting_key: 'page',
  });
  await makePipe(server, 'plain', { source: 'SELECT page, n FROM hits' });
  await makePipe(server, 'served', { shown: 'SELECT page, n FROM hits' }, { publish: 'shown' });
  await makePipe(server, 'pageviews', { views: 'SELECT page, n FROM hits WHERE n > 0' });
  await makePipe(server, 'linked', {
    clean: "SELECT page, n FROM pageviews WHERE page != ''",
    counted: 'SELECT page, sum(n) AS n FROM clean ANY LEFT JOIN pages USING page GROUP BY page',
    beside: 'SELECT 1 AS one',
  });
  await expectStatus(link('linked', 'counted', 'datasource=counts'), 200);
});
afterAll(() => server.stop());

const link = (pipe: string, node: string, query: string, body?: string) =>
  server.call(
    `POST /v0/pipes/${pipe}/nodes/${node}/materialization?${query}`,
    body === undefined ? {} : { body },
  );

async function expectStatus(
  reply: Promise<{ status: number; body: unknown }>,
  status: number,
): Promise<void> {
  const { status: got, body } = await reply;
  expect([got, body]).toEqual([status, expect.anything()]);
}

function errorOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'error' in body ? String(body.error) : '';
}

/** The status with which a Data Source is answered. */
function statusOf(name: string): Promise<number> {
  return server.call(`GET /v0/datasources/${name}`).then(({ status }) => status);
}

describe('[MV-03] [ERR-09] is not linked', () => {
  test.each([
    [
      'no target',
      '',
      400,
      'The parameter `datasource` is missing. Name the Data Source that the rows go to; it is created if it is not there.',
    ],
    [
      'populate',
      'datasource=new&populate=true',
      501,
      'The parameter `populate` is not available in this version of Goldcrest. Leave it out: the view takes the rows that come in from now on.',
    ],
    [
      'populate_subset',
      'datasource=new&populate_subset=0.1',
      501,
      'The parameter `populate_subset` is not available in this version of Goldcrest. Leave it out: the view takes the rows that come in from now on.',
    ],
    [
      'a Pipe as target',
      'datasource=pageviews',
      409,
      'The name `pageviews` is taken by a Pipe of this Workspace. Choose another one.',
    ],
    [
      'a name that can not be',
      'datasource=1a',
      400,
      expect.stringMatching(/^The name "1a" starts with a digit/),
    ],
    [
      'an engine that is none',
      'datasource=new&engine=Log',
      400,
      expect.stringMatching(/^The engine options are not valid: `Log` is not an engine/),
    ],
    [
      'override of what is used',
      'datasource=counts&override_datasource=true',
      409,
      'The Data Source `counts` can not be overridden: Pipes use it. Materialize the node into another one, or into this one without override_datasource.',
    ],
    [
      'a flag that is none',
      'datasource=new&override_datasource=perhaps',
      400,
      'The parameter `override_datasource` is not valid: `perhaps` is neither true nor false.',
    ],
  ] as const)('%s', async (_title, query, status, error) => {
    expect(outcome(await link('plain', 'source', query))).toEqual([status, error]);
    expect(await statusOf('new')).toBe(404);
  });

  test.each<[string, string, string, unknown]>([
    [
      '[MZ-07] a column that the target has not',
      'SELECT page, n, at FROM hits',
      'counts',
      'the Data Source `counts` has no column `at`.',
    ],
    [
      '[MZ-07] a column that the node has not',
      'SELECT page, n FROM hits',
      'strict',
      'the column `must` of `strict` has no default, and the node does not make it.',
    ],
    [
      '[MZ-07] a text for a number',
      'SELECT page, page AS n FROM hits',
      'counts',
      'the column `n` is String and in `counts` UInt64: the one does not become the other. Use CAST.',
    ],
    [
      '[MZ-07] NULL for a number',
      'SELECT page, nullIf(n, 0) AS n FROM hits',
      'counts',
      'the column `n` is Nullable(UInt32) and in `counts` UInt64: it may be NULL. Use ifNull or assumeNotNull.',
    ],
    [
      '[MZ-07] states of other values',
      'SELECT page, sumState(n) AS n FROM hits GROUP BY page',
      'states',
      'the column `n` is AggregateFunction(sum, UInt32) and in `states` AggregateFunction(sum, UInt64): the one does not become the other. Use CAST.',
    ],
    [
      '[MZ-07] a column without a name',
      'SELECT page, count() FROM hits GROUP BY page',
      'new',
      '`count()` is no name for a column of a Data Source. Give it one with AS.',
    ],
    [
      '[PB-06] [SV-02] Service Data Sources',
      'SELECT pipe_name AS page FROM tinybird.pipe_stats_rt',
      'new',
      'it reads Service Data Sources, which a view may not.',
    ],
    [
      '[MZ-01] no table',
      'SELECT 1 AS n',
      'new',
      'its first table is no Data Source, so no rows that come in would trigger it.',
    ],
    [
      '[MZ-01] a table function first',
      'SELECT page, number FROM numbers(3) AS numbers CROSS JOIN hits',
      'new',
      expect.stringMatching(/table functions/),
    ],
    [
      '[MZ-01] a quarantine first',
      'SELECT page FROM hits_quarantine',
      'new',
      'its first table is the quarantine of a Data Source, which triggers no view.',
    ],
    [
      'a parameter without default',
      '% SELECT page FROM hits WHERE n > {{Int32(least, required=True)}}',
      'new',
      expect.stringMatching(/^its template can not be rendered without parameters/),
    ],
    ['FORMAT', 'SELECT page FROM hits FORMAT CSV', 'new', 'it ends in FORMAT CSV; leave it out.'],
  ])('%s', async (_title, sql, target, reason) => {
    const { status, body } = await link('plain', 'source', `datasource=${target}`, sql);
    const [, text = ''] = /^The node `source` can not be materialized: (.*)$/s.exec(errorOf(body)) ?? [];
    expect([status, text]).toEqual([400, reason]);
    expect((await server.client().pipe('plain')).nodes[0]).toMatchObject({
      sql: 'SELECT page, n FROM hits',
      materialized: null,
    });
    expect(await statusOf('new')).toBe(404);
  });
});

test('[MV-03] a node that is linked already, a Pipe and a node that are not there', async () => {
  const error =
    'The node `counted` of the Pipe `linked` is materialized already, into `counts`. Unlink it first with DELETE /v0/pipes/linked/nodes/counted/materialization.';
  expect(outcome(await link('linked', 'counted', 'datasource=new'))).toEqual([400, error]);
  expect((await link('nowhere', 'counted', 'datasource=new')).status).toBe(404);
  expect((await link('linked', 'nowhere', 'datasource=new')).status).toBe(404);
  expect((await server.call('DELETE /v0/pipes/linked/nodes/nowhere/materialization')).status).toBe(404);
});

test('[MV-03] a token that may not change Pipes', async () => {
  const { token = '' } = await server.client().pipe('served');
  const headers = { authorization: `Bearer ${token}` };
  for (const method of ['POST', 'DELETE']) {
    const path = '/v0/pipes/plain/nodes/source/materialization?datasource=new';
    const [status, error] = outcome(await server.call(`${method} ${path}`, { headers }));
    expect([status, error]).toEqual([403, expect.stringMatching(/it needs the scope PIPES:CREATE\.$/)]);
  }
});

test('[MV-03] two requests at once: one links, the other is told', async () => {
  await makePipe(server, 'raced', { source: 'SELECT page, n FROM visits' });
  const replies = await Promise.all(
    ['raced_a', 'raced_b'].map((name) => link('raced', 'source', `datasource=${name}`)),
  );
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 400]);
  expect((await Promise.all(['raced_a', 'raced_b'].map(statusOf))).sort()).toEqual([200, 404]);
});

test('[PB-01] [EP-21] a Pipe has one role', async () => {
  const served =
    'The Pipe `served` is published as an API Endpoint, and a Pipe has one role. Take it away first with DELETE /v0/pipes/served/nodes/shown/endpoint, or make another Pipe.';
  expect(outcome(await link('served', 'shown', 'datasource=new'))).toEqual([409, served]);
  const linked =
    'The Pipe `linked` is materialized, and a Pipe has one role. Take it away first with DELETE /v0/pipes/linked/nodes/counted/materialization, or make another Pipe.';
  expect(outcome(await server.call('POST /v0/pipes/linked/nodes/beside/endpoint'))).toEqual([409, linked]);
  const append = server.call('POST /v0/pipes/linked/nodes?name=more&type=endpoint', { body: 'SELECT 1' });
  expect(outcome(await append)).toEqual([409, linked]);
});

test('views that would feed themselves are refused with the way', async () => {
  const client = server.client();
  for (const name of ['ring_a', 'ring_b', 'ring_c']) await client.createDataSource(name, 'n UInt8');
  const ring: [string, string][] = [
    ['ring_a', 'ring_b'],
    ['ring_b', 'ring_c'],
    ['ring_c', 'ring_a'],
  ];
  for (const [from] of ring) await makePipe(server, `from_${from}`, { rows: `SELECT n FROM ${from}` });
  const replies = [];
  for (const [from, to] of ring) replies.push(await link(`from_${from}`, 'rows', `datasource=${to}`));
  expect(replies.map(outcome).slice(2)).toEqual([
    [
      400,
      'Rows would go round without end: ring_c → from_ring_c.rows → ring_a → from_ring_a.rows → ring_b → from_ring_b.rows → ring_c. Materialize the node into another Data Source.',
    ],
  ]);
  expect(outcome(await link('from_ring_c', 'rows', 'datasource=ring_c'))).toEqual([
    400,
    'Rows would go round without end: ring_c → from_ring_c.rows → ring_c. Materialize the node into another Data Source.',
  ]);
});

test('[MV-02] override_datasource makes an empty Data Source anew, and none that holds rows', async () => {
  await makePipe(server, 'overriding', { source: 'SELECT page, n AS other FROM visits' });
  const client = server.client();
  await client.createDataSource('spare', 'page String `json:$.page`');
  const made = await link('overriding', 'source', 'datasource=spare&override_datasource=true');
  expect(made.body).toMatchObject({ created_datasource: false, datasource: { name: 'spare' } });
  expect((await client.dataSource('spare')).columns.map(({ name }) => name)).toEqual(['page', 'other']);
  await client.createDataSource('filled', 'page String `json:$.page`');
  await client.events('filled', [{ page: 'a' }], { wait: true });
  await makePipe(server, 'overriding2', { source: 'SELECT page, n AS other FROM visits' });
  expect(outcome(await link('overriding2', 'source', 'datasource=filled&override_datasource=true'))).toEqual([
    409,
    'The Data Source `filled` can not be overridden: it holds 1 rows. Materialize the node into another one, or into this one without override_datasource.',
  ]);
});

test('[MV-02] parameters of a form, with the SQL among them', async () => {
  await makePipe(server, 'formed', { source: 'SELECT 1 AS n' });
  const { status, body } = await server.form('POST /v0/pipes/formed/nodes/source/materialization', {
    datasource: 'from_form',
    engine: 'ReplacingMergeTree',
    engine_sorting_key: 'page',
    sql: 'SELECT page, n FROM visits',
  });
  expect([status, body]).toEqual([
    200,
    expect.objectContaining({
      sql: 'SELECT page, n FROM visits',
      datasource: expect.objectContaining({
        engine: expect.objectContaining({ engine: 'ReplacingMergeTree' }),
      }),
    }),
  ]);
});

describe('what a view is made from stays as it is until it is unlinked', () => {
  test('[PB-02] its node is not removed', async () => {
    expect(outcome(await server.call('DELETE /v0/pipes/linked/nodes/counted'))).toEqual([
      400,
      'The node `counted` of the Pipe `linked` is materialized. Unlink it first with DELETE /v0/pipes/linked/nodes/counted/materialization.',
    ]);
  });

  const needed = (what: string): string =>
    `${what} is needed as it is by Materialized Views: \`linked.counted\`. Unlink them first with DELETE /v0/pipes/<Pipe>/nodes/<node>/materialization.`;
  const own = needed('The Pipe `linked`');
  const other = needed('The Pipe `pageviews`');

  test.each([
    ['its SQL', 'PUT /v0/pipes/linked/nodes/counted', "SELECT 'x' AS page, 1 AS n FROM hits", own],
    ['a node that it reads', 'PUT /v0/pipes/linked/nodes/clean', 'SELECT page, n FROM hits', own],
    ['its name', 'PUT /v0/pipes/linked/nodes/clean?name=cleaner&force=true', undefined, own],
    ['its place', 'DELETE /v0/pipes/linked/nodes/clean', undefined, own],
    ['a Pipe that it reads', 'PUT /v0/pipes/pageviews/nodes/views', 'SELECT page, n FROM hits', other],
    ['its name', 'PUT /v0/pipes/pageviews?name=views2&force=true', undefined, other],
    ['its output', 'POST /v0/pipes/pageviews/nodes?name=later', 'SELECT page, n FROM hits', other],
    ['the Pipe', 'DELETE /v0/pipes/pageviews?force=true', undefined, other],
    [
      '[DS-51] [MZ-09] its trigger',
      'DELETE /v0/datasources/hits?force=true',
      undefined,
      needed('The Data Source `hits`'),
    ],
    [
      'what it joins',
      'DELETE /v0/datasources/pages?force=true',
      undefined,
      needed('The Data Source `pages`'),
    ],
    [
      '[DS-50] [MZ-09] its target',
      'DELETE /v0/datasources/counts',
      undefined,
      'The Data Source `counts` is filled by Materialized Views: `linked.counted`. Send force=true to unlink them and go on.',
    ],
  ])('%s: %s', async (_title, call, body, error) => {
    expect(outcome(await server.call(call, body === undefined ? {} : { body }))).toEqual([409, error]);
    await server.client().events('hits', [{ at: 0, page: 'a', n: 1 }], { wait: true });
    await server.client().events('hits', [{ at: 0, page: '', n: 1 }], { wait: true });
  });

  test('everything else may change', async () => {
    const calls: [string, unknown][] = [
      ['PUT /v0/pipes/linked', { name: 'linked2', description: 'x', tags: 'a' }],
      ['PUT /v0/pipes/linked2', { name: 'linked' }],
      ['PUT /v0/pipes/linked/nodes/counted?name=counting&description=x', undefined],
      ['PUT /v0/pipes/linked/nodes/counting?name=counted', undefined],
      ['PUT /v0/pipes/linked/nodes/beside?position=0', undefined],
      ['POST /v0/pipes/linked/nodes?name=another&ignore_sql_errors=true', undefined],
      ['DELETE /v0/pipes/linked/nodes/beside', undefined],
    ];
    for (const [call, body] of calls) {
      const isText = call.startsWith('POST');
      const reply =
        body === undefined
          ? await server.call(call, isText ? { body: 'SELECT 2 AS two' } : {})
          : await sendJson(server, call, body);
      expect([call, reply.status]).toEqual([call, call.startsWith('DELETE') ? 204 : 200]);
    }
    const before = await server.rows('SELECT sum(n) AS n FROM counts');
    await server.client().events('hits', [{ at: 0, page: 'a', n: 1 }], { wait: true });
    expect(await server.rows('SELECT sum(n) AS n FROM counts')).toEqual([[Number(before[0]?.[0]) + 1]]);
  });
});
