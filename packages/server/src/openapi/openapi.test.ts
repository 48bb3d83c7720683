import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { DESCRIBED } from './operations/index.js';

let server: TestServer;
let readToken = '';

type Document = Record<string, unknown> & { paths: Record<string, Record<string, Record<string, unknown>>> };

beforeAll(async () => {
  server = await TestServer.start({ 'public-url': 'https://data.example.com' });
  const client = server.client();
  await client.createDataSource(
    'sales',
    'day Date `json:$.day`, product LowCardinality(String) `json:$.product`, amount Nullable(Int64) `json:$.amount`, tags Array(String) `json:$.tags[:]`',
  );
  await client.createPipe({
    name: 'by_product',
    description: 'Sales of **each** product.',
    nodes: [
      {
        name: 'filtered',
        sql: "% SELECT * FROM sales WHERE day >= {{Date(since, '2026-01-01', description='First day')}} AND product IN {{Array(products, 'String', 'tea,jam')}} AND amount > {{Int32(_least, 0)}}",
      },
      {
        name: 'totals',
        sql: "% SELECT product, sum(amount) AS total, max(day) AS latest, groupArray(tags) AS tags, map('a', 1.5) AS m FROM filtered GROUP BY product LIMIT {{UInt16(limit, 10, description='How many', required=True)}}",
        description: 'Only the totals.',
      },
    ],
  });
  readToken = (await client.publish('by_product', 'totals')).token ?? '';
  await client.createPipe({ name: 'other', nodes: [{ name: 'one_row', sql: 'SELECT 1 AS n' }] });
  await client.publish('other', 'one_row');
  await client.createPipe({ name: 'draft', nodes: [{ name: 'unpublished', sql: 'SELECT 1 AS n' }] });
});
afterAll(() => server.stop());

async function read(path: string): Promise<Document> {
  const { status, body } = await server.call(`GET ${path}`, { headers: { authorization: '' } });
  expect(status).toBe(200);
  // What it is shows the validator.
  return body as Document;
}

async function problemsOf(document: Document): Promise<unknown> {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  return valid ? null : errors;
}

describe('[PM-02] [CHD-07] the document of the endpoints', () => {
  test('is valid, and has those that the token reads and nothing of others', async () => {
    const mine = await read(`/v0/pipes/openapi.json?token=${readToken}`);
    expect(await problemsOf(mine)).toBeNull();
    expect(Object.keys(mine.paths)).toEqual(['/v0/pipes/by_product.json', '/v0/pipes/by_product.{format}']);
    expect(JSON.stringify(mine)).not.toMatch(/other|draft|filtered|SELECT|sales/);
    const all = await read(`/v0/pipes/openapi.json?token=${server.token}`);
    expect(await problemsOf(all)).toBeNull();
    expect(Object.keys(all.paths).filter((path) => path.endsWith('.json'))).toEqual([
      '/v0/pipes/by_product.json',
      '/v0/pipes/other.json',
    ]);
    expect(all['servers']).toEqual([{ url: 'https://data.example.com' }]);
  });

  test('[CHD-02] [CHD-03] has the parameters of all nodes, typed, without private ones', async () => {
    const { paths } = await read(`/v0/pipes/openapi.json?token=${readToken}`);
    const operation = paths['/v0/pipes/by_product.json']?.['get'];
    expect([operation?.['operationId'], operation?.['description']]).toEqual([
      'by_product',
      'Sales of **each** product.\n\nOnly the totals.',
    ]);
    expect(operation?.['parameters']).toEqual([
      {
        name: 'limit',
        in: 'query',
        required: true,
        description: 'How many',
        schema: { type: 'integer', format: 'int32', default: 10, minimum: 0 },
      },
      {
        name: 'since',
        in: 'query',
        required: false,
        description: 'First day',
        schema: { type: 'string', format: 'date', default: '2026-01-01' },
      },
      {
        name: 'products',
        in: 'query',
        required: false,
        schema: { type: 'array', items: { type: 'string' }, default: ['tea', 'jam'] },
        style: 'form',
        explode: false,
      },
    ]);
  });

  test('types the reply by the columns of the result, although a parameter is required', async () => {
    const { paths } = await read(`/v0/pipes/openapi.json?token=${readToken}`);
    const text = JSON.stringify(paths['/v0/pipes/by_product.json']?.['get']?.['responses']);
    const { 200: ok } = JSON.parse(text);
    expect(ok.content['application/json'].schema.properties.data.items).toEqual({
      type: 'object',
      properties: {
        product: { type: 'string', description: 'LowCardinality(String)' },
        total: expect.objectContaining({ type: 'integer', nullable: true }),
        latest: { type: 'string', format: 'date', description: 'Date' },
        tags: {
          type: 'array',
          description: 'Array(Array(String))',
          items: { type: 'array', items: { type: 'string' } },
        },
        m: {
          type: 'object',
          description: 'Map(String, Float64)',
          additionalProperties: { type: 'number', format: 'double', nullable: true },
        },
      },
      required: ['product', 'total', 'latest', 'tags', 'm'],
    });
  });

  test('an endpoint that is broken does not break it', async () => {
    const client = server.client();
    await client.createDataSource('brief', 'n Int8 `json:$.n`');
    await client.createPipe({ name: 'over_brief', nodes: [{ name: 'over', sql: 'SELECT n FROM brief' }] });
    await client.publish('over_brief', 'over');
    await client.deleteDataSource('brief');
    const document = await read(`/v0/pipes/openapi.json?token=${server.token}`);
    expect(await problemsOf(document)).toBeNull();
    expect(Object.keys(document.paths)).toContain('/v0/pipes/over_brief.json');
  });

  test('needs a token', async () => {
    const { status } = await server.call('GET /v0/pipes/openapi.json', { headers: { authorization: '' } });
    expect(status).toBe(403);
  });
});

describe('the document of the server', () => {
  test('is valid', async () => {
    expect(await problemsOf(await read('/v0/openapi.json'))).toBeNull();
  });

  test('describes every route of the server, and no other', async () => {
    const { paths } = await read('/v0/openapi.json');
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    const described = Object.values(DESCRIBED).flatMap((routes) => Object.keys(routes));
    expect(described.toSorted()).toEqual(served.toSorted());
  });
});
