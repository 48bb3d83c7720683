import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;

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
  await publish('by_product', {
    filtered: `%
      SELECT * FROM sales WHERE 1
      {% if defined(day) %} AND day = {{Date(day, description='One day')}} {% end %}
      {% if defined(products) %} AND product IN {{Array(products, 'String')}} {% end %}`,
    totals: `% SELECT product, sum(amount) AS total FROM filtered GROUP BY product
      ORDER BY {{column(order, 'product')}} LIMIT {{Int32(limit, 10)}}`,
  });
  await publish('over_pipe', { only: "SELECT product FROM by_product WHERE product != 'nothing'" });
});
afterAll(() => server.stop());

async function publish(name: string, nodes: Record<string, string>): Promise<void> {
  const list = Object.entries(nodes).map(([node, sql]) => ({ name: node, sql }));
  await server.client().createPipe({ name, nodes: list });
  await server.client().publish(name, list.at(-1)?.name ?? '');
}

async function rows(path: string, init: RequestInit = {}): Promise<unknown> {
  const { status, body } = await server.call(path, init);
  if (status !== 200) return [status, body];
  return typeof body === 'object' && body !== null && 'data' in body && Array.isArray(body.data)
    ? body.data.map((row: object) => Object.values(row))
    : body;
}

describe('parameters of an endpoint', () => {
  const all = [
    ['jam', 5],
    ['tea', 10],
  ];

  test.each<[string, string, unknown]>([
    ['[TPL-01] none', '', all],
    ['[TPL-12] a date', '?day=2026-01-02', [['tea', 7]]],
    ['[TPL-14] an array as comma text', '?products=jam,coffee', [['jam', 5]]],
    ['[TPL-14] an array as repeated keys', '?products=jam&products=tea', all],
    ['[TPF-26] a column to order by', '?order=total&limit=1', [['jam', 5]]],
    ['[EP-16] one that no template uses', '?nothing=1&from=ts-sdk', all],
    ['hostile text for an array', `?products=${encodeURIComponent("x') OR 1=1 --")}`, []],
  ])('%s', async (_title, query, expected) => {
    expect(await rows(`GET /v0/pipes/by_product.json${query}`)).toEqual(expected);
  });

  test('[EP-06] in the body of a POST, as a form and as JSON', async () => {
    const form = new URLSearchParams({ day: '2026-01-02' });
    expect(await rows('POST /v0/pipes/by_product.json', { body: form })).toEqual([['tea', 7]]);
    const json = JSON.stringify({ products: ['jam'], limit: 1 });
    const headers = { 'content-type': 'application/json' };
    expect(await rows('POST /v0/pipes/by_product.json', { body: json, headers })).toEqual([['jam', 5]]);
  });

  test('[PS-02] flow through a Pipe that another Pipe reads', async () => {
    expect(await rows('GET /v0/pipes/over_pipe.json?day=2026-01-02')).toEqual([['tea']]);
  });

  test('[EP-14] [QY-04] reach the Pipe below a query over it, which may be a template itself', async () => {
    const q = encodeURIComponent('% SELECT {{String(label)}} AS l, sum(total) FROM _');
    expect(await rows(`GET /v0/pipes/by_product.json?day=2026-01-01&label=x&q=${q}`)).toEqual([['x', 8]]);
  });

  test.each<[string, string, string]>([
    [
      '[ERR-06] of the wrong type',
      '?limit=ten',
      "Template Syntax Error: The parameter limit must be of type Int32, not 'ten'. (line 2, column 53)",
    ],
    [
      '[ERR-06] an array where one value is needed',
      '?limit=1&limit=2',
      "Template Syntax Error: The parameter limit must be of type Int32, not '1,2'. (line 2, column 53)",
    ],
    [
      '[ERR-06] a column that could not be one',
      '?order=a%20b%3B',
      "Template Syntax Error: column() takes names of letters, digits and underscores; the parameter order is 'a b;'. (line 2, column 18)",
    ],
  ])('%s', async (_title, query, text) => {
    const { status, body } = await server.call(`GET /v0/pipes/by_product.json${query}`);
    expect([status, body]).toEqual([400, { error: text }]);
  });
});

describe('a template of the Query API', () => {
  test('[QY-02] gets the fields of the JSON body, whole numbers exact', async () => {
    const body =
      '{"q": "% SELECT {{UInt64(id)}} AS id, {{String(s)}} AS s", "id": 18446744073709551615, "s": "a\'b"}';
    const headers = { 'content-type': 'application/json' };
    const reply = await server.call('POST /v0/sql', { body, headers });
    expect(reply.body).toMatchObject({ meta: [{ name: 'id' }, { name: 's' }], rows: 1 });
    const text = JSON.stringify({
      q: '% SELECT {{UInt64(id)}} AS id FORMAT CSV',
      id: '18446744073709551615',
    });
    expect((await server.call('POST /v0/sql', { body: text, headers })).body).toBe(
      Number('18446744073709551615'),
    );
  });

  test('[QY-05] does not see the reserved parameters', async () => {
    const q = encodeURIComponent("% SELECT {{String(q, 'none')}} AS q, {{String(token, 'none')}} AS token");
    expect(await rows(`GET /v0/sql?q=${q}`)).toEqual([['none', 'none']]);
  });

  test('[PS-02] passes its parameters to the Pipes that it names', async () => {
    const body = new URLSearchParams({ q: 'SELECT total FROM by_product', day: '2026-01-02' });
    expect(await rows('POST /v0/sql', { body })).toEqual([[7]]);
  });
});

describe('what a template asks for', () => {
  test('[TPF-42] error() answers 400 with its bare text, custom_error() with its status and document', async () => {
    const ask = (q: string): Promise<Reply> => server.call(`GET /v0/sql?q=${encodeURIComponent(q)}`);
    const plain = await ask("% SELECT 1 {{error('no such thing')}}");
    expect([plain.status, plain.body]).toEqual([400, { error: 'no such thing' }]);
    const custom = await ask("% {{custom_error({'error': 'gone', 'code': 7}, 404)}} SELECT 1");
    expect([custom.status, custom.body]).toEqual([404, { error: 'gone', code: 7 }]);
  });

  test('[TPF-38] max_threads() is at most what the server gives', async () => {
    const q = encodeURIComponent("% SELECT getSetting('max_threads') AS n {{max_threads(1)}}");
    const { body } = await server.call(`GET /v0/sql?explain=true&q=${q}`);
    expect(body).toMatchObject({ error: expect.stringContaining('getSetting') });
    const allowed = encodeURIComponent('% SELECT 1 {{max_threads(1)}}');
    expect((await server.call(`GET /v0/sql?explain=true&q=${allowed}`)).body).toMatchObject({
      settings: { max_threads: 1 },
    });
  });
});

describe('[QY-18] [EP-06] a query that becomes too large', () => {
  const error =
    'With the values of its parameters and the Pipes that it reads the query has more than 256000 bytes, which is as much as the database reads. Send fewer or shorter values.';

  test('is refused before anything reads it', async () => {
    for (const q of ['% SELECT {{enumerate_with_last(range(100000))}}', '% SELECT length({{String(p)}})']) {
      const body = JSON.stringify({ q, p: 'é'.repeat(128_000) });
      const reply = await server.call('POST /v0/sql', {
        body,
        headers: { 'content-type': 'application/json' },
      });
      expect([reply.status, reply.headers.get('x-error-code'), reply.body]).toEqual([
        400,
        'query_too_large',
        { error },
      ]);
    }
  });

  test('is answered when it just fits', async () => {
    const p = 'é'.repeat(127_000);
    const body = JSON.stringify({ q: '% SELECT length({{String(p)}}) AS bytes FORMAT JSON', p });
    const reply = await server.call('POST /v0/sql', {
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect([reply.status, reply.body]).toEqual([
      200,
      expect.objectContaining({ data: [{ bytes: 254_000 }] }),
    ]);
  });

  test('is no node', async () => {
    const nodes = [{ name: 'large_node', sql: `SELECT '${'a'.repeat(256_000)}'` }];
    const body = JSON.stringify({ name: 'large', nodes });
    const reply = await server.call('POST /v0/pipes', {
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect([reply.status, reply.body]).toEqual([400, { error: 'The query is longer than 256000 bytes.' }]);
  });
});

describe('saving', () => {
  const create = (nodes: Record<string, string>): Promise<Reply> => {
    const list = Object.entries(nodes).map(([name, sql]) => ({ name, sql }));
    const body = JSON.stringify({ name: 'kept', nodes: list });
    return server.call('POST /v0/pipes', { body, headers: { 'content-type': 'application/json' } });
  };

  test.each<[string, string, number, string]>([
    [
      '[PS-05] a table that does not exist',
      '% SELECT * FROM saless WHERE 1 {% if defined(x) %} AND 1 {% end %}',
      400,
      'There is no Data Source or Pipe `saless` in this Workspace. Did you mean `sales`? (UNKNOWN_TABLE)',
    ],
    [
      '[PS-05] one behind a parameter',
      '% SELECT * FROM {% if defined(x) %} saless {% else %} sales {% end %}',
      400,
      'There is no Data Source or Pipe `saless` in this Workspace. Did you mean `sales`? (UNKNOWN_TABLE)',
    ],
    [
      '[PS-07] a function that reaches outside',
      "% SELECT {% if defined(x) %} file('/etc/passwd') {% else %} 1 {% end %}",
      403,
      'The function file is not allowed: it reads a file of the server.',
    ],
    [
      '[PS-05] itself',
      '% SELECT * FROM {% if defined(x) %} kept {% else %} sales {% end %}',
      400,
      'The query goes round in a circle: kept → kept.',
    ],
  ])('refuses %s', async (_title, sql, status, error) => {
    const reply = await create({ first: sql });
    expect([reply.status, reply.body]).toEqual([status, { error }]);
  });

  test('[TPL-14] [PS-23] takes SQL that reads a template whose parameter is required, in its own Pipe or another', async () => {
    const reply = await create({
      of_one: '% SELECT * FROM sales WHERE product = {{String(p, required=True)}}',
      named: '% SELECT {{column(c)}} AS value FROM of_one',
      above: 'SELECT count() AS n, max(value) AS value FROM named',
    });
    expect(reply.status).toBe(200);
    await server.client().publish('kept', 'above');
    const over = await server
      .client()
      .createPipe({ name: 'over_kept', nodes: [{ name: 'o', sql: 'SELECT n FROM kept' }] });
    await server.client().publish('over_kept', 'o');
    const asked = { p: 'tea', c: 'product' };
    expect((await server.client().endpoint('kept', asked)).data).toEqual([{ n: 2, value: 'tea' }]);
    expect((await server.client().endpoint('over_kept', asked)).data).toEqual([{ n: 2 }]);
    expect((await server.call('GET /v0/pipes/over_kept.json?c=product')).status).toBe(400);
    await server.call(`DELETE /v0/pipes/${over.id}`);
    await server.call('DELETE /v0/pipes/kept');
  });

  test('[TPL-27] takes a template whose parameters are required, or whose author refuses what is sent', async () => {
    const reply = await create({
      filtered2: '% SELECT * FROM sales WHERE product = {{String(p, required=True)}}',
      last: "% {% if not defined(q2) %}{{error('q2 is needed')}}{% end %} SELECT * FROM filtered2 LIMIT {{Int8(n)}}",
    });
    expect(reply.status).toBe(200);
    await server.call('DELETE /v0/pipes/kept');
  });
});
