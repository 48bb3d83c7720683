import { describeDataSource } from '../datasources/index.js';
import { describeNode } from '../pipes/describe.js';
import type { Snapshot } from '../workspaces/index.js';
import type { MadeView } from './views.js';

/** A node that was materialized, with the Data Source that it fills (MV-01). */
export function describeMadeView(snapshot: Snapshot, made: MadeView): Record<string, unknown> {
  return {
    ...describeNode(snapshot, made.pipe, made.node),
    datasource: describeDataSource(snapshot, made.datasource, new Map()),
    created_datasource: made.created,
  };
}
