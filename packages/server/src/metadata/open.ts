import { Kysely, sql } from 'kysely';
import { DataSourceStore } from '../datasources/store.js';
import { ExternalSourceStore } from '../external/store.js';
import { PipeStore } from '../pipes/store.js';
import { TokenStore } from '../tokens/store.js';
import { WorkspaceStore } from '../workspaces/store.js';
import { MetadataOpenError, MetadataTooNewError } from './errors.js';
import { migrate } from './migrate.js';
import * as postgres from './postgres/dialect.js';
import { createMigrationsTable as createPostgresMigrations } from './postgres/migrationsTable.js';
import * as sqlite from './sqlite/dialect.js';
import { createMigrationsTable as createSqliteMigrations } from './sqlite/migrationsTable.js';
import type { Tables } from './tables.js';
import type { Clock } from './timestamp.js';

/** Which database holds the metadata. */
export type MetadataOptions = sqlite.SqliteOptions | postgres.PostgresOptions;

/** The open metadata database: what the product knows besides the data itself. */
export interface Metadata {
  readonly db: Kysely<Tables>;
  readonly workspaces: WorkspaceStore;
  readonly tokens: TokenStore;
  readonly datasources: DataSourceStore;
  readonly pipes: PipeStore;
  readonly externalSources: ExternalSourceStore;
  /** Asks the database for an answer. @throws the driver's error when there is none. */
  ping(): Promise<void>;
  /** Waits for running queries and closes the file or the connections. */
  close(): Promise<void>;
}

/**
 * Opens the metadata database and brings its tables up to date.
 * @param clock the time that is recorded with a migration.
 * @throws MetadataTooNewError when a newer program has changed the tables; MetadataOpenError for anything else.
 */
export async function openMetadata(
  options: MetadataOptions,
  clock: Clock = () => new Date(),
): Promise<Metadata> {
  const { db, createMigrationsTable } = connect(options);
  try {
    await createMigrationsTable(db);
    await migrate(db, clock);
    return assemble(db);
  } catch (error) {
    await db.destroy();
    throw error instanceof MetadataTooNewError ? error : new MetadataOpenError(describe(options), error);
  }
}

function connect(options: MetadataOptions) {
  if (options.kind === 'sqlite') {
    const dialect = sqlite.createDialect(options);
    return { db: new Kysely<Tables>({ dialect }), createMigrationsTable: createSqliteMigrations };
  }
  const dialect = postgres.createDialect(options);
  return { db: new Kysely<Tables>({ dialect }), createMigrationsTable: createPostgresMigrations };
}

/** The connection string stays out of messages: it may hold a password. */
function describe(options: MetadataOptions): string {
  return options.kind === 'sqlite' ? `SQLite, ${options.path}` : 'PostgreSQL';
}

function assemble(db: Kysely<Tables>): Metadata {
  return {
    db,
    workspaces: new WorkspaceStore(db),
    tokens: new TokenStore(db),
    datasources: new DataSourceStore(db),
    pipes: new PipeStore(db),
    externalSources: new ExternalSourceStore(db),
    async ping() {
      await sql`select 1`.execute(db);
    },
    close: () => db.destroy(),
  };
}
