import type { Metadata } from '../metadata/index.js';
import { databaseOf } from '../workspaces/index.js';
import type { DataSourceStores } from './create.js';
import type { DataSource } from './store.js';
import { dropTableSql } from './tables.js';

/** What was made of a Data Source, and is not to be there. */
interface Leftover {
  datasource: DataSource;
  /** Only these tables: one that was there before belongs to somebody else. */
  made: readonly string[];
}

/** What could not be taken back when its making failed, as on a full disk, by Workspace and name. A start removes it as well. */
const leftovers = new WeakMap<Metadata, Map<string, Leftover>>();

function keyOf({ workspaceId, name }: Pick<DataSource, 'workspaceId' | 'name'>): string {
  return `${workspaceId} ${name}`;
}

/** Takes back what was made. What that fails of is tried again before the next one of the name is made. */
export async function takeBack(
  { engine, metadata }: Pick<DataSourceStores, 'engine' | 'metadata'>,
  leftover: Leftover,
): Promise<void> {
  const { datasource, made } = leftover;
  try {
    // Where nodes share the metadata another one may have removed it, and made a Data Source of that name since.
    if ((await metadata.datasources.byId(datasource.id))?.status !== 'creating') return;
    const database = databaseOf(datasource.workspaceId);
    for (const table of made) await engine.command({ sql: dropTableSql(database, table) });
    await metadata.datasources.remove(datasource.id);
  } catch (error) {
    const left = leftovers.get(metadata) ?? new Map<string, Leftover>();
    leftovers.set(metadata, left.set(keyOf(datasource), leftover));
    throw error;
  }
}

/**
 * Takes back what an earlier try has left of a Data Source that is wanted again.
 * @throws what keeps it from being taken back, still
 */
export async function takeBackLeftover(
  needs: Pick<DataSourceStores, 'engine' | 'metadata'>,
  wanted: DataSource,
): Promise<void> {
  const left = leftovers.get(needs.metadata);
  const leftover = left?.get(keyOf(wanted));
  if (leftover === undefined) return;
  // Of several requests one does it: a second one could drop what the first makes next.
  left?.delete(keyOf(wanted));
  await takeBack(needs, leftover);
}
