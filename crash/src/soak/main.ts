import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess } from '@goldcrest/bench';
import { GoldcrestClient, localToken } from '@goldcrest/client';
import { ArgumentError } from '../arguments.js';
import { TARGETS } from '../shop.js';
import { readSoakArguments } from './arguments.js';
import { overload } from './load.js';
import { problemsOf, type Soak, summaryOf } from './samples.js';

/** Settings of the server besides the defaults. */
const FLAGS: readonly string[] = [];

async function soak(seconds: number): Promise<Soak> {
  const directory = await mkdtemp(join(tmpdir(), 'goldcrest-soak-'));
  try {
    const server = await ServerProcess.start(join(directory, 'data'), FLAGS);
    try {
      const token = await localToken(server.url);
      const client = new GoldcrestClient({ host: server.url, token });
      for (const { name, schema, engine } of TARGETS) await client.createDataSource(name, schema, engine);
      return await overload({ url: server.url, pid: server.pid, token, seconds });
    } finally {
      await server.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
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
