import type { QueryExecutorProvider } from 'kysely';
import * as first from './0001_first.js';
import * as pipeVersions from './0002_pipe_versions.js';
import * as externalSources from './0003_external_sources.js';
import * as materializations from './0004_materializations.js';

/** One step from an older set of tables to a newer one; a step that was released never changes. */
export interface Migration {
  /** Its file's name; recorded in the table `migrations`. */
  name: string;
  /** Makes the change; in SQL that means the same in SQLite and PostgreSQL. */
  up(transaction: QueryExecutorProvider): Promise<void>;
}

/** Every migration, in the order in which they run. */
export const migrations: readonly Migration[] = [
  { name: '0001_first', up: first.up },
  { name: '0002_pipe_versions', up: pipeVersions.up },
  { name: '0003_external_sources', up: externalSources.up },
  { name: '0004_materializations', up: materializations.up },
];
