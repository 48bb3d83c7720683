import type { Engine } from '@goldcrest/engine';
import { type AstNode, readAst, splitSelect } from '@goldcrest/sql';
import { circle } from '../queries/index.js';
import type { Pipe } from './store.js';

/**
 * Refuses nodes that read each other in a circle (PS-05). The engine's syntax tree says which words of a node are tables: a column
 * that is named like another node is no circle.
 * @throws ApiError circular_reference, EngineError when a node is not SQL
 */
export async function refuseCircles(engine: Engine, pipe: Pipe): Promise<void> {
  const reads = new Map<string, string[]>();
  const names = new Set(pipe.nodes.map((node) => node.name));
  for (const node of pipe.nodes) {
    const tree = readAst(await engine.explainAst(splitSelect(node.sql).body));
    reads.set(
      node.name,
      tablesOf(tree).filter((name) => names.has(name)),
    );
  }
  for (const name of names) follow(reads, [name]);
}

/** Walks all ways from the last name of `path`. Nodes are few, and a way ends where it would repeat itself. */
function follow(reads: ReadonlyMap<string, readonly string[]>, path: readonly string[]): void {
  for (const next of reads.get(path.at(-1) ?? '') ?? []) {
    if (path[0] === next) throw circle([...path, next]);
    if (!path.includes(next)) follow(reads, [...path, next]);
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
