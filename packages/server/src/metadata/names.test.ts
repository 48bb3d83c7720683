import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { NameTakenError } from './errors.js';
import { inEachDatabase, type TestWorkspace } from './testing/inEachDatabase.js';
import { CALLERS, expectOneWinner } from './testing/race.js';
import { aChange, aDataSource, aPipe, aToken, aWorkspace, LATE } from './testing/records.js';

inEachDatabase('a Workspace', (on) => {
  describe('its name space', () => nameTests(on));
  describe('its revision', () => revisionTests(on));
});

function nameTests(on: TestWorkspace) {
  const datasource = (name: string) => on.metadata.datasources.reserve(aDataSource(on.workspaceId, { name }));
  const pipe = (name: string) => on.metadata.pipes.create(aPipe(on.workspaceId, { name }), aChange());
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
    await on.metadata.pipes.create(held, aChange());
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: CALLERS }, () => datasource('held')),
      on.metadata.pipes.remove(held.id),
    ]);
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    for (const error of errors) expect(error).toBeInstanceOf(NameTakenError);
    expect(errors.length).toBeGreaterThanOrEqual(CALLERS - 1);
  });

  test('[DM-05] [DM-10] of many who give a Pipe the same new name at once one wins', async () => {
    const pipes = Array.from({ length: CALLERS }, (_, index) =>
      aPipe(on.workspaceId, { name: `pipe_${index}` }),
    );
    for (const made of pipes) await on.metadata.pipes.create(made, aChange());
    const left = [...pipes];
    await expectOneWinner(new NameTakenError('wanted', 'pipe'), () =>
      on.metadata.pipes.save({ ...(left.pop() ?? aPipe('')), name: 'wanted', version: 2 }, aChange()),
    );
    const names = (await on.metadata.pipes.listByWorkspace(on.workspaceId)).map(({ name }) => name);
    expect(names.filter((name) => name === 'wanted')).toEqual(['wanted']);
    expect(names.length).toBe(CALLERS);
  });

  test('[DM-05] [DM-10] two that swap names at once do not wait for each other', async () => {
    const [a, b] = [aPipe(on.workspaceId, { name: 'a' }), aPipe(on.workspaceId, { name: 'b' })];
    for (const made of [a, b]) await on.metadata.pipes.create(made, aChange());
    const outcomes = await Promise.allSettled([
      on.metadata.pipes.save({ ...a, name: 'b', version: 2 }, aChange()),
      on.metadata.pipes.save({ ...b, name: 'a', version: 2 }, aChange()),
    ]);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason)).toEqual([
      new NameTakenError('b', 'pipe'),
      new NameTakenError('a', 'pipe'),
    ]);
  });

  test('[DM-05] another Workspace has names of its own', async () => {
    const other = aWorkspace({ name: `other ${on.workspaceId}` });
    await on.metadata.workspaces.create(other);
    await pipe('same');
    await on.metadata.pipes.create(aPipe(other.id, { name: 'same' }), aChange());
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
      () => on.metadata.pipes.create(pipe, aChange()),
      () => on.metadata.pipes.save({ ...pipe, version: 2 }, aChange()),
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
