import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { TestServer } from '@goldcrest/server/testing';
import { TinybirdClient } from '@tinybirdco/sdk';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

let server: TestServer;
/** Holds the only place for queries. */
let holder: ClientRequest;

beforeAll(async () => {
  server = await TestServer.start({
    'query-concurrency': '1',
    'query-queue': '0',
    'query-seconds': '600',
    'query-result-bytes': String(2 ** 40),
  });
  await server.client().createPipe({ name: 'single', nodes: [{ name: 'only', sql: 'SELECT 1 AS n' }] });
  await server.client().publish('single', 'only');
  const endless = encodeURIComponent('SELECT number FROM numbers(1000000000000) FORMAT CSV');
  const headers = { authorization: `Bearer ${server.token}` };
  holder = request(`${server.url}/v0/sql?q=${endless}`, { headers }).end();
  holder.on('error', () => {});
  await once(holder, 'response');
});
afterAll(() => server.stop());

test('[GN-11] [GN-15] one query too many is answered with 429 and when to come again', async () => {
  const refused = await server.call('GET /v0/pipes/single.json', {
    headers: { origin: 'https://shop.example' },
  });
  expect([refused.status, refused.headers.get('retry-after'), refused.body]).toEqual([
    429,
    '1',
    {
      error: expect.stringMatching(
        /^Too many queries of this Workspace at once: .* Try again in a moment\.$/,
      ),
    },
  ]);
  expect(refused.headers.get('access-control-expose-headers')).toContain('retry-after');

  const client = new TinybirdClient({ baseUrl: server.url, token: server.token });
  const error = await client.query('single').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ statusCode: 429, message: expect.stringMatching(/^Too many queries/) });

  holder.destroy();
  await vi.waitFor(async () => expect((await client.query('single')).data).toEqual([{ n: 1 }]), {
    timeout: 10_000,
  });
});
