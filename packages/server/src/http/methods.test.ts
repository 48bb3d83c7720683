import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { TestServer } from '../testing/harness.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ 'query-concurrency': '1', 'query-result-bytes': String(2 ** 40) });
  const client = server.client();
  await client.createPipe({
    name: 'some',
    nodes: [
      { name: 'few', sql: 'SELECT number AS n FROM numbers(3)' },
      { name: 'many', sql: 'SELECT number AS n FROM numbers(1000000000000)' },
    ],
  });
  await client.publish('some', 'few');
});
afterAll(() => server.stop());

/** Headers that GET and HEAD must have in common. */
const COMMON = [
  'content-type',
  'content-encoding',
  'vary',
  'access-control-allow-origin',
  'x-db-exception-code',
];

test.each([
  '/v0/pipes/some.json',
  '/v0/pipes/some.csv',
  '/v0/pipes/some.ndjson',
  '/v0/pipes/some.parquet',
  '/v0/pipes/some.xml',
  '/v0/pipes/nothing.json',
  '/v0/sql?q=SELECT+1',
  '/v0/sql?q=SELECT+number+FROM+numbers(10000)',
  '/v0/sql?q=SELECT+1+FORMAT+JSONEachRow',
  '/v0/sql?q=SELECT+nope',
  '/v0/sql',
  '/health',
])('[GN-11] HEAD %s has the status and headers of GET, and no body', async (path) => {
  const [get, head] = [await server.call(`GET ${path}`), await server.call(`HEAD ${path}`)];
  const common = ({ status, headers }: typeof get) => [status, ...COMMON.map((name) => headers.get(name))];
  expect([common(head), head.body]).toEqual([common(get), '']);
});

test('[GN-11] HEAD tells the length that GET would have, where it is known', async () => {
  for (const path of ['/v0/pipes/some.csv', '/health']) {
    const [get, head] = [await server.call(`GET ${path}`), await server.call(`HEAD ${path}`)];
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
  }
});

test('[GN-11] HEAD of an endless reply ends its query: the one place in the engine is free again, and nothing is left', async () => {
  await server.client().publish('some', 'many');
  for (const encoding of ['identity', 'gzip']) {
    const head = await server.call('HEAD /v0/pipes/some.ndjson', {
      headers: { 'accept-encoding': encoding },
    });
    expect([head.status, head.headers.get('content-length'), head.body]).toEqual([200, null, '']);
    expect((await server.call('POST /v0/sql', { body: 'SELECT 1 FORMAT CSV' })).body).toBe(1);
  }
  await vi.waitFor(() => expect(spooled()).toEqual([]), { timeout: 10_000 });
  await server.client().publish('some', 'few');
});

/** Answers that lie on the disk on their way to a reader. */
function spooled(): string[] {
  const directory = join(server.directory, 'data', 'engine', 'goldcrest', 'spool');
  expect(existsSync(directory)).toBe(true);
  return readdirSync(directory);
}
