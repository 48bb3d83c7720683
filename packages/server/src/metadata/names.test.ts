import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { NameTakenError } from './errors.js';
import { inEachDatabase, type TestWorkspace } from './testing/inEachDatabase.js';
import { CALLERS, expectOneWinner } from './testing/race.js';
import { aDataSource, aPipe, aToken, aWorkspace, LATE } from './testing/records.js';

inEachDatabase('a Workspace', (on) => {
  describe('its name space', () => nameTests(on));
  describe('its revision', () => revisionTests(on));
});

function nameTests(on: TestWorkspace) {
  const datasource = (name: string) => on.metadata.datasources.reserve(aDataSource(on.workspaceId, { name }));
  const pipe = (name: string) => on.metadata.pipes.create(aPipe(on.workspaceId, { name }));
  const makers = { datasource, pipe };

  test.each([
    { first: 'datasource', second: 'datasource' },
    { first: 'datasource', second: 'pipe' },
    { first: 'pipe', second: 'datasource' },
    { first: 'pipe', second: 'pipe' },
  ] as const)('[DM-05] a $first keeps its name from a $second', async ({ first, second }) => {
    await makers[first]('taken');
    await expect(makers[second]('taken')).rejects.toEqual(new NameTakenError('taken', first));
    await makers[second]('Taken');
    expect(await on.metadata.workspaces.revision(on.workspaceId)).toBe(2);
  });

  test.each(['datasource', 'pipe'] as const)(
    '[DM-05] of many who make a %s at once one wins',
    async (kind) => {
      await expectOneWinner(new NameTakenError('raced', kind), () => makers[kind]('raced'));
      expect(await on.metadata.workspaces.revision(on.workspaceId)).toBe(1);
    },
  );

  test('[DM-05] a name is free again while others want it, and nobody waits for ever', async () => {
    const held = aPipe(on.workspaceId, { name: 'held' });
    await on.metadata.pipes.create(held);
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: CALLERS }, () => datasource('held')),
      on.metadata.pipes.remove(held.id),
    ]);
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    for (const error of errors) expect(error).toBeInstanceOf(NameTakenError);
    expect(errors.length).toBeGreaterThanOrEqual(CALLERS - 1);
  });

  test('[DM-05] another Workspace has names of its own', async () => {
    const other = aWorkspace({ name: `other ${on.workspaceId}` });
    await on.metadata.workspaces.create(other);
    await pipe('same');
    await on.metadata.pipes.create(aPipe(other.id, { name: 'same' }));
  });
}

function revisionTests(on: TestWorkspace) {
  test('grow by one with every write that changes something, and only then', async () => {
    const token = aToken(on.workspaceId);
    const datasource = aDataSource(on.workspaceId);
    const pipe = aPipe(on.workspaceId);
    const writes = [
      () => on.metadata.tokens.create(token),
      () => on.metadata.tokens.replaceSecret(token.id, randomUUID(), LATE),
      () => on.metadata.tokens.delete(token.id),
      () => on.metadata.datasources.reserve(datasource),
      () => on.metadata.datasources.markReady(datasource.id),
      () => on.metadata.datasources.markDropping(datasource.id),
      () => on.metadata.datasources.remove(datasource.id),
      () => on.metadata.pipes.create(pipe),
      () => on.metadata.pipes.setEndpoint(pipe.id, null, LATE),
      () => on.metadata.pipes.remove(pipe.id),
    ];
    for (const [index, write] of writes.entries()) {
      await write();
      expect(await on.metadata.workspaces.revision(on.workspaceId)).toBe(index + 1);
    }
    await on.metadata.pipes.remove(pipe.id);
    expect(await on.metadata.workspaces.revision(on.workspaceId)).toBe(writes.length);
  });

  test('no write at the same time is lost', async () => {
    const names = Array.from({ length: CALLERS }, (_, index) => `token ${index}`);
    await Promise.all(names.map((name) => on.metadata.tokens.create(aToken(on.workspaceId, { name }))));
    expect(await on.metadata.workspaces.revision(on.workspaceId)).toBe(CALLERS);
  });

  test('a Workspace that does not exist has none', async () => {
    expect(await on.metadata.workspaces.revision(randomUUID())).toBeUndefined();
  });
}
