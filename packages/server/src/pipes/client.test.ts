import { ApiReplyError } from '@goldcrest/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

test('[PI-01] [PI-09] [PI-10] [PI-13] [PI-14] [PI-16] [PI-17] [PI-18] the client manages Pipes', async () => {
  const client = server.client();
  await client.createPipe({ name: 'p', tags: ['a'], nodes: [{ name: 'n', sql: 'SELECT 1 AS x' }] });
  expect(await client.addNode('p', { name: 'm', sql: 'SELECT x FROM n', description: 'all' })).toMatchObject({
    name: 'm',
    description: 'all',
    dependencies: ['n'],
  });
  await expect(client.changeNode('p', 'n', { name: 'o' })).rejects.toThrow(ApiReplyError);
  expect(await client.changeNode('p', 'n', { name: 'o', position: 1 }, true)).toMatchObject({ name: 'o' });
  expect(await client.changeNode('p', 'm', { sql: 'SELECT x FROM o' })).toMatchObject({ version: 1 });
  expect(await client.pipeFile('p')).toBe(
    'TAGS a\n\nNODE m\nDESCRIPTION >\n    all\n\nSQL >\n    SELECT x FROM o\n\nNODE o\nSQL >\n    SELECT 1 AS x\n',
  );
  expect((await client.copyPipe('q', 'p')).nodes.map(({ name }) => name)).toEqual(['m', 'o']);
  await client.deleteNode('q', 'm');
  expect(await client.changePipe('q', { tags: ['b'], description: 'copy' })).toMatchObject({ tags: ['b'] });
  expect((await client.pipeVersions('q')).map(({ change }) => change)).toEqual([
    'changed',
    'node removed: m',
    'copied from p',
  ]);
  expect(await client.restorePipe('q', 1)).toMatchObject({
    version: 4,
    tags: ['a'],
    nodes: [{ name: 'm' }, { name: 'o' }],
  });
  await client.deletePipe('p');
  expect((await client.pipes()).map(({ name }) => name)).toEqual(['q']);
});
