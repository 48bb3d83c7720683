import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VERSIONS_KEPT } from '../pipes/versionRows.js';
import { MetadataCorruptError, NameTakenError, RecordChangedError, RecordMissingError } from './errors.js';
import { newResourceId } from './ids.js';
import { openMetadata } from './open.js';
import { testDatabases } from './testing/databases.js';
import { inEachDatabase, type TestWorkspace } from './testing/inEachDatabase.js';
import { CALLERS } from './testing/race.js';
import { aChange, aDataSource, aNode, aPipe, aWorkspace, EARLY, LATE } from './testing/records.js';

inEachDatabase('Pipes', (on) => {
  describe('records', () => recordTests(on));
  describe('changes', () => changeTests(on));
  describe('versions', () => versionTests(on));
});

function recordTests(on: TestWorkspace) {
  test('come back with their nodes in order, oldest first', async () => {
    const ids = { datasourceId: newResourceId(), triggerId: newResourceId() };
    const materialization = { ...ids, readIds: [ids.triggerId], nodeIds: [], sql: `SELECT '“x”' AS a` };
    const nodes = ['z', 'a', 'm'].map((name) =>
      aNode(name, {
        version: 3,
        ignoreSqlErrors: true,
        materialization: name === 'm' ? materialization : null,
      }),
    );
    const published = aPipe(on.workspaceId, { name: 'b', nodes, endpointNodeId: nodes[1]?.id ?? null });
    const later = aPipe(on.workspaceId, { name: 'a', createdAt: LATE });
    const empty = aPipe(on.workspaceId, { name: 'c', nodes: [], tags: [] });
    for (const pipe of [later, published, empty]) await on.metadata.pipes.create(pipe, aChange());
    expect(await on.metadata.pipes.listByWorkspace(on.workspaceId)).toEqual([published, empty, later]);
    expect(await on.metadata.pipes.byId(published.id)).toEqual(published);
    expect(await on.metadata.pipes.byId(newResourceId())).toBeUndefined();
  });

  test('[DM-06] a node that can not be written leaves nothing of the Pipe', async () => {
    const existing = aPipe(on.workspaceId, { name: 'existing' });
    await on.metadata.pipes.create(existing, aChange());
    const create = (given: Parameters<typeof aPipe>[1]) =>
      on.metadata.pipes.create(aPipe(on.workspaceId, given), aChange());
    await expect(create({ nodes: [aNode('n'), aNode('n')] })).rejects.toEqual(
      new NameTakenError('n', 'node'),
    );
    const stolen = [aNode('n'), { ...aNode('o'), id: existing.nodes[0]?.id ?? '' }];
    await expect(create({ nodes: stolen })).rejects.toThrow(/unique/i);
    await expect(create({ endpointNodeId: newResourceId() })).rejects.toThrow(RecordMissingError);
    expect(await on.metadata.pipes.listByWorkspace(on.workspaceId)).toEqual([existing]);
    expect(await on.metadata.workspaces.revision(on.workspaceId)).toBe(1);
    await create({});
  });

  test('a removed Pipe is gone with its nodes and versions, and its name free', async () => {
    const pipe = aPipe(on.workspaceId);
    await on.metadata.pipes.create(pipe, aChange());
    expect(await on.metadata.pipes.remove(pipe.id)).toBe(true);
    expect(await on.metadata.pipes.remove(pipe.id)).toBe(false);
    const nodes = on.metadata.db.selectFrom('pipe_nodes').select('id').where('pipe_id', '=', pipe.id);
    expect(await nodes.execute()).toEqual([]);
    expect(await on.metadata.pipes.versions(pipe.id)).toEqual([]);
    await on.metadata.datasources.reserve(aDataSource(on.workspaceId, { name: pipe.name }));
  });

  test('[SE-16] tags that are no list are an error that says where', async () => {
    const pipe = aPipe(on.workspaceId);
    await on.metadata.pipes.create(pipe, aChange());
    await on.metadata.db.updateTable('pipes').set({ tags: '{}' }).where('id', '=', pipe.id).execute();
    await expect(on.metadata.pipes.byId(pipe.id)).rejects.toThrow(/pipes\.tags of t_/);
    await on.metadata.pipes.remove(pipe.id);
  });
}

function changeTests(on: TestWorkspace) {
  test('[PI-13] [PI-17] everything of a Pipe but its id, Workspace and age can change', async () => {
    const pipe = aPipe(on.workspaceId);
    const [first, second] = pipe.nodes;
    await on.metadata.pipes.create(pipe, aChange());
    const nodes = [aNode('new'), ...(second ? [second] : []), { ...aNode('edited'), id: first?.id ?? '' }];
    const changed = {
      ...pipe,
      name: 'renamed',
      description: 'other',
      tags: ['one'],
      endpointNodeId: first?.id ?? null,
      version: 2,
      updatedAt: LATE,
      nodes,
    };
    await on.metadata.pipes.save(changed, aChange());
    expect(await on.metadata.pipes.byId(pipe.id)).toEqual(changed);
    await on.metadata.pipes.create(aPipe(on.workspaceId, { name: pipe.name }), aChange());
  });

  test.each([
    { title: 'an older version', version: 1 },
    { title: 'a version that does not exist yet', version: 3 },
  ])('a change that began from $title writes nothing', async ({ version }) => {
    const pipe = aPipe(on.workspaceId);
    await on.metadata.pipes.create(pipe, aChange());
    const stale = { ...pipe, name: 'renamed', nodes: [], version };
    await expect(on.metadata.pipes.save(stale, aChange())).rejects.toEqual(
      new RecordChangedError('Pipe', pipe.id),
    );
    expect(await on.metadata.pipes.listByWorkspace(on.workspaceId)).toEqual([pipe]);
    expect(await on.metadata.pipes.versions(pipe.id)).toHaveLength(1);
    expect(await on.metadata.workspaces.revision(on.workspaceId)).toBe(1);
  });

  test('of many changes at once one wins, and it is there whole', async () => {
    const pipe = aPipe(on.workspaceId);
    await on.metadata.pipes.create(pipe, aChange());
    const wanted = Array.from({ length: CALLERS }, (_, index) => {
      return { ...pipe, description: `by ${index}`, nodes: [aNode(`node_${index}`)], version: 2 };
    });
    const outcomes = await Promise.allSettled(wanted.map((each) => on.metadata.pipes.save(each, aChange())));
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    const losers = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(losers).toEqual(
      Array.from({ length: CALLERS - 1 }, () => new RecordChangedError('Pipe', pipe.id)),
    );
    expect(await on.metadata.pipes.byId(pipe.id)).toEqual(wanted[winner]);
  });

  test('a change and the removal of the same Pipe at once do not wait for each other', async () => {
    const pipe = aPipe(on.workspaceId);
    await on.metadata.pipes.create(pipe, aChange());
    const [saved, removed] = await Promise.allSettled([
      on.metadata.pipes.save({ ...pipe, name: 'renamed', version: 2 }, aChange()),
      on.metadata.pipes.remove(pipe.id),
    ]);
    if (saved.status === 'rejected') expect(saved.reason).toEqual(new RecordChangedError('Pipe', pipe.id));
    expect(removed).toEqual({ status: 'fulfilled', value: true });
    expect(await on.metadata.pipes.listByWorkspace(on.workspaceId)).toEqual([]);
  });

  test('[EP-01] [DM-05] [DM-06] what can not be written changes nothing', async () => {
    const pipe = aPipe(on.workspaceId);
    const other = aPipe(on.workspaceId, { name: 'other' });
    for (const made of [pipe, other]) await on.metadata.pipes.create(made, aChange());
    const save = (given: Partial<typeof pipe>) =>
      on.metadata.pipes.save({ ...pipe, version: 2, ...given }, aChange());
    await expect(save({ endpointNodeId: other.nodes[0]?.id ?? '' })).rejects.toThrow(RecordMissingError);
    await expect(save({ name: 'other' })).rejects.toEqual(new NameTakenError('other', 'pipe'));
    await expect(save({ nodes: [aNode('n'), aNode('n')] })).rejects.toEqual(new NameTakenError('n', 'node'));
    expect(await on.metadata.pipes.byId(pipe.id)).toEqual(pipe);
    expect(await on.metadata.workspaces.revision(on.workspaceId)).toBe(2);
  });
}

function versionTests(on: TestWorkspace) {
  test('each change keeps who made it, when, and what the Pipe was then', async () => {
    const pipe = aPipe(on.workspaceId);
    const [made, edited] = [aChange(), aChange('changed')];
    await on.metadata.pipes.create(pipe, made);
    const after = { ...pipe, name: 'renamed', tags: [], nodes: [aNode('n')], version: 2, updatedAt: LATE };
    await on.metadata.pipes.save(after, edited);
    const first = { ...made, version: 1, createdAt: EARLY };
    const second = { ...edited, version: 2, createdAt: LATE };
    expect(await on.metadata.pipes.versions(pipe.id)).toEqual([second, first]);
    expect(await on.metadata.pipes.version(pipe.id, 1)).toEqual({ ...first, definition: definitionOf(pipe) });
    expect(await on.metadata.pipes.version(pipe.id, 2)).toEqual({
      ...second,
      definition: definitionOf(after),
    });
    expect(await on.metadata.pipes.version(pipe.id, 3)).toBeUndefined();
    expect(await on.metadata.pipes.version(newResourceId(), 1)).toBeUndefined();
  });

  test('only the latest are kept', async () => {
    const pipe = aPipe(on.workspaceId);
    await on.metadata.pipes.create(pipe, aChange());
    for (let version = 2; version <= VERSIONS_KEPT + 2; version += 1) {
      await on.metadata.pipes.save({ ...pipe, version }, aChange());
    }
    const kept = (await on.metadata.pipes.versions(pipe.id)).map(({ version }) => version);
    expect(kept).toEqual(Array.from({ length: VERSIONS_KEPT }, (_, index) => VERSIONS_KEPT + 2 - index));
  });

  test('a version that is damaged is an error that says where', async () => {
    const pipe = aPipe(on.workspaceId);
    await on.metadata.pipes.create(pipe, aChange());
    await on.metadata.db.updateTable('pipe_versions').set({ definition: '{}' }).execute();
    await expect(on.metadata.pipes.version(pipe.id, 1)).rejects.toThrow(MetadataCorruptError);
    await expect(on.metadata.pipes.version(pipe.id, 1)).rejects.toThrow(
      /pipe_versions\.definition of t_.*, version 1/,
    );
  });
}

function definitionOf({ name, description, tags, endpointNodeId, nodes }: ReturnType<typeof aPipe>) {
  const written = nodes.map(({ id, name, sql, description, ignoreSqlErrors }) => {
    return { id, name, sql, description, ignoreSqlErrors };
  });
  return { name, description, tags, endpointNodeId, nodes: written };
}

describe.each(testDatabases)('Pipes from before versions were kept, in $kind', (databases) => {
  describe.skipIf(databases.missing !== undefined)(databases.missing ?? 'after the migration', () => {
    beforeAll(databases.start);
    afterAll(databases.stop);

    test('have their definition as version 1', async () => {
      const options = await databases.empty();
      const workspace = aWorkspace();
      const pipe = aPipe(workspace.id, { tags: [] });
      const before = await openMetadata(options);
      await before.workspaces.create(workspace);
      await before.pipes.create(pipe, aChange());
      for (const undo of undoing) await undo.execute(before.db);
      await before.close();

      const after = await openMetadata(options);
      expect(await after.pipes.byId(pipe.id)).toEqual(pipe);
      expect(await after.pipes.version(pipe.id, 1)).toEqual({
        version: 1,
        tokenId: '',
        tokenName: '',
        what: 'found',
        createdAt: EARLY,
        definition: definitionOf(pipe),
      });
      await after.close();
    });
  });
});

/** What leads back from the migration to the tables before it. */
const undoing = [
  sql`drop table pipe_versions`,
  sql`alter table pipes drop column tags`,
  sql`alter table pipes drop column version`,
  sql`alter table pipe_nodes drop column version`,
  sql`alter table pipe_nodes drop column ignore_sql_errors`,
  sql`delete from migrations where name = '0002_pipe_versions'`,
];
