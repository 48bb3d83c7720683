import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { MetadataOptions } from '../open.js';
import * as postgresDump from '../postgres/dump.js';
import * as sqliteDump from '../sqlite/dump.js';
import type { Tables } from '../tables.js';
import { findPostgres, startPostgres, type TestPostgres } from './postgres.js';

/** A kind of database that the tests run on. */
export interface TestDatabases {
  kind: MetadataOptions['kind'];
  /** Why the tests can't run on it here; undefined when they can. */
  missing: string | undefined;
  /** The checked-in dump, next to `open.ts`. */
  dumpFile: string;
  dumpSchema(db: Kysely<Tables>): Promise<string>;
  start(): Promise<void>;
  /** An empty database that nobody else uses. */
  empty(): Promise<MetadataOptions>;
  stop(): Promise<void>;
}

/** Every kind of metadata database, for a suite that runs on each. */
export const testDatabases: readonly TestDatabases[] = [sqlite(), postgres()];

function sqlite(): TestDatabases {
  let directory = '';
  let count = 0;
  return {
    kind: 'sqlite',
    missing: undefined,
    dumpFile: 'schema.sqlite.sql',
    dumpSchema: sqliteDump.dumpSchema,
    async start() {
      directory = mkdtempSync(join(tmpdir(), 'goldcrest-sqlite-'));
    },
    empty: async () => ({ kind: 'sqlite', path: join(directory, `${++count}.db`) }),
    async stop() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function postgres(): TestDatabases {
  const installed = findPostgres();
  if (installed.kind === 'missing')
    process.stderr.write(`Tests on PostgreSQL are skipped: ${installed.reason}.\n`);
  let server: TestPostgres | undefined;
  return {
    kind: 'postgres',
    missing: installed.kind === 'missing' ? installed.reason : undefined,
    dumpFile: 'schema.postgres.sql',
    dumpSchema: postgresDump.dumpSchema,
    async start() {
      if (installed.kind === 'found') server = await startPostgres(installed);
    },
    async empty() {
      if (server === undefined) throw new Error('PostgreSQL is not running.');
      return { kind: 'postgres', connectionString: await server.createDatabase() };
    },
    async stop() {
      await server?.stop();
    },
  };
}
