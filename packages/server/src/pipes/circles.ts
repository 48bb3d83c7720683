import type { Engine } from '@goldcrest/engine';
import { ApiError } from '../errors/index.js';
import { outputNode } from '../queries/index.js';
import type { Snapshot } from '../workspaces/index.js';
import type { Pipe, PipeNode } from './store.js';
import { TableReader } from './tables.js';

/**
 * Refuses a Pipe that reads itself: one of its nodes by way of others, or the Pipe by way of other Pipes (PS-05). The engine's syntax
 * tree says which words are tables: a column that is named like a node or a Pipe is no circle.
 * @param snapshot the Workspace with the Pipe as it is going to be
 * @param nodes the nodes that may have come to read themselves
 * @throws ApiError circular_reference
 */
export async function refuseCircles(
  engine: Engine,
  snapshot: Snapshot,
  pipe: Pipe,
  nodes: readonly PipeNode[],
): Promise<void> {
  const tables = new TableReader(engine, snapshot);
  for (const node of nodes) {
    await refuseCircle(node, async (current) => nodesIn(pipe, await tables.of(current)));
  }
  if (outputNode(pipe).ignoreSqlErrors) return;
  await refuseCircle(pipe, (current) => pipesReadBy(tables, snapshot, current));
}

/** Walks everything that `start` reads. @throws ApiError circular_reference when it comes back to `start` */
async function refuseCircle<Item extends { name: string }>(
  start: Item,
  readBy: (item: Item) => Promise<Item[]>,
): Promise<void> {
  const visited = new Set<Item>();
  const visit = async (item: Item, path: readonly string[]): Promise<void> => {
    for (const next of await readBy(item)) {
      const way = [...path, next.name];
      if (next === start) throw ApiError.of('circular_reference', { path: way.join(' → ') });
      if (visited.has(next)) continue;
      visited.add(next);
      await visit(next, way);
    }
  };
  await visit(start, [start.name]);
}

/** The Pipes that a Pipe's output reads through its own nodes. */
async function pipesReadBy(tables: TableReader, snapshot: Snapshot, pipe: Pipe): Promise<Pipe[]> {
  const pipes = new Set<Pipe>();
  const open = [outputNode(pipe)];
  const visited = new Set(open);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const names = await tables.of(node);
    const nodes = nodesIn(pipe, names);
    const nodeNames = new Set(nodes.map(({ name }) => name));
    for (const name of names.filter((candidate) => !nodeNames.has(candidate))) {
      const read = snapshot.pipes.find(name);
      if (read !== undefined) pipes.add(read);
    }
    open.push(...nodes.filter((next) => !visited.has(next)));
    for (const next of nodes) visited.add(next);
  }
  return [...pipes];
}

function nodesIn(pipe: Pipe, names: readonly string[]): PipeNode[] {
  return pipe.nodes.filter((node) => names.includes(node.name));
}
