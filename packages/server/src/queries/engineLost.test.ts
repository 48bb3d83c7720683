import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ClickHouseProcess } from '../testing/clickhouse.js';
import { TestServer } from '../testing/harness.js';

const directory = mkdtempSync(join(tmpdir(), 'goldcrest-lost-'));
let clickhouse: ClickHouseProcess;
let server: TestServer;

beforeAll(async () => {
  clickhouse = await ClickHouseProcess.start(join(directory, 'clickhouse'));
  server = await TestServer.start({
    'engine-url': clickhouse.url,
    'query-seconds': '600',
    'query-result-bytes': String(2 ** 40),
  });
  await server.client().createPipe({
    name: 'endless',
    nodes: [
      { name: 'rows', sql: 'SELECT number AS n FROM numbers(1000000000000)' },
      { name: 'counted', sql: 'SELECT count() AS c FROM rows WHERE sipHash64(n) = 1' },
    ],
  });
  await server.client().publish('endless', 'rows');
});
afterAll(async () => {
  await server.stop();
  await clickhouse.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Asks for a reply and gives it back when its first bytes are there. */
async function begin(path: string, encoding: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${server.token}`, 'accept-encoding': encoding };
  const [reply] = await once(request(server.url + path, { headers }).end(), 'response');
  await once(reply, 'readable');
  return reply;
}

const UNAVAILABLE = { error: 'The server is without its database. Try again in a moment.' };

test('[GN-11] [ERD-05] a database that dies in the middle: broken replies, then 503, then all is well again', async () => {
  const replies = [
    await begin('/v0/pipes/endless.ndjson', 'identity'),
    await begin('/v0/pipes/endless.ndjson', 'gzip'),
    await begin(`/v0/sql?q=${encodeURIComponent('SELECT * FROM endless FORMAT CSV')}`, 'br'),
  ];
  const whole = server.call('POST /v0/sql', { body: 'SELECT count() FROM endless WHERE sipHash64(n) = 1' });
  await vi.waitFor(async () => expect(await running()).toBeGreaterThanOrEqual(4), { timeout: 10_000 });

  await clickhouse.kill();
  for (const reply of replies) {
    reply.resume();
    const [error] = await once(reply, 'error');
    expect([reply.statusCode, reply.complete, error.code]).toEqual([200, false, 'ECONNRESET']);
  }
  expect(await whole).toMatchObject({ status: 503, body: UNAVAILABLE });

  for (const call of ['GET /v0/pipes/endless.json', 'GET /v0/pipes/endless.csv', 'GET /v0/sql?q=SELECT+1']) {
    const reply = await server.call(call);
    expect([reply.status, reply.body, reply.headers.get('retry-after')]).toEqual([503, UNAVAILABLE, '1']);
  }
  expect((await server.call('GET /ready')).body).toEqual({
    status: 'not ready',
    engine: 'no answer',
    metadata: 'ok',
  });

  await clickhouse.revive();
  expect((await server.call('POST /v0/sql', { body: 'SELECT 1 FORMAT CSV' })).body).toBe(1);
  const lines = await server.call('POST /v0/sql', { body: 'SELECT n FROM endless LIMIT 2 FORMAT CSV' });
  expect([lines.status, lines.body]).toEqual([200, '0\n1\n']);
});

/** How many queries the database is working on. */
async function running(): Promise<number> {
  const response = await fetch(clickhouse.url, {
    method: 'POST',
    body: 'SELECT count() FROM system.processes',
  });
  return Number(await response.text()) - 1;
}
