import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;
let reader: string;

/** Pipes that stop or change every query that reads them, by name: names as columns and aliases have them. */
const AWKWARD: Readonly<Record<string, string>> = {
  visits: '% SELECT * FROM hits WHERE path = {{String(p)}}',
  path: "% SELECT {{error('nobody asked for this')}}",
  total: "% SELECT {{custom_error({'error': 'nor for this'}, 418)}}",
  day: 'SELECT * FROM not_there',
  kept: "% {{cache_ttl('1h')}} SELECT 1 AS a",
};

beforeAll(async () => {
  server = await TestServer.start();
  const client = server.client();
  await client.createDataSource('hits', 'at DateTime `json:$.at`, path String `json:$.path`');
  await client.events('hits', [{ at: '2026-01-31 10:00:00', path: '/' }], { wait: true });
  const nodes = [{ name: 'stats_node', sql: STATS }];
  await client.createPipe({ name: 'stats', nodes });
  await client.publish('stats', 'stats_node');
  for (const [name, sql] of Object.entries(AWKWARD)) {
    const created = await server.call(`POST /v0/pipes?ignore_sql_errors=true`, {
      body: JSON.stringify({ name, nodes: [{ name: `${name}_node`, sql, ignore_sql_errors: true }] }),
      headers: { 'content-type': 'application/json' },
    });
    expect([name, created.status]).toEqual([name, 200]);
  }
  ({ reader } = await server.makeTokens({ reader: ['PIPES:READ:stats'] }));
});
afterAll(() => server.stop());

const STATS = `SELECT path, toDate(at) AS day, count() AS visits, sum(1) total, max(at) AS kept
FROM hits AS h ARRAY JOIN [1] AS stats WHERE path != '' GROUP BY path, day ORDER BY visits, path`;
const ROW = { path: '/', day: '2026-01-31', visits: 1, total: 1, kept: '2026-01-31 10:00:00' };

function ask(q: string, token = server.token): Promise<Reply> {
  return server.call(`GET /v0/sql?q=${encodeURIComponent(q)}`, {
    headers: { authorization: `Bearer ${token}` },
  });
}

describe('[PS-03] [DM-07] a Pipe that is called like a column or an alias', () => {
  test('changes nothing about an endpoint', async () => {
    const reply = await server.call('GET /v0/pipes/stats.json');
    expect([reply.status, reply.headers.get('cache-control'), reply.body]).toEqual([
      200,
      'private, no-cache',
      expect.objectContaining({ data: [ROW] }),
    ]);
  });

  test('changes nothing about a query, whoever asks', async () => {
    for (const sql of [`${STATS} FORMAT JSON`, STATS.replace('FROM hits', '\nFROM hits')])
      expect((await ask(sql)).body).toMatchObject({ data: [ROW] });
    const sql = 'SELECT path, day, visits AS path2, total AS day2, kept FROM stats FORMAT JSON';
    expect((await ask(sql, reader)).body).toMatchObject({ data: [{ path: '/', path2: 1, day2: 1 }] });
  });

  test('is read however words are used around it', async () => {
    await server.client().createPipe({ name: 'ones', nodes: [{ name: 'ones_node', sql: 'SELECT 1 AS a' }] });
    for (const sql of [
      "SELECT a FROM 'ones'",
      'SELECT v.a AS as FROM ones v',
      'SELECT o.a FROM hits AS array JOIN ones AS o ON 1 = 1',
      'SELECT o.a FROM (SELECT 1 AS array) b JOIN hits h ON b.array = 1 JOIN ones o ON 1 = 1',
      // Nobody can tell from the words that this ARRAY JOIN is none.
      'SELECT o.a FROM (SELECT 1 AS array) b JOIN (SELECT 1 AS x) c ON x < 1 + array JOIN ones o ON 1 = 1',
    ]) {
      const { body } = await ask(`${sql} FORMAT JSONCompact`);
      expect([sql, body]).toEqual([sql, expect.objectContaining({ data: [[1]] })]);
    }
  });

  test('is no dependency of one who names a column so', async () => {
    const { body } = await server.call('GET /v0/pipes/stats?dependencies=true');
    expect(body).toMatchObject({ nodes: [{ dependencies: ['hits'] }] });
  });

  test('tells a token that may not read it nothing', async () => {
    const expected = [403, 'path'];
    for (const sql of ['SELECT 1 AS a FROM path', 'SELECT 1 IN path', 'SELECT 1 AS a FROM stats, path']) {
      const { status, body } = await ask(`${sql} FORMAT JSON`, reader);
      expect([sql, status, body]).toEqual([sql, expected[0], { error: expect.stringContaining("'path'") }]);
    }
    const harmless = await ask(
      'SELECT extract(day FROM path) AS a FROM (SELECT now() AS path) FORMAT JSON',
      reader,
    );
    expect([harmless.status, harmless.body]).toEqual([200, expect.objectContaining({ rows: 1 })]);
  });

  test('is read where it is named as a table', async () => {
    expect((await ask('SELECT a FROM kept FORMAT JSON')).body).toMatchObject({ data: [{ a: 1 }] });
    expect((await ask('WITH kept AS k SELECT 1 IN k AS b FORMAT JSON')).body).toMatchObject({
      data: [{ b: 1 }],
    });
    expect((await ask('SELECT visits FROM path FORMAT JSON')).body).toEqual({
      error: 'nobody asked for this',
    });
  });
});
