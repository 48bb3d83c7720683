import type { Engine } from '@goldcrest/engine';
import { mentionedNames } from '@goldcrest/sql';
import { ApiError } from '../errors/index.js';
import type { Rights } from '../tokens/index.js';
import type { Snapshot } from '../workspaces/index.js';
import type { Pipe, PipeNode } from './store.js';
import { TableReader } from './tables.js';

/**
 * Refuses to take a name away that SQL reads by it.
 * @param snapshot the Workspace as it is going to be: references by id count as whatever name they lead to there
 * @param name the name that goes
 * @throws ApiError in_use
 */
export async function refuseIfPipeIsRead(
  engine: Engine,
  snapshot: Snapshot,
  rights: Rights,
  { id, name }: Pick<Pipe, 'id' | 'name'>,
): Promise<void> {
  const tables = new TableReader(engine, snapshot);
  const readers: Pipe[] = [];
  for (const pipe of snapshot.pipes.all.filter((other) => other.id !== id)) {
    if (await readsName(tables, pipe.nodes, { id, name })) readers.push(pipe);
  }
  if (readers.length > 0) throw inUse('Pipe', name, readersText(readers, rights));
}

/** Refuses to take the name of a node away that others of its Pipe read. @throws ApiError in_use */
export async function refuseIfNodeIsRead(
  engine: Engine,
  snapshot: Snapshot,
  others: readonly PipeNode[],
  { id, name }: Pick<PipeNode, 'id' | 'name'>,
): Promise<void> {
  const tables = new TableReader(engine, snapshot);
  const readers: PipeNode[] = [];
  for (const node of others) {
    if (await readsName(tables, [node], { id, name })) readers.push(node);
  }
  if (readers.length > 0) throw inUse('node', name, readers.map((node) => `\`${node.name}\``).join(', '));
}

/** The engine is asked only about SQL in which the name or the id stands at all. */
async function readsName(
  tables: TableReader,
  nodes: readonly PipeNode[],
  { id, name }: { id: string; name: string },
): Promise<boolean> {
  for (const node of nodes) {
    const words = mentionedNames(node.sql);
    if ((words.has(name) || words.has(id)) && (await tables.reads(node, name))) return true;
  }
  return false;
}

/** Nobody is told names of what he may not read. */
function readersText(readers: readonly Pipe[], rights: Rights): string {
  const readable = readers.filter((pipe) => rights.has('PIPES:READ', pipe) || rights.has('PIPES:CREATE'));
  const names = readable.map(({ name }) => `\`${name}\``);
  const hidden = readers.length - readable.length;
  return [...names, ...(hidden > 0 ? [`${hidden} that the token may not see`] : [])].join(', ');
}

function inUse(kind: string, name: string, readers: string): ApiError {
  return ApiError.of('in_use', { kind, name, readers });
}
