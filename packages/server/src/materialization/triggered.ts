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
    for (const view of viewsOf(snapshot, source)) {
      found.push(view);
      reached.add(view.target.id);
    }
  }
  return found;
}

/** The views by which rows of an insert come to the last of them, from the Data Source on. */
export type ViewPath = readonly TriggeredView[];

/** The ways that rows of a Data Source take through views: to each view all that lead there, a way that goes on behind the one that it goes on from. */
export function pathsFrom(snapshot: Snapshot, { id }: Pick<DataSource, 'id'>): ViewPath[] {
  const paths: ViewPath[] = viewsOf(snapshot, id).map((view) => [view]);
  for (const path of paths) {
    const target = path.at(-1)?.target;
    if (target === undefined) continue;
    paths.push(...viewsOf(snapshot, target.id).map((view) => [...path, view]));
  }
  return paths;
}

/** The views that rows of a Data Source trigger directly. */
function viewsOf(snapshot: Snapshot, datasourceId: string): TriggeredView[] {
  return linkedViews(snapshot).flatMap(({ pipe, node, materialization }) => {
    if (materialization.triggerId !== datasourceId) return [];
    const target = snapshot.datasources.find(materialization.datasourceId);
    return target === undefined ? [] : [{ pipe, node, target }];
  });
}
