import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { aShownNode, ID, makePipe, outcome, sendJson, TIME } from '../testing/pipes.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

function shown(name: string, more: object): object {
  return {
    id: ID,
    name,
    description: '',
    tags: [],
    endpoint: null,
    type: 'default',
    version: 1,
    created_at: TIME,
    updated_at: TIME,
    parent: null,
    url: `${server.url}/v0/pipes/${name}.json`,
    ...more,
  };
}

const SHORT: [string, (name: string) => ReturnType<TestServer['call']>][] = [
  ['the URL', (name) => server.call(`POST /v0/pipes?name=${name}&sql=SELECT+1&description=one&tags=a,b`)],
  [
    'a form',
    (name) =>
      server.form('POST /v0/pipes', { name, sql: ' SELECT 1\n', description: ' one', tags: 'a, b,a' }),
  ],
  [
    'JSON without nodes',
    (name) =>
      sendJson(server, 'POST /v0/pipes', { name, sql: 'SELECT 1', description: 'one', tags: ['a', 'b'] }),
  ],
];

test.each(SHORT)('[PI-08] [PS-20] [SE-16] from a name and SQL in %s', async (title, create) => {
  const name = `short_${title.replace(/\W/g, '_')}`;
  const reply = await create(name);
  const expected = shown(name, {
    description: 'one',
    tags: ['a', 'b'],
    nodes: [aShownNode(`${name}_0`, 'SELECT 1')],
  });
  expect([reply.status, reply.body]).toEqual([200, expected]);
  expect((await server.call(`GET /v0/pipes/${name}`)).body).toEqual(reply.body);
});

test('[PI-07] [PI-20] a JSON document needs no media type, and nodes no name', async () => {
  const body = JSON.stringify({
    name: 'unnamed',
    tags: ['weekly'],
    nodes: [{ sql: 'SELECT 1 AS x' }, { sql: 'SELECT x FROM unnamed_0' }],
  });
  const reply = await server.call('POST /v0/pipes', { body });
  const nodes = [
    aShownNode('unnamed_0', 'SELECT 1 AS x'),
    aShownNode('unnamed_1', 'SELECT x FROM unnamed_0', { dependencies: ['unnamed_0'] }),
  ];
  expect([reply.status, reply.body]).toEqual([200, shown('unnamed', { tags: ['weekly'], nodes })]);
});

test('[EP-N2] [EP-01] a node of type endpoint is published at once, with its token', async () => {
  const nodes = [
    { name: 'a', sql: 'SELECT 1 AS x', type: 'endpoint' },
    { name: 'b', sql: 'SELECT 2 AS x', type: 'standard' },
  ];
  const reply = await sendJson(server, 'POST /v0/pipes', { name: 'at_once', nodes });
  expect(reply).toMatchObject({
    status: 200,
    body: { type: 'endpoint', nodes: [{ node_type: 'endpoint' }, { node_type: 'standard' }] },
  });
  const { token } = await server.client().pipe('at_once');
  expect((await server.client(token).endpoint('at_once')).data).toEqual([{ x: 1 }]);
});

test('[AU-07] a token needs PIPES:CREATE', async () => {
  await makePipe(server, 'readable', { n: 'SELECT 1' }, { publish: 'n' });
  const { token } = await server.client().pipe('readable');
  const headers = { authorization: `Bearer ${token}` };
  const error = 'The token `readable_endpoint_read` may not do this: it needs the scope PIPES:CREATE.';
  for (const call of [
    'POST /v0/pipes?name=x&sql=SELECT+1',
    'PUT /v0/pipes/readable?name=x',
    'POST /v0/pipes/readable/nodes?name=x',
    'PUT /v0/pipes/readable/nodes/n?name=x',
    'DELETE /v0/pipes/readable/nodes/n',
    'POST /v0/pipes/readable/nodes/n/endpoint',
    'GET /v0/pipes/readable/versions',
    'GET /v0/pipes/readable/versions/1',
    'POST /v0/pipes/readable/versions/1/restore',
  ])
    expect([call, ...outcome(await server.call(call, { headers }))]).toEqual([call, 403, error]);
});

test.each([
  ['name=x', 400, /^The parameter `sql` is missing\. Send name and sql, /],
  ['sql=SELECT+1', 400, /^The parameter `name` is missing\. Send name and sql, /],
  ['name=&sql=SELECT+1', 400, /^The parameter `name` is missing\. /],
  ['name=x&sql=+', 400, 'The node `x_0` has no SQL.'],
  ['name=x&sql=SELECT+1&type=copy', 501, /^type=copy is not available/],
  [
    'name=x&sql=SELECT+1&type=view',
    400,
    'The parameter `type` is not valid: `view` is not one of standard, materialized, endpoint.',
  ],
  [
    'name=x&sql=SELECT+1&ignore_sql_errors=maybe',
    400,
    'The parameter `ignore_sql_errors` is not valid: `maybe` is neither true nor false.',
  ],
  ['name=x&sql=SELECT+1&tags=a;b', 400, /^The parameter `tags` is not valid: "a;b" is not a tag\./],
  ['name=x&sql=SELECT+1&tags=[1]', 400, /^The parameter `tags` is not valid: it is neither a list/],
  ['name=x&sql=SELECT+1&tags=["a', 400, /^The parameter `tags` is not valid: it is neither a list/],
  [
    `name=x&sql=SELECT+1&tags=${Array.from({ length: 51 }, (_, i) => i).join()}`,
    400,
    'The parameter `tags` is not valid: at most 50 are allowed.',
  ],
  [
    'name=x&sql=SELECT+1&description=%00',
    400,
    'The parameter `description` is not valid: it holds a NUL character.',
  ],
  [
    'name=x&sql=%00SELECT+1&ignore_sql_errors=1',
    400,
    'The parameter `sql` is not valid: it holds a NUL character.',
  ],
  ['name=a-b&sql=SELECT+1', 400, /^The name "a-b" holds other characters/],
  ['name=datetime&sql=SELECT+1', 400, /^The name "datetime" is a reserved word/],
])('[PI-12] [PI-19] POST /v0/pipes?%s is refused', async (query, status, error) => {
  const text = typeof error === 'string' ? error : expect.stringMatching(error);
  expect(outcome(await server.call(`POST /v0/pipes?${query}`))).toEqual([status, text]);
  expect((await server.call('GET /v0/pipes/x')).status).toBe(404);
});

test('[PI-07] a Pipe of more nodes than can be compiled is refused', async () => {
  const nodes = Array.from({ length: 1001 }, () => ({ sql: 'SELECT 1' }));
  const reply = await sendJson(server, 'POST /v0/pipes?ignore_sql_errors=true', { name: 'long', nodes });
  expect(outcome(reply)).toEqual([400, 'The parameter `nodes` is not valid: a Pipe has at most 1000 nodes.']);
});
