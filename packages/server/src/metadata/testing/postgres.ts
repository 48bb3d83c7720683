import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';

/** Where the distributions' packages put each version's programs: `<here>/<version>/bin`. */
const PACKAGES = '/usr/lib/postgresql';

/** What PostgreSQL says on its log when it takes connections. */
const READY = 'database system is ready to accept connections';

/** The programs of an installed PostgreSQL, or why it can't be run here. */
export type InstalledPostgres =
  | { kind: 'found'; bin: string; user: RunAs }
  | { kind: 'missing'; reason: string };

/** Whom the server runs as: PostgreSQL refuses root. Empty means: as this process. */
type RunAs = { uid?: number; gid?: number };

/** A server with an empty cluster that lives as long as the tests. */
export interface TestPostgres {
  /** Makes an empty database. @returns its connection string. */
  createDatabase(): Promise<string>;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
}

/** Looks for PostgreSQL on the PATH and where packages install it; the newest version wins. */
export function findPostgres(): InstalledPostgres {
  const bin = candidates().find(
    (directory) => existsSync(join(directory, 'initdb')) && existsSync(join(directory, 'postgres')),
  );
  if (bin === undefined)
    return { kind: 'missing', reason: 'no initdb and postgres on the PATH or in /usr/lib/postgresql' };
  if (process.getuid?.() !== 0) return { kind: 'found', bin, user: {} };
  try {
    return { kind: 'found', bin, user: { uid: idOf('-u'), gid: idOf('-g') } };
  } catch {
    return { kind: 'missing', reason: 'root may not run it and there is no user named postgres' };
  }
}

function candidates(): string[] {
  const versions = existsSync(PACKAGES) ? readdirSync(PACKAGES) : [];
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  return [...path, ...newestFirst.map((version) => join(PACKAGES, version, 'bin'))];
}

function idOf(flag: '-u' | '-g'): number {
  return Number(
    execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
}

/** Makes a cluster in a temporary directory and runs it on a free loopback port, without fsync: nothing in it is kept. */
export async function startPostgres({
  bin,
  user,
}: Extract<InstalledPostgres, { kind: 'found' }>): Promise<TestPostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'goldcrest-postgres-'));
  const data = join(directory, 'data');
  if (user.uid !== undefined && user.gid !== undefined) chownSync(directory, user.uid, user.gid);
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  execFileSync(join(bin, 'initdb'), initdb, { ...user, cwd: directory, stdio: 'ignore' });
  const port = await freePort();
  const settings = ['fsync=off', 'full_page_writes=off', 'listen_addresses=127.0.0.1', 'max_connections=60'];
  const flags = [
    '-D',
    data,
    '-k',
    directory,
    '-p',
    String(port),
    ...settings.flatMap((setting) => ['-c', setting]),
  ];
  const server = spawn(join(bin, 'postgres'), flags, {
    ...user,
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // A test run that ends early must not leave a server behind.
  const kill = () => server.kill('SIGQUIT');
  process.once('exit', kill);
  await ready(server);
  return {
    createDatabase: databaseMaker(`postgres://postgres@127.0.0.1:${port}`),
    async stop() {
      process.off('exit', kill);
      const ended = once(server, 'exit');
      kill();
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The operating system gave no port.');
  return address.port;
}

/** Waits until the server's log says so; its log is read on afterwards, or the server would block on a full pipe. */
async function ready(server: ChildProcess): Promise<void> {
  if (server.stderr === null) throw new Error('The log of PostgreSQL is not piped.');
  const said: string[] = [];
  const log = createInterface({ input: server.stderr });
  await new Promise<void>((resolve, reject) => {
    log.on('line', (line) => {
      said.push(line);
      if (line.includes(READY)) resolve();
    });
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}:\n${said.join('\n')}`)));
  });
}

function databaseMaker(server: string): () => Promise<string> {
  let count = 0;
  return async () => {
    const name = `test_${++count}`;
    const client = new pg.Client({ connectionString: `${server}/postgres` });
    await client.connect();
    await client.query(`create database ${name}`);
    await client.end();
    return `${server}/${name}`;
  };
}
