import type { DataSource } from '../datasources/index.js';
import type { Pipe, PipeNode } from '../pipes/store.js';
import type { Snapshot } from '../workspaces/index.js';
import { linkedViews } from './linked.js';

/** A view that an insert runs, and the Data Source that its rows go to. */
export interface TriggeredView {
  pipe: Pipe;
  node: PipeNode;
  target: DataSource;
}

/** The views that an insert into a Data Source runs (EV-28, MZ-05): its own first, then those of their targets, each once. */
export function viewsTriggeredBy(
  snapshot: Snapshot,
  { id }: Pick<DataSource, 'id'>,
): readonly TriggeredView[] {
  const found: TriggeredView[] = [];
  const reached = new Set([id]);
  for (const source of reached) {
    for (const { pipe, node, materialization } of linkedViews(snapshot)) {
      if (materialization.triggerId !== source) continue;
      const target = snapshot.datasources.find(materialization.datasourceId);
      if (target === undefined) continue;
      found.push({ pipe, node, target });
      reached.add(target.id);
    }
  }
  return found;
}
