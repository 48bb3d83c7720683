import { checkResourceName } from '@goldcrest/sql';
import { ApiError } from '../errors/index.js';
import { type Clock, type Metadata, newResourceId, timestamp } from '../metadata/index.js';
import type { PrepareNeeds } from '../queries/index.js';
import {
  checkNameIsFree,
  kindOfName,
  refuseTakenName,
  type Snapshot,
  type WorkspaceCatalog,
} from '../workspaces/index.js';
import { checkNode } from './checkNode.js';
import { refuseCircles } from './circles.js';
import { readTokens } from './readTokens.js';
import type { Pipe } from './store.js';

/** What changing Pipes needs. */
export interface PipeNeeds extends PrepareNeeds {
  metadata: Metadata;
  catalog: WorkspaceCatalog;
  clock: Clock;
}

/** What a client asks for when it makes a Pipe (PI-07). */
export interface NewPipe {
  name: string;
  description: string;
  nodes: readonly { name: string; sql: string; description: string }[];
}

/**
 * Makes a Pipe with its nodes, all or nothing. Each node is compiled, let through the gate and resolved by the engine first, so
 * that a Pipe that is stored can run (PS-05, PS-07).
 * @param signal given when nobody waits for the Pipe any more
 * @throws ApiError invalid_name, name_taken, query_invalid, query_refused, query_failed
 */
export async function createPipe(
  needs: PipeNeeds,
  snapshot: Snapshot,
  wanted: NewPipe,
  signal: AbortSignal,
): Promise<Pipe> {
  checkName(wanted.name);
  checkNameIsFree(snapshot, wanted.name);
  checkNodes(snapshot, wanted);
  const pipe = newPipe(needs.clock, snapshot.workspace.id, wanted);
  const candidate = snapshot.withPipe(pipe);
  await refuseCircles(needs.engine, candidate, pipe);
  for (const node of pipe.nodes) await checkNode(needs, candidate, pipe, node, signal);
  await refuseTakenName(() => needs.metadata.pipes.create(pipe));
  needs.catalog.changed(snapshot.workspace.id);
  return pipe;
}

function newPipe(clock: Clock, workspaceId: string, wanted: NewPipe): Pipe {
  const now = timestamp(clock());
  const times = { createdAt: now, updatedAt: now };
  const nodes = wanted.nodes.map((node) => ({ ...node, id: newResourceId(), ...times }));
  const { name, description } = wanted;
  return { id: newResourceId(), workspaceId, name, description, endpointNodeId: null, ...times, nodes };
}

function checkName(name: string): void {
  const reason = checkResourceName(name);
  if (reason !== undefined) throw ApiError.of('invalid_name', { reason });
}

/** Node names are unique in their Pipe and are no other resource's name; the Pipe's own is fine (DM-06, DM-N1). */
function checkNodes(snapshot: Snapshot, { name: pipeName, nodes }: NewPipe): void {
  if (nodes.length === 0)
    throw ApiError.of('missing_parameter', { name: 'nodes', hint: 'A Pipe has at least one node.' });
  const seen = new Set<string>();
  for (const { name, sql } of nodes) {
    checkName(name);
    if (seen.has(name)) throw ApiError.of('name_taken', { name, kind: `node of the Pipe ${pipeName}` });
    const kind = kindOfName(snapshot, name);
    if (kind !== undefined) throw ApiError.of('name_taken', { name, kind });
    if (sql.trim() === '')
      throw ApiError.of('query_invalid', { message: `The node \`${name}\` has no SQL.` });
    seen.add(name);
  }
}

/** Removes a Pipe with its nodes and the token that was made for its endpoint, which answers no more (PI-18). */
export async function removePipe(needs: PipeNeeds, snapshot: Snapshot, pipe: Pipe): Promise<void> {
  const own = readTokens(snapshot, pipe).filter(
    ({ origin, scopes }) => origin === 'endpoint' && scopes.length === 1,
  );
  await needs.metadata.pipes.remove(pipe.id);
  for (const token of own) await needs.metadata.tokens.delete(token.id);
  needs.catalog.changed(pipe.workspaceId);
}
