import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { MetadataCorruptError, NameTakenError, RecordMissingError } from './errors.js';
import { inEachDatabase, type TestWorkspace } from './testing/inEachDatabase.js';
import { expectOneWinner } from './testing/race.js';
import { aDataSource, aToken, aWorkspace, EARLY, LATE } from './testing/records.js';

inEachDatabase('the stores', (on) => {
  describe('Workspaces', () => workspaceTests(on));
  describe('tokens', () => tokenTests(on));
  describe('Data Sources', () => dataSourceTests(on));
  describe('damaged rows', () => damageTests(on));
});

function workspaceTests(on: TestWorkspace) {
  test('[DM-08] are found by id and by exact name', async () => {
    const workspace = aWorkspace({ name: `Acme ${on.workspaceId}`, updatedAt: LATE });
    await on.metadata.workspaces.create(workspace);
    expect(await on.metadata.workspaces.byId(workspace.id)).toEqual(workspace);
    expect(await on.metadata.workspaces.byName(workspace.name)).toEqual(workspace);
    expect(await on.metadata.workspaces.byName(workspace.name.toLowerCase())).toBeUndefined();
    expect(await on.metadata.workspaces.byId(randomUUID())).toBeUndefined();
    expect(await on.metadata.workspaces.list()).toContainEqual(workspace);
  });

  test('[DM-08] a name is used once, also by callers at the same time', async () => {
    const name = `raced ${on.workspaceId}`;
    await expectOneWinner(new NameTakenError(name, 'workspace'), () =>
      on.metadata.workspaces.create(aWorkspace({ name })),
    );
  });

  test('[GN-23] an id that is no UUID is refused', async () => {
    await expect(on.metadata.workspaces.create(aWorkspace({ id: 'x', name: 'x' }))).rejects.toThrow(/check/i);
  });
}

function tokenTests(on: TestWorkspace) {
  test('[GN-22] come back as they were written, oldest first', async () => {
    const later = aToken(on.workspaceId, { name: 'a', createdAt: LATE, origin: 'endpoint', scopes: [] });
    const earlier = aToken(on.workspaceId, { name: 'b', createdAt: EARLY });
    await on.metadata.tokens.create(later);
    await on.metadata.tokens.create(earlier);
    expect(await on.metadata.tokens.listByWorkspace(on.workspaceId)).toEqual([earlier, later]);
    expect(await on.metadata.tokens.byId(later.id)).toEqual(later);
    expect(await on.metadata.tokens.bySecretId(earlier.secretId)).toEqual(earlier);
    expect(await on.metadata.tokens.bySecretId(earlier.id)).toBeUndefined();
  });

  test('[TK-05] after a refresh only the new secret is found', async () => {
    const token = aToken(on.workspaceId);
    const secretId = randomUUID();
    await on.metadata.tokens.create(token);
    await on.metadata.tokens.replaceSecret(token.id, secretId, LATE);
    expect(await on.metadata.tokens.bySecretId(token.secretId)).toBeUndefined();
    expect(await on.metadata.tokens.bySecretId(secretId)).toEqual({ ...token, secretId, updatedAt: LATE });
    await expect(on.metadata.tokens.replaceSecret(on.workspaceId, secretId, LATE)).rejects.toEqual(
      new RecordMissingError('token', on.workspaceId),
    );
  });

  test('[TK-08] a removed token is gone and its name free', async () => {
    const token = aToken(on.workspaceId);
    await on.metadata.tokens.create(token);
    expect(await on.metadata.tokens.delete(token.id)).toBe(true);
    expect(await on.metadata.tokens.delete(token.id)).toBe(false);
    expect(await on.metadata.tokens.byId(token.id)).toBeUndefined();
    await on.metadata.tokens.create(aToken(on.workspaceId));
  });

  test('[TK-02] a name is used once in a Workspace, also by callers at the same time', async () => {
    await expectOneWinner(new NameTakenError('reader', 'token'), () =>
      on.metadata.tokens.create(aToken(on.workspaceId)),
    );
    expect(await on.metadata.workspaces.revision(on.workspaceId)).toBe(1);
  });

  test('a token of a Workspace that does not exist is refused', async () => {
    await expect(on.metadata.tokens.create(aToken(randomUUID()))).rejects.toThrow(/foreign key/i);
  });
}

function dataSourceTests(on: TestWorkspace) {
  test('go from creating over ready and dropping to nothing', async () => {
    const datasource = aDataSource(on.workspaceId);
    const { id } = datasource;
    const { datasources } = on.metadata;
    await datasources.reserve(datasource);
    expect(await datasources.byId(id)).toEqual(datasource);
    expect(await datasources.unfinished()).toContainEqual(datasource);
    expect(await datasources.listByWorkspace(on.workspaceId)).toEqual([]);

    await datasources.markReady(id);
    expect(await datasources.listByWorkspace(on.workspaceId)).toEqual([{ ...datasource, status: 'ready' }]);
    expect((await datasources.unfinished()).filter((other) => other.id === id)).toEqual([]);

    await datasources.markDropping(id);
    expect(await datasources.unfinished()).toContainEqual({ ...datasource, status: 'dropping' });
    expect(await datasources.listByWorkspace(on.workspaceId)).toEqual([]);

    expect(await datasources.remove(id)).toBe(true);
    expect(await datasources.remove(id)).toBe(false);
    expect(await datasources.byId(id)).toBeUndefined();
  });

  test('one that is being dropped never becomes ready again', async () => {
    const { id } = aDataSource(on.workspaceId);
    await on.metadata.datasources.reserve(aDataSource(on.workspaceId, { id }));
    await on.metadata.datasources.markDropping(id);
    await on.metadata.datasources.markDropping(id);
    await expect(on.metadata.datasources.markReady(id)).rejects.toEqual(
      new RecordMissingError('Data Source in status creating', id),
    );
  });

  test('[GN-23] an id that is not t_ and 32 digits is refused', async () => {
    await expect(
      on.metadata.datasources.reserve(aDataSource(on.workspaceId, { id: randomUUID() })),
    ).rejects.toThrow(/check/i);
    await on.metadata.datasources.reserve(aDataSource(on.workspaceId));
  });
}

function damageTests(on: TestWorkspace) {
  test.each([
    { set: { scopes: '[{"type":1}]' }, message: /tokens\.scopes of .*: \/0\/type must be string\. / },
    { set: { scopes: '[{' }, message: /tokens\.scopes of .*JSON/ },
    {
      set: { origin: 'elsewhere' },
      message: /tokens\.origin of .*: "elsewhere" is not one of workspace, user, /,
    },
  ])('a token with $set is an error that says where', async ({ set, message }) => {
    const token = aToken(on.workspaceId);
    await on.metadata.tokens.create(token);
    await on.metadata.db.updateTable('tokens').set(set).where('id', '=', token.id).execute();
    await expect(on.metadata.tokens.byId(token.id)).rejects.toThrow(message);
    await expect(on.metadata.tokens.listByWorkspace(on.workspaceId)).rejects.toThrow(MetadataCorruptError);
  });

  test.each([
    { columns: '{}' },
    { engine: '{}' },
    { tags: '{"a":1}' },
    { format: 'xml' },
    { status: 'lost' },
  ])('a Data Source with %j is an error', async (set) => {
    const datasource = aDataSource(on.workspaceId);
    await on.metadata.datasources.reserve(datasource);
    await on.metadata.db.updateTable('datasources').set(set).where('id', '=', datasource.id).execute();
    await expect(on.metadata.datasources.byId(datasource.id)).rejects.toThrow(MetadataCorruptError);
    await on.metadata.datasources.remove(datasource.id);
  });
}
