import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { readText } from '../testing/context.js';
import { insertNumbered } from '../testing/numbered.js';
import { openEmbeddedEngine } from './open.js';

/** Built, because a child process can't run the source. */
const INSERTER = fileURLToPath(new URL('../../dist/testing/repeatingInserter.js', import.meta.url));
const TABLES = ['t0', 't1'];
/** How long processes are started and killed, and at most how long after their first insert each is. */
const KILLING_MS = 8000;
const INSERTING_MS_MAX = 400;
/** Decides when they are killed. */
const SEED = 4711;
const TEST_MS_MAX = 60_000;
/** Inserts of each table that are repeated in the end; those of the last processes are among them. */
const REPEATS = 50;

const directory = mkdtempSync(join(tmpdir(), 'goldcrest-killing-'));
const path = join(directory, 'data');
let child: ChildProcess | undefined;

afterAll(() => {
  child?.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

test(
  '[EV-27] inserts into five partitions, killed again and again and repeated, are there once',
  async () => {
    await createTables();
    const last = TABLES.map(() => 0);
    const deadline = performance.now() + KILLING_MS;
    for (let round = 0; performance.now() < deadline; round += 1) {
      await insertAndKill(last, waitMs(round));
      expect(existsSync(join(path, 'status'))).toBe(true);
    }
    expect(Math.min(...last)).toBeGreaterThan(0);
    // The last one of each may be half there.
    const engine = await openEmbeddedEngine({ path, sessions: 1 });
    for (const [i, table] of TABLES.entries()) {
      const end = last[i] ?? 0;
      for (let n = Math.max(0, end - REPEATS); n <= end; n += 1)
        await insertNumbered(engine, table, n, directory);
      const sql = `SELECT uniqExact(n), countIf(rows = 5 AND months = 5) FROM (SELECT n, count() AS rows, uniqExact(at) AS months FROM ${table} GROUP BY n)`;
      const found = await readText(engine, { sql, database: 'one', format: 'TSV' });
      expect(found).toBe(`${end + 1}\t${end + 1}\n`);
    }
    await engine.close();
  },
  TEST_MS_MAX,
);

test('[EV-27] nothing is changed in a directory that another process has', async () => {
  const held = join(directory, 'held');
  const script = `const { Session } = require('chdb'); new Session(process.argv[1]); console.log('open'); setInterval(() => {}, 1000);`;
  child = spawn(process.execPath, ['-e', script, held], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout !== null) await once(child.stdout, 'data');
  const logs = join(held, 'store', 'abc', 'abc0', 'deduplication_logs');
  mkdirSync(logs, { recursive: true });
  const log = join(logs, 'deduplication_log_1.txt');
  writeFileSync(log, 'torn');
  await expect(openEmbeddedEngine({ path: held })).rejects.toMatchObject({ name: 'EngineLockedError' });
  expect(readFileSync(log, 'utf8')).toBe('torn');
  child.kill('SIGKILL');
  await once(child, 'exit');
  // Another process that has got the number of the killed one is no reason to leave it so.
  writeFileSync(join(held, 'status'), `PID: ${process.pid}\n`);
  await (await openEmbeddedEngine({ path: held, sessions: 1 })).close();
  expect(readFileSync(log, 'utf8')).toBe('');
});

async function createTables(): Promise<void> {
  const engine = await openEmbeddedEngine({ path, sessions: 1 });
  await engine.command({ sql: 'CREATE DATABASE one' });
  for (const table of TABLES) {
    const sql = `CREATE TABLE one.${table} (at Date, n UInt32) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY n SETTINGS non_replicated_deduplication_window = 1000`;
    await engine.command({ sql });
  }
  await engine.close();
}

/** Lets a process repeat the last insert of each table and go on, until it is killed; notes what it has begun. */
async function insertAndKill(last: number[], waitMs: number): Promise<void> {
  const inserter = spawn(process.execPath, [INSERTER, directory, ...last.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '8' },
  });
  child = inserter;
  let text = '';
  inserter.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const closed = once(inserter, 'close');
  await once(inserter.stdout, 'data');
  await delay(waitMs);
  inserter.kill('SIGKILL');
  const [code] = await closed;
  if (code !== null) throw new Error(`The inserter ended by itself, with code ${code}.`);
  for (const [, table, n] of text.matchAll(/^t(\d) (\d+)$/gm)) last[Number(table)] = Number(n);
}

/** Waits from none to the longest, the same ones with the same seed. */
function waitMs(round: number): number {
  const hash = createHash('sha256').update(`${SEED} ${round}`).digest();
  return (hash.readUInt32LE() / 2 ** 32) * INSERTING_MS_MAX;
}
