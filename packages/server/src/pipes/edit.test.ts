import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMetadata } from '../metadata/index.js';
import { aToken } from '../metadata/testing/records.js';
import { TestServer } from '../testing/harness.js';
import { makePipe, outcome, sendJson } from '../testing/pipes.js';
import { TokenSigner } from '../tokens/index.js';

let server: TestServer;

const KEY = 'a key with which tests can sign tokens too';
const IN_USE = 'Change them first, or send force=true to go on: then they fail until they are changed.';

beforeAll(async () => {
  server = await TestServer.start({ 'secret-key': KEY });
  await server.client().createDataSource('sales', 'amount Int64 `json:$.amount`');
});
afterAll(() => server.stop());

describe('changing', () => {
  test('[PI-17] [DM-10] [PS-21] [PI-04] another name keeps the id, the token and the data', async () => {
    await makePipe(server, 'old_name', { n: 'SELECT 1 AS x' }, { publish: 'n' });
    const before = await server.client().pipe('old_name');
    const reply = await server.call('PUT /v0/pipes/old_name?name=new_name&description=a+**new**+name');
    const after = await server.client().pipe(before.id);
    expect([reply.status, reply.body]).toEqual([200, after]);
    expect(after).toEqual({
      ...before,
      name: 'new_name',
      description: 'a **new** name',
      url: `${server.url}/v0/pipes/new_name.json`,
      version: 3,
      updated_at: expect.any(String),
    });
    expect((await server.client(before.token).endpoint('new_name')).data).toEqual([{ x: 1 }]);
    expect((await server.call('GET /v0/pipes/old_name.json')).status).toBe(404);
    await makePipe(server, 'old_name', { n: 'SELECT 2' });
  });

  test.each([
    ['the URL', () => server.call('PUT /v0/pipes/tagged?tags=b,a&description=one')],
    ['a form', () => server.form('PUT /v0/pipes/tagged', { tags: '["b", "a"]', description: 'one' })],
    ['JSON', () => sendJson(server, 'PUT /v0/pipes/tagged', { tags: ['b', 'a'], description: 'one' })],
    ['the path with .pipe', () => server.call('PUT /v0/pipes/tagged.pipe?tags=b,a&description=one')],
  ])('[PI-17] [PI-20] [SE-16] description and tags in %s', async (_title, change) => {
    await server.call('DELETE /v0/pipes/tagged');
    await makePipe(server, 'tagged', { n: 'SELECT 1' }, { tags: ['old'] });
    expect(await change()).toMatchObject({
      status: 200,
      body: { tags: ['b', 'a'], description: 'one', version: 2 },
    });
    expect(await server.call('PUT /v0/pipes/tagged?tags=')).toMatchObject({
      status: 200,
      body: { tags: [], description: 'one' },
    });
  });

  test('[DM-06] a Pipe may get the name of its own node', async () => {
    await makePipe(server, 'own', { node_name: 'SELECT 1 AS x' }, { publish: 'node_name' });
    expect((await server.call('PUT /v0/pipes/own?name=node_name')).status).toBe(200);
    expect((await server.client().endpoint('node_name')).data).toEqual([{ x: 1 }]);
  });

  test.each([
    ['PUT /v0/pipes/fixed', 400, 'The parameter `name` is missing. Send name, description or tags.'],
    ['PUT /v0/pipes/fixed?name=', 400, 'The name is empty. Use letters, digits and underscores.'],
    ['PUT /v0/pipes/fixed?name=x.y', 400, /^The name "x\.y" holds other characters/],
    ['PUT /v0/pipes/fixed?name=order', 400, 'The name "order" is a reserved word. Choose another name.'],
    [
      'PUT /v0/pipes/fixed?name=sales',
      409,
      'The name `sales` is taken by a Data Source of this Workspace. Choose another one.',
    ],
    [
      'PUT /v0/pipes/fixed?name=other',
      409,
      'The name `other` is taken by a Pipe of this Workspace. Choose another one.',
    ],
    [
      'PUT /v0/pipes/fixed?name=other_node',
      409,
      'The name `other_node` is taken by a node of a Pipe of this Workspace. Choose another one.',
    ],
    ['PUT /v0/pipes/fixed?tags="a"', 400, /^The parameter `tags` is not valid: "\\"a\\"" is not a tag\./],
    [
      'PUT /v0/pipes/fixed?name=x&force=2',
      400,
      'The parameter `force` is not valid: `2` is neither true nor false.',
    ],
    [
      'PUT /v0/pipes/nothing?name=x',
      404,
      'There is no Pipe `nothing` in this Workspace. Create it with POST /v0/pipes.',
    ],
    [
      'PUT /v0/pipes/fixed.json?name=x',
      405,
      'PUT is not allowed on /v0/pipes/fixed.json. Allowed: GET, POST.',
    ],
    ['DELETE /v0/pipes/fixed.csv', 405, 'DELETE is not allowed on /v0/pipes/fixed.csv. Allowed: GET, POST.'],
    [
      'POST /v0/pipes/fixed.pipe',
      405,
      'POST is not allowed on /v0/pipes/fixed.pipe. Allowed: GET, PUT, DELETE.',
    ],
    ['POST /v0/pipes/fixed', 405, 'POST is not allowed on /v0/pipes/fixed. Allowed: GET, PUT, DELETE.'],
    [
      'PATCH /v0/pipes/fixed',
      405,
      'PATCH is not allowed on /v0/pipes/fixed. Allowed: GET, PUT, DELETE, POST.',
    ],
  ])('[PI-17] [PI-19] [DM-05] [GN-11] %s is refused and changes nothing', async (call, status, error) => {
    if ((await server.call('GET /v0/pipes/fixed')).status === 404) {
      await makePipe(server, 'fixed', { n: 'SELECT 1' });
      await makePipe(server, 'other', { other_node: 'SELECT 1' });
    }
    const before = await server.call('GET /v0/pipes/fixed');
    const reply = await server.call(call);
    expect(outcome(reply)).toEqual([
      status,
      typeof error === 'string' ? error : expect.stringMatching(error),
    ]);
    if (status === 405)
      expect(String(outcome(reply)[1])).toContain(`Allowed: ${reply.headers.get('allow')}.`);
    expect((await server.call('GET /v0/pipes/fixed')).body).toEqual(before.body);
  });

  test('[PI-17] a body that says it is JSON and is not is refused', async () => {
    const headers = { 'content-type': 'application/json' };
    const reply = await server.call('PUT /v0/pipes/fixed', { body: 'name=x', headers });
    expect(outcome(reply)).toEqual([
      400,
      expect.stringMatching(/^The request body is not valid: it is not JSON/),
    ]);
    const list = await sendJson(server, 'PUT /v0/pipes/fixed', ['name']);
    expect(outcome(list)).toEqual([
      400,
      'The request body is not valid: it is not a JSON object such as {"name": "value"}.',
    ]);
  });
});

describe('a Pipe that others read', () => {
  beforeAll(async () => {
    await makePipe(server, 'base', { n: 'SELECT 1 AS x' });
    await makePipe(server, 'by_name', { n: 'SELECT x FROM base' }, { publish: 'n' });
    const { id } = await server.client().pipe('base');
    await makePipe(server, 'by_id', { n: `SELECT x FROM ${id}` }, { publish: 'n' });
    await makePipe(server, 'only_the_word', { n: 'SELECT 1 AS base' });
  });

  test('[PI-17] [GN-25] gets another name only by force; what reads it by id goes on', async () => {
    const refused = await server.call('PUT /v0/pipes/base?name=bases');
    expect(outcome(refused)).toEqual([409, `The Pipe \`base\` is read by \`by_name\`. ${IN_USE}`]);
    expect((await server.call('PUT /v0/pipes/base?name=bases&force=true')).status).toBe(200);
    expect((await server.client().endpoint('by_id')).data).toEqual([{ x: 1 }]);
    expect(outcome(await server.call('GET /v0/pipes/by_name.json'))).toEqual([
      400,
      'There is no Data Source or Pipe `base` in this Workspace. Did you mean `bases`? (UNKNOWN_TABLE)',
    ]);
    expect(await server.client().pipe('by_id')).toMatchObject({ nodes: [{ dependencies: ['bases'] }] });
    expect((await server.call('PUT /v0/pipes/bases?name=base')).status).toBe(200);
    expect((await server.client().endpoint('by_name')).data).toEqual([{ x: 1 }]);
  });

  test('[PI-18] is removed only by force', async () => {
    const refused = await server.call('DELETE /v0/pipes/base');
    expect(outcome(refused)).toEqual([409, `The Pipe \`base\` is read by \`by_name\`, \`by_id\`. ${IN_USE}`]);
    expect((await server.call('DELETE /v0/pipes/base.pipe?force=true')).status).toBe(204);
    expect((await server.call('GET /v0/pipes/by_id.json')).status).toBe(400);
    expect((await server.call('GET /v0/pipes/by_name')).status).toBe(200);
  });

  test('[PI-18] [AU-08] is not named to who may not read it', async () => {
    await makePipe(server, 'watched', { n: 'SELECT 1' });
    await makePipe(server, 'secret_reader', { n: 'SELECT * FROM watched' });
    const headers = { authorization: `Bearer ${await dropToken('watched')}` };
    expect(outcome(await server.call('DELETE /v0/pipes/watched', { headers }))).toEqual([
      409,
      `The Pipe \`watched\` is read by 1 that the token may not see. ${IN_USE}`,
    ]);
    expect((await server.call('DELETE /v0/pipes/secret_reader', { headers })).status).toBe(403);
    expect((await server.call('DELETE /v0/pipes/watched?force=1', { headers })).status).toBe(204);
  });
});

/** A token that may remove one Pipe and do nothing else. */
async function dropToken(name: string): Promise<string> {
  const { id } = await server.client().pipe(name);
  const token = aToken('', { scopes: [{ type: 'PIPES:DROP', resource: id }] });
  await server.restart({}, async () => {
    const path = join(server.directory, 'data', 'metadata.sqlite');
    const metadata = await openMetadata({ kind: 'sqlite', path });
    const [workspace] = await metadata.workspaces.list();
    token.workspaceId = workspace?.id ?? '';
    await metadata.tokens.create(token);
    await metadata.close();
  });
  return new TokenSigner(KEY).sign(token);
}
