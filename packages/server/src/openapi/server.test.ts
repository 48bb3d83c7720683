import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { DESCRIBED } from './operations/index.js';

const validator = new Validator();
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

interface Operation {
  summary: string;
  description?: string;
  security?: unknown[];
  operationId: string;
  parameters: { name: string; in: string; description: string }[];
  responses: Record<string, { description?: string }>;
}

async function operations(): Promise<[route: string, operation: Operation][]> {
  const response = await fetch(`${server.url}/v0/openapi.json`);
  const { paths }: { paths: Record<string, Record<string, Operation>> } = JSON.parse(await response.text());
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
      operation,
    ]),
  );
}

test('the document of the server is valid, and anybody may read it', async () => {
  const response = await fetch(`${server.url}/v0/openapi.json`);
  const document = JSON.parse(await response.text());
  const { valid, errors } = await validator.validate(structuredClone(document));
  expect([response.status, valid, errors]).toEqual([200, true, undefined]);
  expect(document).toMatchObject({ openapi: '3.0.3', servers: [{ url: server.url }] });
});

test('[GN-11] every route of the server is described, and nothing else is', async () => {
  const described = Object.values(DESCRIBED).flatMap((routes) => Object.keys(routes));
  expect((await operations()).map(([route]) => route).sort()).toEqual(described.sort());
});

test('everything is said about a route: what it does, each parameter, each reply', async () => {
  const all = await operations();
  const silent = all.flatMap(([route, { summary, parameters, responses }]) => [
    ...(summary === '' ? [route] : []),
    ...parameters.filter(({ description }) => description === '').map(({ name }) => `${route} ${name}`),
    ...Object.entries(responses)
      .filter(([status, { description }]) => Number(status) < 400 && !description)
      .map(([status]) => `${route} ${status}`),
  ]);
  expect(silent).toEqual([]);
  const ids = all.map(([, { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('what is described about a path is in the path', () => {
  const wrong = Object.values(DESCRIBED)
    .flatMap((routes) => Object.entries(routes))
    .filter(([route, { path = {} }]) => Object.keys(path).some((name) => !route.includes(`:${name}`)));
  expect(wrong).toEqual([]);
});

test('[GN-04] the document says who may call a route as it is registered', async () => {
  const all = new Map(await operations());
  expect(all.get('GET /health')?.security).toEqual([]);
  expect(all.get('GET /v0/pipes')).toMatchObject({ description: 'Any valid token.' });
  expect(all.get('POST /v0/pipes')).toMatchObject({ description: 'The token needs PIPES:CREATE.' });
  expect(all.get('DELETE /v0/datasources/:name')).toMatchObject({
    description: 'The token needs DATASOURCES:DROP on the Data Source.',
  });
});

test('a route that the document shows answers as it says', async () => {
  for (const [route, { responses }] of await operations()) {
    if (!route.startsWith('GET ') || route.includes(':')) continue;
    const { status } = await server.call(route.replace('/v0/sql', '/v0/sql?q=SELECT+1'));
    expect([route, Object.keys(responses)]).toEqual([route, expect.arrayContaining([String(status)])]);
  }
});
