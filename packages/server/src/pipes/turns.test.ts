import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';

let server: TestServer;

/** Keeps the engine busy until its time is over, also when it is only asked for the columns. */
const SLOW = 'SELECT (SELECT sum(cityHash64(number, 1)) FROM numbers(60000000000)) AS n';

beforeAll(async () => {
  server = await TestServer.start({ 'query-concurrency': '1', 'query-queue': '1', 'query-seconds': '1' });
});
afterAll(() => server.stop());

function statuses(replies: readonly { status: number }[]): number[] {
  return replies.map(({ status }) => status).sort((a, b) => a - b);
}

test('[PS-05] saves of Pipes wait for their turn like queries, and are refused beyond the queue', async () => {
  const saves = ['first', 'second', 'third'].map((name) =>
    server.form('POST /v0/pipes', { name, sql: SLOW }),
  );
  const replies = await Promise.all(saves);
  expect(statuses(replies)).toEqual([408, 408, 429]);
  const refused = replies.find(({ status }) => status === 429);
  expect([refused?.headers.get('retry-after'), refused?.body]).toEqual([
    '1',
    { error: 'Too many queries of this Workspace at once: 1 wait already. Try again in a moment.' },
  ]);
});

test('[PM-02] the columns of endpoints wait for a turn as well, and so does what explain=true asks', async () => {
  const client = server.client();
  const sql = SLOW.replace('1)', '2)');
  await server.form('POST /v0/pipes', { name: 'slow', sql, ignore_sql_errors: 'true' });
  await server.call('POST /v0/pipes/slow/nodes/slow_0/endpoint?ignore_sql_errors=true');
  expect((await client.pipe('slow')).endpoint).not.toBeNull();
  for (const call of ['/v0/pipes/openapi.json', '/v0/pipes/slow.json?explain=true']) {
    const queries = [3, 4].map((of) => `/v0/sql?q=${encodeURIComponent(SLOW.replace('1)', `${of})`))}`);
    const replies = await Promise.all([...queries, call].map((path) => server.call(`GET ${path}`)));
    expect([call, statuses(replies).filter((status) => status === 429)]).toEqual([call, [429]]);
  }
});
