import { replaceNames, type SelectText } from '@goldcrest/sql';
import type { PipeNode } from '../pipes/store.js';
import type { Snapshot } from '../workspaces/index.js';

/** Replaces ids of Data Sources, Pipes and nodes by their names (GN-25, GN-26). A node has its name in its own Pipe only. */
export function resolveIds(snapshot: Snapshot, nodes: readonly PipeNode[], text: SelectText): SelectText {
  const body = replaceNames(text.body, (name) => {
    if (!name.startsWith('t_')) return undefined;
    const found = snapshot.datasources.find(name) ?? snapshot.pipes.find(name);
    return (found ?? nodes.find(({ id }) => id === name))?.name;
  });
  return { ...text, body };
}
