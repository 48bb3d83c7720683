import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { makePipe, outcome } from '../testing/pipes.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  await server.client().createDataSource('sales', 'amount Int64 `json:$.amount`');
});
afterAll(() => server.stop());

function clone(name: string, from: string) {
  return server.call(`POST /v0/pipes?name=${name}&from=${from}`);
}

test('[PI-09] a copy has the nodes, description and tags of the other Pipe, and no endpoint', async () => {
  const more = { description: 'the **source**', tags: ['a'], publish: 'b' };
  await makePipe(server, 'source', { a: 'SELECT 1 AS x', b: 'SELECT x FROM a' }, more);
  const source = await server.client().pipe('source');
  const reply = await clone('copy', source.id);
  expect(reply).toMatchObject({
    status: 200,
    body: {
      name: 'copy',
      description: 'the **source**',
      tags: ['a'],
      endpoint: null,
      version: 1,
      nodes: [
        { name: 'a', sql: 'SELECT 1 AS x' },
        { name: 'b', sql: 'SELECT x FROM a', node_type: 'standard' },
      ],
    },
  });
  const copy = await server.client().pipe('copy');
  const ids = [source, ...source.nodes, copy, ...copy.nodes].map(({ id }) => id);
  expect(new Set(ids).size).toBe(6);
  expect(await server.client().pipe('source')).toEqual(source);
});

test.each([
  { title: 'stays on the node that is called the same', from: { out: 'SELECT 2 AS x' }, rows: [{ x: 2 }] },
  { title: 'goes with the node that is not there any more', from: { other: 'SELECT 3 AS x' }, rows: null },
])('[PI-09] [PB-08] copied over a Pipe, the endpoint $title', async ({ title, from, rows }) => {
  const name = `target_${title.length}`;
  await makePipe(server, name, { out: 'SELECT 1 AS x' }, { publish: 'out' });
  await makePipe(server, `${name}_draft`, from);
  const before = await server.client().pipe(name);
  const reply = await clone(name, `${name}_draft`);
  const after = await server.client().pipe(name);
  expect([reply.status, reply.body]).toEqual([200, after]);
  expect([after.id, after.token]).toEqual([before.id, before.token]);
  expect(after.endpoint).toBe(rows === null ? null : before.endpoint);
  const data = await server.call(`GET /v0/pipes/${name}.json`);
  expect(data).toMatchObject(rows === null ? { status: 404 } : { status: 200, body: { data: rows } });
});

test('[PI-09] [DM-06] a node that is called like its Pipe is called like the copy, there and back', async () => {
  await makePipe(server, 'top', { base: 'SELECT 1 AS x', top: 'SELECT x FROM base' }, { publish: 'top' });
  expect(await clone('top_draft', 'top')).toMatchObject({
    status: 200,
    body: { nodes: [{ name: 'base' }, { name: 'top_draft' }] },
  });
  expect(await clone('top', 'top_draft')).toMatchObject({
    status: 200,
    body: { type: 'endpoint', nodes: [{ name: 'base' }, { name: 'top', node_type: 'endpoint' }] },
  });
  await makePipe(server, 'within', { within: 'SELECT 1 AS x', last: 'SELECT x FROM within' });
  expect(outcome(await clone('within_draft', 'within'))).toEqual([
    409,
    'The name `within` is taken by a Pipe of this Workspace. Choose another one.',
  ]);
});

test('[PI-09] a copy that would read itself, or has a name that is taken, is refused', async () => {
  await makePipe(server, 'below', { n: 'SELECT 1 AS x' });
  await makePipe(server, 'above', { m: 'SELECT x FROM below' });
  const before = await server.client().pipe('below');
  expect(outcome(await clone('below', 'above'))).toEqual([
    400,
    'The query goes round in a circle: below → below.',
  ]);
  expect(await server.client().pipe('below')).toEqual(before);
  expect(outcome(await clone('sales', 'above'))).toEqual([
    409,
    'The name `sales` is taken by a Data Source of this Workspace. Choose another one.',
  ]);
  expect(outcome(await clone('x', 'abov'))).toEqual([
    404,
    'There is no Pipe `abov` in this Workspace. Did you mean `above`?',
  ]);
  expect(outcome(await clone('select', 'above'))).toEqual([
    400,
    'The name "select" is a reserved word. Choose another name.',
  ]);
});
