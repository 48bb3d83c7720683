import type { DataSource } from '../datasources/index.js';
import { ApiError } from '../errors/index.js';
import type { Pipe, PipeNode } from '../pipes/store.js';
import type { Snapshot } from '../workspaces/index.js';
import { linkedViews } from './linked.js';

/**
 * Refuses a view whose rows would come back to it, by way of other views, without end.
 * @throws ApiError view_circle with the way
 */
export function refuseCircle(
  snapshot: Snapshot,
  view: { pipe: Pipe; node: PipeNode; trigger: DataSource; target: DataSource },
): void {
  const first = `${view.trigger.name} → ${nameOf(view)} → ${view.target.name}`;
  const ways = new Map([[view.target.id, first]]);
  for (const [from, way] of ways) {
    if (from === view.trigger.id) throw ApiError.of('view_circle', { path: way });
    for (const { pipe, node, materialization } of linkedViews(snapshot)) {
      const next = snapshot.datasources.find(materialization.datasourceId);
      if (materialization.triggerId !== from || next === undefined || ways.has(next.id)) continue;
      ways.set(next.id, `${way} → ${nameOf({ pipe, node })} → ${next.name}`);
    }
  }
}

function nameOf({ pipe, node }: { pipe: Pipe; node: PipeNode }): string {
  return `${pipe.name}.${node.name}`;
}
