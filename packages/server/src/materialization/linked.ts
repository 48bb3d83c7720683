import type { NodeMaterialization } from '../pipes/nodeMaterialization.js';
import type { Pipe, PipeNode } from '../pipes/store.js';
import type { Snapshot } from '../workspaces/index.js';

/** A materialized node. */
export interface LinkedView {
  pipe: Pipe;
  node: PipeNode;
  materialization: NodeMaterialization;
}

/** The Materialized Views of a Workspace, in the order of its Pipes. */
export function linkedViews(snapshot: Snapshot): readonly LinkedView[] {
  return snapshot.once('linked views', () =>
    snapshot.pipes.all.flatMap((pipe) =>
      pipe.nodes.flatMap((node) => {
        const { materialization } = node;
        return materialization === null ? [] : [{ pipe, node, materialization }];
      }),
    ),
  );
}
