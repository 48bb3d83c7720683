import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyProject, readProject, runCommand } from '@goldcrest/project';
import { TestServer } from '@goldcrest/server/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const LEADERBOARD = fileURLToPath(new URL('../../examples/leaderboard/', import.meta.url));

let server: TestServer;
let directory: string;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

/** Applies a folder with these Pipes. */
async function apply(pipes: Record<string, string>): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'goldcrest-apply-'));
  try {
    for (const [name, sql] of Object.entries(pipes))
      await writeFile(join(directory, `${name}.pipe`), `NODE ${name}_node\nSQL >\n  ${sql}\n`);
    await applyProject(server.client(), await readProject(directory));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

test('[PS-05] [DFP-04] Pipes are made after those that they read, though a parameter is called like a Pipe', async () => {
  await apply({
    above: 'SELECT max(n) AS most FROM middle',
    below: '% SELECT {{Int32(above, 5)}} AS n',
    middle: '% SELECT n FROM below LIMIT {{Int32(first, 1)}}',
  });
  expect((await server.client().endpoint('above')).data).toEqual([{ most: 5 }]);
  expect((await server.client().endpoint('above', { above: '7' })).data).toEqual([{ most: 7 }]);
});

test('[PS-05] Pipes that wait for one another are refused, and those before them stay', async () => {
  const applying = apply({ alone: 'SELECT 1 AS x', egg: 'SELECT * FROM hen', hen: 'SELECT * FROM egg' });
  await expect(applying).rejects.toMatchObject({
    message: 'egg.pipe:1:1: There is no Data Source or Pipe `hen` in this Workspace. (UNKNOWN_TABLE)',
    cause: { status: 400 },
  });
  expect((await server.client().endpoint('alone')).data).toEqual([{ x: 1 }]);
});

test('the command says what it did, and how many tests passed', async () => {
  const out: string[] = [];
  const args = [LEADERBOARD, '--test', '--url', server.url];
  const code = await runCommand(
    args,
    (line) => out.push(line),
    (line) => out.push(line),
  );
  expect([code, out]).toEqual([
    0,
    [
      'plays: 164 rows sent, 0 in quarantine',
      ...['best_games', 'leaderboard', 'totals', 'game_totals'].map(
        (name) => `${server.url}/v0/pipes/${name}.json`,
      ),
      '10 of 10 tests passed',
    ],
  ]);
});

test('the command shows what a failed test expected and what came', async () => {
  await server
    .client()
    .events(
      'plays',
      [{ ts: '2026-04-01T00:00:00.000Z', cup: 'x', player: 'Last', game_id: 'g999', kind: 'score' }],
      { wait: true },
    );
  const out: string[] = [];
  const args = [LEADERBOARD, '--test', '--url', server.url, '--token', server.token];
  const code = await runCommand(
    args,
    (line) => out.push(line),
    (line) => out.push(line),
  );
  expect([code, out.slice(4)]).toEqual([
    1,
    [
      'totals, all: expected 200\n{"players":12,"games":22,"purchases":5}',
      'but was 200\n{"players":13,"games":22,"purchases":5}',
      '9 of 10 tests passed',
    ],
  ]);
});
