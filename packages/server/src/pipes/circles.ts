import type { Engine } from '@goldcrest/engine';
import { type AstNode, readAst } from '@goldcrest/sql';
import { ApiError } from '../errors/index.js';
import {
  asApiError,
  Compilation,
  dependsOnParameters,
  outputNode,
  type TemplateParameters,
} from '../queries/index.js';
import type { Snapshot } from '../workspaces/index.js';
import { sampleParameters } from './checkNode.js';
import type { Pipe, PipeNode } from './store.js';

/**
 * Refuses a Pipe that reads itself: one of its nodes by way of others, or the Pipe by way of other Pipes (PS-05). The engine's syntax
 * tree says which words are tables: a column that is named like a node or a Pipe is no circle.
 * @param snapshot the Workspace with the Pipe as it is going to be
 * @throws ApiError circular_reference; query_failed when a node is not SQL
 */
export async function refuseCircles(engine: Engine, snapshot: Snapshot, pipe: Pipe): Promise<void> {
  const tables = new TableReader(engine, snapshot);
  for (const node of pipe.nodes) {
    await refuseCircle(node, async (current) => nodesIn(pipe, await tables.of(current)));
  }
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

/** Asks the engine which tables a node's SQL names, once for each node. */
class TableReader {
  private readonly known = new Map<PipeNode, string[]>();

  constructor(
    private readonly engine: Engine,
    private readonly snapshot: Snapshot,
  ) {}

  async of(node: PipeNode): Promise<string[]> {
    const known = this.known.get(node) ?? (await this.read(node));
    this.known.set(node, known);
    return known;
  }

  private async read(node: PipeNode): Promise<string[]> {
    const found = new Set<string>();
    for (const parameters of sampleParameters(node)) {
      for (const table of await this.readRendering(node, parameters)) found.add(table);
    }
    return [...found];
  }

  private async readRendering(node: PipeNode, parameters: TemplateParameters): Promise<string[]> {
    try {
      const { sql } = new Compilation(this.snapshot, parameters).own(node.sql);
      return tablesOf(readAst(await this.engine.explainAst(sql)));
    } catch (error) {
      const answer = asApiError(error);
      if (dependsOnParameters(answer)) return [];
      throw answer;
    }
  }
}

function tablesOf(root: AstNode): string[] {
  const tables: string[] = [];
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.kind === 'TableIdentifier') tables.push(node.detail);
    open.push(...node.children);
  }
  return tables;
}
