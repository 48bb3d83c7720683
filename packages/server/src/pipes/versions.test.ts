import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { ID, makePipe, outcome, TIME } from '../testing/pipes.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  await server.client().createDataSource('sales', 'amount Int64 `json:$.amount`');
});
afterAll(() => server.stop());

const TOKEN = { id: expect.stringMatching(/^[0-9a-f-]{36}$/), name: 'workspace admin token' };

async function changesOf(pipe: string): Promise<unknown> {
  return (await server.call(`GET /v0/pipes/${pipe}/versions`)).body;
}

test('every change is kept: who, when and what', async () => {
  await makePipe(server, 'lived', { a: 'SELECT 1 AS x', b: 'SELECT 2 AS x' });
  const calls = [
    'POST /v0/pipes/lived/nodes/a/endpoint',
    'PUT /v0/pipes/lived/nodes/b?name=c',
    'PUT /v0/pipes/lived/nodes/c?position=0',
    'DELETE /v0/pipes/lived/nodes/c',
    'DELETE /v0/pipes/lived/nodes/a/endpoint',
    'PUT /v0/pipes/lived?name=long_lived',
    'PUT /v0/pipes/long_lived?tags=a',
  ];
  for (const call of calls) expect([call, (await server.call(call)).status < 300]).toEqual([call, true]);
  await server.call('POST /v0/pipes/long_lived/nodes?name=d', { body: 'SELECT 3' });
  await server.call('POST /v0/pipes?name=long_lived&from=long_lived');
  const changes = [
    'node added: d',
    'changed',
    'renamed from lived',
    'unpublished: a',
    'node removed: c',
    'node changed: c',
    'node changed: b',
    'published: a',
    'created',
  ];
  const known = await changesOf('long_lived');
  expect(known).toEqual({
    versions: expect.arrayContaining(
      changes.map((change, index) => ({
        version: changes.length - index,
        created_at: TIME,
        token: TOKEN,
        change,
      })),
    ),
  });
  expect(await changesOf((await server.client().pipe('long_lived')).id)).toEqual(known);
});

test('one version is all that the Pipe was', async () => {
  const reply = await server.call('GET /v0/pipes/long_lived/versions/2');
  const { nodes } = await server.client().pipe('long_lived');
  expect([reply.status, reply.body]).toEqual([
    200,
    {
      version: 2,
      created_at: TIME,
      token: TOKEN,
      change: 'published: a',
      pipe: {
        name: 'lived',
        description: '',
        tags: [],
        endpoint: nodes[0]?.id,
        nodes: [
          {
            id: nodes[0]?.id,
            name: 'a',
            sql: 'SELECT 1 AS x',
            description: null,
            ignore_sql_errors: false,
            materialized: null,
            node_type: 'endpoint',
          },
          {
            id: ID,
            name: 'b',
            sql: 'SELECT 2 AS x',
            description: null,
            ignore_sql_errors: false,
            materialized: null,
            node_type: 'standard',
          },
        ],
      },
    },
  ]);
});

test('a version is brought back under the present name, and that is a change too', async () => {
  const more = { description: 'first', tags: ['one'], publish: 'b' };
  await makePipe(server, 'undone', { a: 'SELECT 1 AS x', b: 'SELECT x FROM a' }, more);
  const before = await server.client().pipe('undone');
  for (const call of [
    'DELETE /v0/pipes/undone/nodes/b/endpoint',
    'DELETE /v0/pipes/undone/nodes/b',
    'PUT /v0/pipes/undone?name=redone&description=second&tags=',
  ])
    await server.call(call);
  await server.call('PUT /v0/pipes/redone/nodes/a', { body: 'SELECT 5 AS x' });
  const reply = await server.call('POST /v0/pipes/redone/versions/2/restore');
  const after = await server.client().pipe('redone');
  expect([reply.status, reply.body]).toEqual([200, after]);
  const [a, b] = before.nodes;
  expect(after).toEqual({
    ...before,
    name: 'redone',
    url: `${server.url}/v0/pipes/redone.json`,
    version: 7,
    updated_at: TIME,
    nodes: [
      { ...a, version: 2, updated_at: TIME },
      { ...b, created_at: TIME, updated_at: TIME },
    ],
  });
  expect((await server.client(before.token).endpoint('redone')).data).toEqual([{ x: 1 }]);
  expect(await changesOf('redone')).toMatchObject({
    versions: [{ version: 7, change: 'version 2 restored' }, {}, {}, {}, {}, {}, {}],
  });
});

test('a version that no longer runs is brought back only with ignore_sql_errors', async () => {
  await server.client().createDataSource('gone', 'x Int64 `json:$.x`');
  await makePipe(server, 'orphan', { n: 'SELECT x FROM gone' });
  await server.call('PUT /v0/pipes/orphan/nodes/n', { body: 'SELECT 1 AS x' });
  await server.client().deleteDataSource('gone');
  const before = await server.call('GET /v0/pipes/orphan');
  expect(outcome(await server.call('POST /v0/pipes/orphan/versions/1/restore'))).toEqual([
    400,
    'There is no Data Source or Pipe `gone` in this Workspace. (UNKNOWN_TABLE)',
  ]);
  expect((await server.call('GET /v0/pipes/orphan')).body).toEqual(before.body);
  expect(await server.call('POST /v0/pipes/orphan/versions/1/restore?ignore_sql_errors=true')).toMatchObject({
    status: 200,
    body: { nodes: [{ sql: 'SELECT x FROM gone', ignore_sql_errors: true }] },
  });
});

test('[DM-06] a node whose name was taken meanwhile is not brought back', async () => {
  await makePipe(server, 'loser', { wanted: 'SELECT 1', other: 'SELECT 2' });
  await server.call('DELETE /v0/pipes/loser/nodes/wanted');
  await makePipe(server, 'wanted', { n: 'SELECT 3' });
  expect(outcome(await server.call('POST /v0/pipes/loser/versions/1/restore'))).toEqual([
    409,
    'The name `wanted` is taken by a Pipe of this Workspace. Choose another one.',
  ]);
});

test.each([
  [
    'GET /v0/pipes/long_lived/versions/99',
    404,
    'The Pipe `long_lived` has no version 99, or it is no longer kept. GET /v0/pipes/long_lived/versions lists them.',
  ],
  [
    'POST /v0/pipes/long_lived/versions/0/restore',
    404,
    'The Pipe `long_lived` has no version 0, or it is no longer kept. GET /v0/pipes/long_lived/versions lists them.',
  ],
  [
    'GET /v0/pipes/long_lived/versions/first',
    400,
    'The parameter `version` is not valid: `first` is not a whole number.',
  ],
  [
    'GET /v0/pipes/long_lived/versions/9999999999',
    400,
    'The parameter `version` is not valid: `9999999999` is not a whole number.',
  ],
  [
    'GET /v0/pipes/nowhere/versions',
    404,
    'There is no Pipe `nowhere` in this Workspace. Create it with POST /v0/pipes.',
  ],
  [
    'PUT /v0/pipes/long_lived/versions',
    405,
    'PUT is not allowed on /v0/pipes/long_lived/versions. Allowed: GET.',
  ],
])('%s is answered with %i', async (call, status, error) => {
  expect(outcome(await server.call(call))).toEqual([status, error]);
});

test('versions survive a restart, and go with their Pipe', async () => {
  const before = await changesOf('redone');
  await server.restart();
  expect(await changesOf('redone')).toEqual(before);
  await server.call('DELETE /v0/pipes/redone');
  await makePipe(server, 'redone', { n: 'SELECT 1' });
  expect(await changesOf('redone')).toEqual({
    versions: [{ version: 1, created_at: TIME, token: TOKEN, change: 'created' }],
  });
});
