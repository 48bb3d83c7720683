import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';

const validator = new Validator();
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ 'public-url': 'https://api.example.com' });
});
afterAll(() => server.stop());

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; responses: Record<string, unknown> };
  [key: string]: unknown;
}

interface Operation {
  parameters?: { name: string }[];
  responses: Record<string, { content: Record<string, { schema: { properties: { data: unknown } } }> }>;
  [key: string]: unknown;
}

/** The document, which must be valid OpenAPI. @param token that of the admin unless another is given */
async function documentOf(token = server.token): Promise<Document> {
  const response = await fetch(`${server.url}/v0/pipes/openapi.json?token=${token}`);
  const document: Document = JSON.parse(await response.text());
  const { valid, errors } = await validator.validate(structuredClone(document));
  expect([response.status, valid, errors]).toEqual([200, true, undefined]);
  return document;
}

/** Makes a Pipe whose last node is published, and gives its READ token. */
async function endpoint(
  name: string,
  nodes: Record<string, string>,
  more: { description?: string; nodeDescription?: string; ignore_sql_errors?: boolean } = {},
): Promise<string> {
  const { nodeDescription = '', ...pipe } = more;
  const written = Object.entries(nodes).map(([node, sql], at, all) => ({
    name: node,
    sql,
    description: at === all.length - 1 ? nodeDescription : '',
  }));
  const body = JSON.stringify({ name, nodes: written, ...pipe });
  expect(await server.call('POST /v0/pipes', { body })).toMatchObject({ status: 200, body: { name } });
  const { token = '' } = await server.client().publish(name, written.at(-1)?.name ?? '');
  return token;
}

/** What is said about reading the only endpoint of a token. */
async function operationOf(token: string): Promise<Operation | undefined> {
  const { paths } = await documentOf(token);
  return Object.values(paths)[0]?.['get'];
}

async function parametersOf(token: string): Promise<unknown> {
  return (await operationOf(token))?.parameters;
}

/** The schema of `data` in the reply of a token's only endpoint. */
async function dataOf(token: string): Promise<unknown> {
  const reply = (await operationOf(token))?.responses['200'];
  return reply?.content['application/json']?.schema.properties.data;
}

describe('who sees what', () => {
  test('[PM-02] a Workspace without endpoints has a document without paths', async () => {
    await server
      .client()
      .createPipe({ name: 'unpublished', nodes: [{ name: 'only', sql: 'SELECT 1 AS n' }] });
    expect(await documentOf()).toMatchObject({
      openapi: '3.0.3',
      servers: [{ url: 'https://api.example.com' }],
      security: [{ bearer: [] }, { token: [] }],
      tags: [],
      paths: {},
    });
  });

  test('[PM-02] [CHD-07] [CHD-10] a token sees its own endpoints and no word of others', async () => {
    const one = await endpoint('alpha', { hidden_node: 'SELECT 1 AS secret_column', shown: 'SELECT 2 AS n' });
    const two = await endpoint('beta', { only: '% SELECT {{Int32(secret_parameter, 1)}} AS m' });
    expect(Object.keys((await documentOf(one)).paths)).toEqual([
      '/v0/pipes/alpha.json',
      '/v0/pipes/alpha.{format}',
    ]);
    expect(Object.keys((await documentOf(two)).paths)).toEqual([
      '/v0/pipes/beta.json',
      '/v0/pipes/beta.{format}',
    ]);
    const text = JSON.stringify(await documentOf(one));
    for (const word of ['beta', 'secret_parameter', 'unpublished', 'hidden_node', 'secret_column', one])
      expect([word, text.includes(word)]).toEqual([word, false]);
    const all = Object.keys((await documentOf()).paths);
    expect(all).toEqual([
      '/v0/pipes/alpha.json',
      '/v0/pipes/alpha.{format}',
      '/v0/pipes/beta.json',
      '/v0/pipes/beta.{format}',
    ]);
  });

  test('[GN-03] without a token there is no document', async () => {
    const response = await fetch(`${server.url}/v0/pipes/openapi.json`);
    expect([response.status, await response.json()]).toEqual([
      403,
      {
        error:
          'A token is needed: send the header `Authorization: Bearer <token>` or the parameter `token=<token>`.',
      },
    ]);
  });

  test('[CHD-09] a page of another site may read it', async () => {
    const headers = { origin: 'https://editor.swagger.io' };
    const { headers: answer } = await server.call('GET /v0/pipes/openapi.json', { headers });
    expect(answer.get('access-control-allow-origin')).toBe('*');
  });

  test('a Pipe with the name of the document is documented by its id', async () => {
    await endpoint('openapi', { only: 'SELECT 7 AS n' });
    const { id } = await server.client().pipe('openapi');
    const { paths } = await documentOf();
    expect(paths[`/v0/pipes/${id}.json`]?.['get']).toMatchObject({ operationId: 'openapi' });
    expect((await server.call(`GET /v0/pipes/${id}.json`)).body).toMatchObject({ data: [{ n: 7 }] });
  });
});

test('[EP-23] the whole of an endpoint', async () => {
  await endpoint(
    'whole',
    { only: '% SELECT 1 AS n, {{String(city, "Madrid", description="Where")}} AS city' },
    { description: '# Sales', nodeDescription: 'By *city*.' },
  );
  const { paths, components, tags } = await documentOf();
  const about = { tags: ['whole'], summary: 'whole', description: '# Sales\n\nBy *city*.' };
  const city = { type: 'string', default: 'Madrid' };
  const inUrl = { name: 'city', required: false, description: 'Where', schema: city, in: 'query' };
  const body = {
    type: 'object',
    properties: { city: { ...city, description: 'Where' } },
    additionalProperties: true,
  };
  const errors = Object.fromEntries(
    [400, 403, 404, 408, 429, 500].map((status) => [
      String(status),
      { $ref: `#/components/responses/Error${status}` },
    ]),
  );
  const count = { type: 'integer', format: 'int64', minimum: 0 };
  const result = {
    type: 'object',
    properties: {
      meta: { type: 'array', items: { $ref: '#/components/schemas/Meta' } },
      data: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            n: { type: 'integer', format: 'int32', minimum: 0, description: 'UInt8' },
            city: { type: 'string', description: 'String' },
          },
          required: ['n', 'city'],
        },
      },
      rows: count,
      rows_before_limit_at_least: {
        ...count,
        description: 'How many rows there would be without LIMIT, at least.',
      },
      statistics: { $ref: '#/components/schemas/Statistics' },
    },
    required: ['meta', 'data', 'rows', 'statistics'],
  };
  const responses = {
    200: { description: 'The result.', content: { 'application/json': { schema: result } } },
    ...errors,
  };
  expect(paths['/v0/pipes/whole.json']).toEqual({
    get: { operationId: 'whole', ...about, parameters: [inUrl], responses },
    post: {
      operationId: 'whole.post',
      ...about,
      requestBody: {
        description: 'The parameters, when they are too long for a URL.',
        required: false,
        content: {
          'application/json': { schema: body },
          'application/x-www-form-urlencoded': { schema: body },
        },
      },
      responses,
    },
  });
  expect(paths['/v0/pipes/whole.{format}']).toEqual({
    get: {
      operationId: 'whole.export',
      ...about,
      parameters: [
        {
          name: 'format',
          in: 'path',
          description: 'How the result is written.',
          required: true,
          schema: { type: 'string', enum: ['csv', 'ndjson', 'parquet', 'prometheus'] },
        },
        inUrl,
      ],
      responses: {
        200: {
          description: 'The result.',
          content: {
            'text/csv': { schema: expect.any(Object) },
            'application/x-ndjson': { schema: expect.any(Object) },
            'application/vnd.apache.parquet': { schema: { type: 'string', format: 'binary' } },
            'text/plain': { schema: expect.any(Object) },
          },
        },
        ...errors,
      },
    },
  });
  expect(tags).toContainEqual({ name: 'whole', description: '# Sales' });
  expect(components.responses['Error408']).toEqual({
    description: 'The query took longer than it may.',
    headers: {
      'X-DB-Exception-Code': {
        description: "The database's number for the error, when it is the database's.",
        schema: { type: 'string' },
      },
    },
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  });
});

describe('parameters', () => {
  const date = { type: 'string', format: 'date' };
  const cases: [string, string, Record<string, unknown>][] = [
    ['an integer', 'Int32(x, 5)', { type: 'integer', format: 'int32', default: 5 }],
    ['an integer without sign', 'UInt8(x, 5)', { type: 'integer', format: 'int32', minimum: 0, default: 5 }],
    ['a default in quotes', "Int64(x, '5')", { type: 'integer', format: 'int64', default: 5 }],
    ['a default that is no number', "Int64(x, 'a')", { type: 'integer', format: 'int64' }],
    ['a float', 'Float64(x, -0.5)', { type: 'number', format: 'double', default: -0.5 }],
    ['a switch', 'Boolean(x, 0)', { type: 'boolean', default: false }],
    ['a day', "Date(x, '2026-01-31')", { ...date, default: '2026-01-31' }],
    [
      'a time',
      "DateTime(x, '2026-01-31 10:00:00')",
      { type: 'string', example: '2026-01-31 10:00:00', default: '2026-01-31 10:00:00' },
    ],
    ['a format', "String(x, format='uri', required=True)", { type: 'string', format: 'uri' }],
    ['an id', "UUID(x, '', example='a-b')", { type: 'string', format: 'uuid', default: '', example: 'a-b' }],
    ['choices', "String(x, 'a', enum=['a', 'b'])", { type: 'string', enum: ['a', 'b'], default: 'a' }],
    [
      'choices of numbers',
      "Int8(x, 1, enum=[1, '2'])",
      { type: 'integer', format: 'int32', enum: [1, 2], default: 1 },
    ],
    [
      'an array',
      "Array(x, 'Int32', '1,2')",
      { type: 'array', items: { type: 'integer', format: 'int32' }, default: [1, 2] },
    ],
    [
      'an array of texts',
      "Array(x, default='a')",
      { type: 'array', items: { type: 'string' }, default: ['a'] },
    ],
    ['no type', 'x', { type: 'string' }],
  ];
  let shown: unknown[];

  beforeAll(async () => {
    const calls = cases.map(([, call], at) => `{{${call.replace(/\bx\b/, `x${at}`)}}} IS NOT NULL`);
    const parameters = await parametersOf(
      await endpoint('typed', { only: `% SELECT 1 AS n WHERE ${calls.join(' AND ')}` }),
    );
    shown = Array.isArray(parameters) ? parameters : [];
  });

  test.each(cases.map(([title, call, schema], at) => ({ title, call, schema, at })))(
    '[PM-02] $title',
    ({ call, schema, at }) => {
      const list = schema['type'] === 'array' ? { style: 'form', explode: false } : {};
      const required = call.includes('required=True');
      expect(shown[at]).toEqual({ name: `x${at}`, in: 'query', required, schema, ...list });
    },
  );

  test('[PM-02] an array is taken as documented: one text with commas', async () => {
    await endpoint('array_taken', { only: "% SELECT {{Array(x, 'Int32', '1,2')}} AS x" });
    const { body } = await server.call('GET /v0/pipes/array_taken.json?x=3,4');
    expect(body).toMatchObject({ data: [{ x: [3, 4] }] });
  });

  test('[CHD-03] those with an underscore in front are private', async () => {
    const token = await endpoint('private_ones', {
      only: '% SELECT {{Int32(_hidden, 1)}} + {{Int32(shown, 1)}} AS n',
    });
    expect(await parametersOf(token)).toMatchObject([{ name: 'shown' }]);
  });

  test('[PM-02] those of all nodes that are read, once each, also in other Pipes and under conditions', async () => {
    await endpoint('base', {
      unread: '% SELECT {{Int32(of_nobody, 1)}} AS n',
      out: "% SELECT {{Int32(of_base, 1)}} AS n, {{String(shared, 'a', description='Said here')}} AS s",
    });
    await endpoint('side', { only: '% SELECT {{Int32(of_side, 1)}} AS n, 1 AS base' });
    await endpoint('stranger', { only: '% SELECT {{Int32(of_stranger, 1)}} AS n' });
    const token = await endpoint('reader', {
      middle: '% SELECT n, {{Int32(of_inner, 1)}} AS stranger FROM base',
      out: "% SELECT n FROM middle WHERE {{shared}} != '' {% if defined(deep) %} UNION ALL SELECT n FROM side {% end %}",
    });
    expect(await parametersOf(token)).toMatchObject([
      { name: 'shared', description: 'Said here', schema: { type: 'string', default: 'a' } },
      { name: 'deep' },
      { name: 'of_inner' },
      { name: 'of_base' },
      { name: 'of_side' },
    ]);
  });

  test('[PM-02] parameters that must be sent are required in the URL and in the body', async () => {
    const token = await endpoint('needy', { only: '% SELECT {{Int32(must, required=True)}} AS n' });
    const { paths } = await documentOf(token);
    expect(paths['/v0/pipes/needy.json']?.['get']?.parameters).toMatchObject([
      { name: 'must', required: true },
    ]);
    expect(paths['/v0/pipes/needy.json']?.['post']).toMatchObject({
      requestBody: { required: true, content: { 'application/json': { schema: { required: ['must'] } } } },
    });
    expect((await server.call('GET /v0/pipes/needy.json')).status).toBe(400);
  });
});

describe('result columns', () => {
  const int64 = { type: 'integer', format: 'int64' };
  const pair = { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 };
  const cases: [expression: string, value: unknown, schema: Record<string, unknown>][] = [
    ['toUInt64(18)', 18, { ...int64, minimum: 0 }],
    ['toInt8(-1)', -1, { type: 'integer', format: 'int32' }],
    ['toUInt32(1)', 1, { ...int64, minimum: 0 }],
    ['toInt256(5)', 5, { type: 'integer' }],
    ['toFloat64(1.5)', 1.5, { type: 'number', format: 'double', nullable: true }],
    ['1 / 0', null, { type: 'number', format: 'double', nullable: true }],
    ['toDecimal64(1.5, 2)', 1.5, { type: 'number' }],
    ['true', true, { type: 'boolean' }],
    ["toFixedString('ab', 2)", 'ab', { type: 'string' }],
    ["toLowCardinality('a')", 'a', { type: 'string' }],
    [
      "toUUID('00000000-0000-0000-0000-000000000001')",
      '00000000-0000-0000-0000-000000000001',
      { type: 'string', format: 'uuid' },
    ],
    ["toIPv4('1.2.3.4')", '1.2.3.4', { type: 'string', format: 'ipv4' }],
    ["toDate('2026-01-31')", '2026-01-31', { type: 'string', format: 'date' }],
    [
      "toDateTime('2026-01-31 10:00:00', 'UTC')",
      '2026-01-31 10:00:00',
      { type: 'string', example: '2026-01-31 10:00:00' },
    ],
    [
      "toDateTime64('2026-01-31 10:00:00', 3, 'UTC')",
      '2026-01-31 10:00:00.000',
      { type: 'string', example: '2026-01-31 10:00:00.000' },
    ],
    [
      "CAST('a' AS Nullable(Enum('a', 'b')))",
      'a',
      { type: 'string', enum: ['a', 'b', null], nullable: true },
    ],
    ['CAST(NULL AS Nullable(Int32))', null, { type: 'integer', format: 'int32', nullable: true }],
    [
      '[1, NULL]',
      [1, null],
      { type: 'array', items: { type: 'integer', format: 'int32', minimum: 0, nullable: true } },
    ],
    [
      "map('a', 1.5)",
      { a: 1.5 },
      { type: 'object', additionalProperties: { type: 'number', format: 'double', nullable: true } },
    ],
    ["(1, 'a')", [1, 'a'], { type: 'array', items: {}, minItems: 2, maxItems: 2 }],
    [
      "CAST((1, 'a') AS Tuple(x Int32, `y z` String))",
      { x: 1, 'y z': 'a' },
      {
        type: 'object',
        properties: { x: { type: 'integer', format: 'int32' }, 'y z': { type: 'string' } },
        required: ['x', 'y z'],
      },
    ],
    [`CAST('{"a":{"b":[1]}}' AS JSON)`, { a: { b: [1] } }, { type: 'object', additionalProperties: true }],
    ["CAST('a' AS Variant(String, Int32))", 'a', {}],
    ['NULL', null, { nullable: true }],
    ['CAST((1, 2) AS Point)', [1, 2], pair],
    ['CAST([(1, 2)] AS Ring)', [[1, 2]], { type: 'array', items: pair }],
    ['INTERVAL 3 DAY', 3, int64],
  ];
  let shown: unknown;
  let row: unknown;

  beforeAll(async () => {
    const columns = cases.map(([expression], at) => `${expression} AS v${at}`);
    shown = await dataOf(await endpoint('all_types', { only: `SELECT ${columns.join(', ')}` }));
    row = (await server.call('GET /v0/pipes/all_types.ndjson')).body;
  });

  test.each(cases.map(([expression, value, schema], at) => ({ expression, value, schema, at })))(
    '[PM-02] $expression',
    ({ value, schema, at }) => {
      const name = `v${at}`;
      expect(shown).toHaveProperty(['items', 'properties', name], {
        ...schema,
        description: expect.any(String),
      });
      expect(row).toHaveProperty([name], value);
    },
  );

  test('[PM-02] every column is in every row', () => {
    expect(shown).toHaveProperty(
      ['items', 'required'],
      cases.map((_, at) => `v${at}`),
    );
  });

  test('[PM-02] a parameter without a default is given a sample, so that the columns are known', async () => {
    const token = await endpoint('sampled', {
      only: "% SELECT toInt32(1) AS n WHERE {{DateTime(at)}} > {{Date(day, '2026-01-01')}}",
    });
    expect(await dataOf(token)).toMatchObject({ items: { required: ['n'] } });
  });
});

describe('what is broken', () => {
  const any = { type: 'array', items: { type: 'object', additionalProperties: true } };
  test.each<[string, string]>([
    ['names_nothing', 'SELECT * FROM gone'],
    ['is_no_sql', 'SELECT FROM WHERE ('],
    ['is_no_template', '% SELECT {{Int32('],
    ['always_fails', "% {{error('no')}} SELECT 1"],
    ['fails_with_a_sample', '% SELECT {{Int32(x, required=True)}}, (SELECT throwIf(1))'],
  ])('[PM-02] [EP-23] what %s has rows of any shape', async (name, sql) => {
    const token = await endpoint(name, { only: sql }, { ignore_sql_errors: true });
    expect(await dataOf(token)).toEqual(any);
  });

  test('[PM-02] [EP-23] what reads a Data Source that is gone has rows of any shape', async () => {
    const client = server.client();
    await client.createDataSource('brief', 'n Int8 `json:$.n`, o Nullable(Int64) `json:$.o`');
    const token = await endpoint('over_brief', { only: 'SELECT n, sum(o) AS o FROM brief GROUP BY n' });
    expect(await dataOf(token)).toMatchObject({
      items: { properties: { n: { description: 'Int8' }, o: { description: 'Nullable(Int64)' } } },
    });
    await client.deleteDataSource('brief');
    expect(await dataOf(token)).toEqual(any);
  });

  test('[PM-02] [EP-23] the other endpoints are documented', async () => {
    const { paths } = await documentOf();
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/v0/pipes/always_fails.json', '/v0/pipes/alpha.json']),
    );
    expect(paths['/v0/pipes/alpha.json']?.['get']?.responses['200']).toMatchObject({
      content: {
        'application/json': { schema: { properties: { data: { items: { required: ['n'] } } } } },
      },
    });
  });
});

test('[PM-02] the document follows its endpoints', async () => {
  const token = await endpoint('changing', { only: 'SELECT 1 AS early' });
  expect(await dataOf(token)).toMatchObject({ items: { required: ['early'] } });
  await server.call('PUT /v0/pipes/changing/nodes/only', { body: '% SELECT {{Int32(p, 1)}} AS late' });
  expect(await dataOf(token)).toMatchObject({ items: { required: ['late'] } });
  expect(await parametersOf(token)).toMatchObject([{ name: 'p' }]);
  await server.client().unpublish('changing', 'only');
  expect((await documentOf()).paths['/v0/pipes/changing.json']).toBeUndefined();
});
