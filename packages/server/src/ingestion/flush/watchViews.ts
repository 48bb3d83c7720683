import type { Engine } from '@goldcrest/engine';
import type { DataSource } from '../../datasources/index.js';
import { markWrites, type ViewFailure, viewsTriggeredBy, writtenSince } from '../../materialization/index.js';
import type { Materialization } from '../../service-datasources/index.js';
import { databaseOf, type Snapshot } from '../../workspaces/index.js';

/** Tells what the views of a Data Source made of an insert, when it is over. */
export type ViewWatch = (
  elapsedMs: number,
  failure: ViewFailure | null,
) => Promise<readonly Materialization[]>;

/** There are none. */
export const NO_VIEWS: ViewWatch = async () => [];

/**
 * Begins to watch what goes into the targets of a Data Source's views (MZ-14). Of a target that gets rows from elsewhere at the same time
 * those count too, and one that two views fill is counted once for each.
 * @returns to be called after the insert
 */
export async function watchViews(
  engine: Engine,
  snapshot: Snapshot | null,
  datasource: DataSource,
): Promise<ViewWatch> {
  const views = snapshot === null ? [] : viewsTriggeredBy(snapshot, datasource);
  if (views.length === 0) return NO_VIEWS;
  const database = databaseOf(datasource.workspaceId);
  const marks = await markWrites(engine, database, [...new Set(views.map(({ target }) => target.name))]);
  return async (elapsedMs, failure) => {
    const written = await writtenSince(engine, database, marks);
    return views.map(({ pipe, node, target }) => ({
      pipe,
      datasource: target,
      elapsedMs,
      written: written.get(target.name) ?? { rows: 0, bytes: 0 },
      error: failure?.node.id === node.id ? failure.reason : undefined,
    }));
  };
}
