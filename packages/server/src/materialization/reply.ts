import { describeDataSource } from '../datasources/index.js';
import { describeNode } from '../pipes/describe.js';
import type { Snapshot } from '../workspaces/index.js';
import type { MadeView } from './views.js';

/** Targets get no events, so none of their columns are new; and what a table holds is not worth a question here. */
const NO_FACTS = { statistics: new Map(), newColumns: () => ({}) };

/** A node that was materialized, with the Data Source that it fills (MV-01). */
export function describeMadeView(snapshot: Snapshot, made: MadeView): Record<string, unknown> {
  return {
    ...describeNode(snapshot, made.pipe, made.node),
    datasource: describeDataSource(snapshot, made.datasource, NO_FACTS),
    created_datasource: made.created,
  };
}
