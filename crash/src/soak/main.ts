import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ServerProcess } from '@goldcrest/bench';
import { GoldcrestClient, localToken } from '@goldcrest/client';
import { ArgumentError } from '../arguments.js';
import { SOUND_TARGETS } from '../shop.js';
import { readSoakArguments } from './arguments.js';
import { overload } from './load.js';
import { problemsOf, type Soak, summaryOf } from './samples.js';

/**
 * Settings of the server besides the defaults. Clients on the same machine can't send what would fill 8 GiB: less may wait for the engine
 * than they have under way, so that the bound is met all the time.
 */
const FLAGS: readonly string[] = ['--ingest-backlog-bytes', `${8 * 1024 * 1024}`];

/** How long rows that were accepted may take into their tables when nothing more comes, in milliseconds. */
const SETTLE_MS_MAX = 60_000;

/** How often they are counted, in milliseconds. */
const SETTLE_ASK_MS = 200;

async function soak(seconds: number): Promise<Soak> {
  const directory = await mkdtemp(join(tmpdir(), 'goldcrest-soak-'));
  try {
    const server = await ServerProcess.start(join(directory, 'data'), FLAGS);
    try {
      const token = await localToken(server.url);
      const client = new GoldcrestClient({ host: server.url, token });
      for (const { name, schema, engine } of SOUND_TARGETS)
        await client.createDataSource(name, schema, engine);
      const seen = await overload({ url: server.url, pid: server.pid, token, seconds });
      return { ...seen, stored: await storedRows(client, seen.accepted) };
    } finally {
      await server.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** How many rows the tables and their quarantines have, as soon as that is what was accepted or they have had their time. */
async function storedRows(
  client: GoldcrestClient,
  accepted: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const end = performance.now() + SETTLE_MS_MAX;
  for (;;) {
    const stored = new Map<string, number>();
    for (const { name } of SOUND_TARGETS) {
      const sql = `SELECT (SELECT count() FROM ${name}) + (SELECT count() FROM ${name}_quarantine) AS rows FORMAT JSON`;
      const [counted] = (await client.sql<{ rows: number | string }>(sql)).data;
      stored.set(name, Number(counted?.rows ?? 0));
    }
    if (performance.now() > end || SOUND_TARGETS.every(({ name }) => stored.get(name) === accepted.get(name)))
      return stored;
    await delay(SETTLE_ASK_MS);
  }
}

try {
  const result = await soak(readSoakArguments(process.argv.slice(2)).seconds);
  const problems = problemsOf(result);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.stdout.write(`${summaryOf(result)}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ArgumentError ? 2 : 1;
}
