import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../config/index.js';
import { type Server, startServer } from '../server.js';

/** What the server takes for the time. */
const clock = { ms: Date.UTC(2026, 0, 1) };

let directory: string;
let server: Server;
let token: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'goldcrest-test-'));
  const flags = {
    data: join(directory, 'data'),
    port: '0',
    'events-rps': '3',
    'events-bytes-second': '1000',
  };
  const config = readConfig(new Map(Object.entries(flags)), {});
  server = await startServer(config, pino({ level: 'silent' }), { clock: () => new Date(clock.ms) });
  token = (await server.tokens())['workspace_admin_token'] ?? '';
  for (const name of ['limited', 'other']) {
    const schema = 'a String `json:$.a`';
    await call('/v0/datasources', { body: new URLSearchParams({ name, schema }) });
  }
});
beforeEach(() => {
  clock.ms += 60_000;
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

function call(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(server.url + path, { method: 'POST', headers: { authorization: `Bearer ${token}` }, ...init });
}

/** Status and rate limit of a reply: limit, remaining, reset, and how long to wait. */
function limitOf({ status, headers }: Response): unknown[] {
  const names = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'retry-after'];
  return [status, ...names.map((name) => headers.get(name))];
}

async function send(name: string, body = '{"a":"x"}', more = ''): Promise<Response> {
  return call(`/v0/events?name=${name}${more}`, { body });
}

test('[GN-12] [GN-13] [GN-14] [GN-15] [GN-16] [EV-31] every reply says what is left, a refusal when to come again', async () => {
  expect(limitOf(await send('limited'))).toEqual([202, '3', '2', '1', null]);
  expect(limitOf(await send('limited', '', ''))).toEqual([400, '3', '1', '1', null]);
  expect(limitOf(await send('limited', 'no JSON'))).toEqual([400, '3', '0', '1', null]);
  const refused = await send('limited');
  expect(limitOf(refused)).toEqual([429, '3', '0', '1', '1']);
  expect(await refused.json()).toEqual({
    error:
      'The Data Source takes 3 requests per second at the most. Nothing was stored; send it again after the time in Retry-After.',
  });
  expect(limitOf(await send('other'))).toEqual([202, '3', '2', '1', null]);
  clock.ms += 1000;
  expect(limitOf(await send('limited'))).toEqual([202, '3', '2', '1', null]);
});

test('[EV-30] bytes per second, as they are sent', async () => {
  const large = JSON.stringify({ a: 'x'.repeat(2500) });
  expect(limitOf(await send('limited', large))).toEqual([202, '3', '2', '1', null]);
  const refused = await send('limited');
  expect(limitOf(refused)).toEqual([429, '3', '2', '2', '2']);
  expect(await refused.json()).toMatchObject({
    error: expect.stringContaining('takes 1000 bytes per second'),
  });
  clock.ms += 2000;
  expect(limitOf(await send('limited'))).toEqual([202, '3', '2', '1', null]);
});

test('[EV-17] name and id are one Data Source, and Data Sources that are to be made share a limit', async () => {
  const shown = await call('/v0/datasources/limited', { method: 'GET' });
  const { id } = (await shown.json()) as { id: string };
  const statuses: number[] = [];
  for (const name of ['limited', id, 'limited', id]) statuses.push((await send(name)).status);
  for (const name of ['new_1', 'new_2', 'new_3', 'new_4']) statuses.push((await send(name)).status);
  expect(statuses).toEqual([202, 202, 202, 429, 202, 202, 202, 429]);
});

test('[EV-14] a request without rights counts for nobody', async () => {
  const headers = { authorization: 'Bearer p.x.y' };
  const path = '/v0/events?name=limited';
  for (let n = 0; n < 5; n++) expect((await call(path, { headers, body: '{}' })).status).toBe(403);
  expect(limitOf(await send('limited'))).toEqual([202, '3', '2', '1', null]);
});

test('[EV-17] the refusal comes before the body', async () => {
  for (let n = 0; n < 3; n++) await send('limited');
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-length': '5000000' };
    const request = httpRequest(`${server.url}/v0/events?name=limited`, { method: 'POST', headers });
    request.on('error', reject).on('response', (response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    request.flushHeaders();
  });
  expect(status).toBe(429);
});
