import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';

const ORIGIN = 'https://shop.example';

/** A URL that is too long for GET. */
const LONG = `GET /v0/pipes/single.json?a=${'x'.repeat(2048)}`;

const EXPOSED =
  'x-request-id, x-error-code, x-db-exception-code, etag, server-timing, retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  const client = server.client();
  await client.createDataSource('clicks', 'at DateTime `json:$.at`');
  await client.createPipe({ name: 'single', nodes: [{ name: 'only', sql: 'SELECT 1 AS n' }] });
  await client.publish('single', 'only');
});
afterAll(() => server.stop());

test.each([
  ['POST', '/v0/events?name=clicks', 'authorization,content-type'],
  ['GET', '/v0/pipes/single.json?token=x', 'x-custom'],
  ['POST', '/v0/pipes/single.json?from=chart', 'content-type'],
  ['GET', '/v0/pipes/nothing.json', 'authorization'],
  ['GET', '/v0/sql?q=SELECT+1', 'authorization'],
  ['POST', '/v0/sql', 'authorization,content-type'],
  ['DELETE', '/v0/datasources/clicks', 'authorization'],
  ['GET', '/v0/no/such/route', 'authorization'],
])('[GN-20] the preflight of %s %s is answered without a token', async (method, path, asked) => {
  const response = await fetch(server.url + path, {
    method: 'OPTIONS',
    headers: {
      origin: ORIGIN,
      'access-control-request-method': method,
      'access-control-request-headers': asked,
    },
  });
  const names = ['origin', 'methods', 'headers', 'credentials'].map((name) => `access-control-allow-${name}`);
  expect([
    response.status,
    await response.text(),
    ...names.map((name) => response.headers.get(name)),
  ]).toEqual([204, '', '*', 'GET, POST, PUT, DELETE, OPTIONS', asked, null]);
  expect(response.headers.get('access-control-max-age')).toBe('86400');
});

test.each<[number, string, RequestInit]>([
  [200, 'GET /v0/pipes/single.json', {}],
  [200, 'GET /v0/pipes/single.ndjson', {}],
  [200, 'HEAD /v0/pipes/single.csv', {}],
  [200, 'POST /v0/pipes/single.json', { body: '{}', headers: { 'content-type': 'application/json' } }],
  [200, 'POST /v0/sql', { body: 'SELECT 1' }],
  [202, 'POST /v0/events?name=clicks', { body: '{"at": "2026-01-31 10:00:00"}' }],
  [400, 'POST /v0/sql', { body: 'SELECT nope' }],
  [400, 'POST /v0/events?name=clicks', { body: 'no events' }],
  [403, 'GET /v0/pipes/single.json', { headers: { authorization: '' } }],
  [403, 'POST /v0/events?name=clicks', { headers: { authorization: 'Bearer p.x.y' }, body: '{}' }],
  [404, 'GET /v0/pipes/nothing.json', {}],
  [404, 'GET /v0/no/such/route', {}],
  [405, 'PUT /v0/pipes/single.json', {}],
  [413, 'POST /v0/events?name=clicks', { body: 'x'.repeat(11 * 1024 * 1024) }],
  [414, LONG, {}],
  [400, 'GET /v0/pipes/%', {}],
])('[GN-20] a page of another origin may read the answer %i of %.50s', async (status, call, init) => {
  const reply = await server.call(call, { ...init, headers: { ...init.headers, origin: ORIGIN } });
  expect([reply.status, reply.headers.get('access-control-allow-origin')]).toEqual([status, '*']);
  if (call !== 'GET /v0/pipes/%') expect(reply.headers.get('access-control-expose-headers')).toBe(EXPOSED);
});

test('[GN-20] so may it read what is answered on the bare connection', async () => {
  const { port, hostname } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET /health HTTP/1.1\r\nHost: x\r\nOrigin: ${ORIGIN}\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`);
  const answer = Buffer.concat(await socket.toArray()).toString();
  expect(answer.split('\r\n').slice(0, 2)).toEqual([
    'HTTP/1.1 431 Request Header Fields Too Large',
    'Access-Control-Allow-Origin: *',
  ]);
});
