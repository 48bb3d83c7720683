import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;

/** Takes the engine a while, without memory. */
const SLOW = 'SELECT count() FROM numbers(1500000000) WHERE NOT ignore(number)';

beforeAll(async () => {
  server = await TestServer.start({ 'query-concurrency': '3', 'query-queue': '1' });
  const client = server.client();
  await client.createDataSource('hits', 'page String `json:$.page`');
  await client.events('hits', [{ page: '/' }, { page: '/tea' }], { wait: true });
  await client.createPipe({
    name: 'pages',
    nodes: [
      {
        name: 'only',
        sql: "% SELECT page, rand64() AS chance FROM hits WHERE page != {{String(without, '')}} ORDER BY page {{cache_ttl(keep)}}",
      },
    ],
  });
  await client.publish('pages', 'only');
  await client.createPipe({
    name: 'plain',
    nodes: [{ name: 'every', sql: 'SELECT page FROM hits ORDER BY page' }],
  });
  await client.publish('plain', 'every');
});
afterAll(() => server.stop());

function get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
  return server.call(`GET ${path}`, { headers });
}

describe('a client that asks again', () => {
  test('is told that nothing has changed, until something has', async () => {
    const first = await get('/v0/pipes/plain.json');
    const tag = first.headers.get('etag') ?? '';
    expect([first.status, first.headers.get('cache-control'), tag]).toEqual([
      200,
      'private, no-cache',
      expect.stringMatching(/^W\/"[\w-]{27}"$/),
    ]);
    const again = await get('/v0/pipes/plain.json', { 'if-none-match': `W/"other", ${tag}` });
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', tag]);
    await server.client().events('hits', [{ page: '/jam' }], { wait: true });
    const changed = await get('/v0/pipes/plain.json', { 'if-none-match': tag });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ data: [{ page: '/' }, { page: '/jam' }, { page: '/tea' }] });
  });

  test('[TPF-39] gets the result that cache_ttl() lets be kept, by parameters, rights and format', async () => {
    const kept = await get('/v0/pipes/pages.json?keep=60s');
    expect(kept.headers.get('cache-control')).toBe('private, max-age=60');
    const again = await get('/v0/pipes/pages.json?keep=60s');
    expect([again.body, again.headers.get('age')]).toEqual([kept.body, '0']);
    const other = await get('/v0/pipes/pages.json?keep=60s&without=/');
    expect(other.headers.get('age')).toBeNull();
    expect(other.body).toMatchObject({ data: [{ page: '/jam' }, { page: '/tea' }] });
    expect((await get('/v0/pipes/pages.csv?keep=60s')).headers.get('age')).toBeNull();
  });

  test.each(['csv', 'ndjson'])('[TPF-39] is served as well in %s', async (format) => {
    const kept = await get(`/v0/pipes/pages.${format}?keep=60s&without=${format}`);
    const tag = kept.headers.get('etag') ?? '';
    expect([kept.status, kept.headers.get('cache-control'), tag]).toEqual([
      200,
      'private, max-age=60',
      expect.stringMatching(/^W\/"[\w-]{27}"$/),
    ]);
    const again = await get(`/v0/pipes/pages.${format}?keep=60s&without=${format}`);
    expect([again.body, again.headers.get('age')]).toEqual([kept.body, '0']);
    const plain = await get(`/v0/pipes/plain.${format}`);
    expect(plain.headers.get('cache-control')).toBe('private, no-cache');
    const unchanged = await get(`/v0/pipes/plain.${format}`, {
      'if-none-match': plain.headers.get('etag') ?? '',
    });
    expect([unchanged.status, unchanged.body]).toEqual([304, '']);
  });
});

describe('requests at the same time', () => {
  test('for the same result run once', async () => {
    const q = encodeURIComponent(
      `SELECT rand64() AS chance, n FROM (${SLOW.replace('count()', 'count() AS n')})`,
    );
    const replies = await Promise.all(Array.from({ length: 12 }, () => get(`/v0/sql?q=${q}`)));
    expect(replies.map(({ status }) => status)).toEqual(Array(12).fill(200));
    const results = replies.map(({ body }) => JSON.stringify(body).split('"statistics"')[0]);
    expect(new Set(results).size).toBe(1);
  });

  test.each(['CSV', 'JSONEachRow', 'TSVWithNames'])(
    'for the same result run once in %s, also once the query has had a large one',
    async (format) => {
      const slow = `% SELECT rand64() AS chance, (${SLOW}) AS n FROM numbers({{Int32(rows)}}) FORMAT ${format}`;
      for (const rows of [1, 500_000, 2]) {
        const call = `/v0/sql?q=${encodeURIComponent(slow)}&rows=${rows}`;
        const replies = await Promise.all(Array.from({ length: rows > 2 ? 1 : 8 }, () => get(call)));
        expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
        const bodies = new Set(replies.map(({ body }) => JSON.stringify(body)));
        expect(bodies.size).toBe(1);
        const tags = new Set(replies.map(({ headers }) => headers.get('etag')));
        expect([tags.size, tags.has(null)]).toEqual([1, rows > 2]);
      }
    },
  );

  test('[GN-11] for the same large result in lines each get all of it', async () => {
    const call = `/v0/sql?q=${encodeURIComponent('SELECT number FROM numbers(300000) FORMAT TSV')}`;
    const replies = await Promise.all(Array.from({ length: 3 }, () => get(call)));
    const rows = replies.map(({ body }) => String(body).trimEnd().split('\n').length);
    expect(rows).toEqual([300_000, 300_000, 300_000]);
  });

  test('a request that comes after an acknowledged event sees it, although the same query is still running', async () => {
    const q = encodeURIComponent(`SELECT count() AS rows, (${SLOW}) AS slow FROM hits`);
    const before = get(`/v0/sql?q=${q}`);
    await server.client().events('hits', [{ page: '/new' }], { wait: true });
    const after = await get(`/v0/sql?q=${q}`);
    expect(after.body).toMatchObject({ data: [{ rows: 4 }] });
    expect((await before).status).toBe(200);
  });

  test('[GN-11] beyond the queue are refused, and who waited is told how long and for what', async () => {
    const asks = Array.from({ length: 4 }, (_, i) =>
      get(`/v0/sql?q=${encodeURIComponent(`${SLOW} AND ${i} < 9`)}`),
    );
    const replies = await Promise.all(asks);
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused.map(({ body, headers }) => [body, headers.get('retry-after')])).toEqual([
      [{ error: 'Too many queries of this Workspace at once: 1 wait already. Try again in a moment.' }, '1'],
    ]);
    const timings = replies
      .filter(({ status }) => status === 200)
      .map(({ headers }) => headers.get('server-timing'));
    expect(
      timings.filter((timing) =>
        /^prepare;dur=[\d.]+, queue;dur=0\.0, engine;dur=[\d.]+$/.test(timing ?? ''),
      ),
    ).toHaveLength(2);
    expect(
      timings.filter((timing) =>
        /^prepare;dur=[\d.]+, queue;dur=[\d.]+;desc="workspace", engine/.test(timing ?? ''),
      ),
    ).toHaveLength(1);
  });
});

describe('explain=true', () => {
  test('shows an admin the SQL, the plan and what would be read', async () => {
    const { status, body } = await get("/v0/pipes/pages.json?explain=true&keep=1s&without=it's");
    expect([status, body]).toEqual([
      200,
      {
        sql: "SELECT page, rand64() AS chance FROM hits WHERE page != 'it\\'s' ORDER BY page",
        settings: expect.objectContaining({ max_execution_time: 10, join_algorithm: 'hash', max_threads: 2 }),
        plan: expect.arrayContaining([expect.stringMatching(/ReadFromMergeTree \(hits\)/)]),
        tables: [{ name: 'hits', parts: expect.any(Number), rows: 4, marks: expect.any(Number) }],
        rows_to_read: 4,
      },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/w_[0-9a-f]{32}/);
  });

  test('is refused to a token that only reads', async () => {
    const { token = '' } = await server.client().publish('plain', 'every');
    const reply = await get('/v0/pipes/plain.json?explain=true', { authorization: `Bearer ${token}` });
    expect([reply.status, reply.body]).toEqual([
      403,
      { error: 'Only tokens with the scope ADMIN may ask for `explain`: it shows the SQL and the plan.' },
    ]);
  });
});

test('[EN-21] what the server sets for the sake of older projects can be turned off in a query', async () => {
  const joined = 'SELECT n.number FROM numbers(1) AS n JOIN numbers(1) AS m ON n.number = m.number';
  const settingOf = async (sql: string): Promise<unknown> => {
    const { body } = await get(`/v0/sql?explain=true&q=${encodeURIComponent(sql)}`);
    return body;
  };
  expect(await settingOf(joined)).toMatchObject({ settings: { joined_subquery_requires_alias: 0 } });
  const strict = `${joined} SETTINGS joined_subquery_requires_alias = 1`;
  expect(await settingOf(strict)).toMatchObject({ settings: { joined_subquery_requires_alias: '1' } });
});
