import { mentionedNames } from '@goldcrest/sql';
import type { Pipe, PipeNode } from '../pipes/store.js';
import { outputNode } from '../queries/index.js';
import type { Snapshot } from '../workspaces/index.js';

/**
 * The published node of a Pipe and all nodes that it reads, of its own Pipe and of others, each once: the request's parameters reach
 * all of them (PS-03).
 */
export function nodesRead(snapshot: Snapshot, pipe: Pipe): PipeNode[] {
  const found = new Set<PipeNode>();
  const visit = (owner: Pipe, node: PipeNode): void => {
    if (found.has(node)) return;
    found.add(node);
    const names = mentionedNames(node.sql);
    for (const other of owner.nodes) if (names.has(other.name) || names.has(other.id)) visit(owner, other);
    for (const name of names) {
      const read = snapshot.pipes.find(name);
      if (read !== undefined && read !== owner && read.nodes.length > 0) visit(read, outputNode(read));
    }
  };
  visit(pipe, outputNode(pipe));
  return [...found];
}
