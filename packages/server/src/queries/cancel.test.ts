import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({
    'query-concurrency': '1',
    'query-seconds': '600',
    'query-result-bytes': String(2 ** 40),
  });
});
afterAll(() => server.stop());

test('[GN-11] a client that goes away ends its query in the engine, whose one place is free again', async () => {
  const gone = new AbortController();
  const body = 'SELECT number FROM numbers(1000000000000) FORMAT CSV';
  const headers = { authorization: `Bearer ${server.token}` };
  const endless = await fetch(`${server.url}/v0/sql`, { method: 'POST', body, headers, signal: gone.signal });
  const reader = endless.body?.getReader();
  const first = await reader?.read();
  expect(first?.value?.length).toBeGreaterThan(0);
  gone.abort();
  await expect(reader?.closed).rejects.toThrow();
  expect((await server.call('POST /v0/sql', { body: 'SELECT 1 FORMAT CSV' })).body).toBe(1);
});
