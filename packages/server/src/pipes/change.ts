import { NODES_MAX } from '@goldcrest/datafiles';
import { checkResourceName } from '@goldcrest/sql';
import { ApiError } from '../errors/index.js';
import { refuseChangeUnderViews, refuseSecondRole } from '../materialization/guard.js';
import { type Clock, type Metadata, RecordChangedError, timestamp } from '../metadata/index.js';
import { type PrepareNeeds, QUERY_BYTES_MAX } from '../queries/index.js';
import type { Auth } from '../tokens/index.js';
import {
  checkNameIsFree,
  kindOfName,
  refuseTakenName,
  type Snapshot,
  type WorkspaceCatalog,
} from '../workspaces/index.js';
import { checkNode } from './checkNode.js';
import { refuseCircles } from './circles.js';
import { ensureReadToken } from './readTokens.js';
import type { Pipe, PipeNode } from './store.js';

/** What changing Pipes needs. */
export interface PipeNeeds extends PrepareNeeds {
  metadata: Metadata;
  catalog: WorkspaceCatalog;
  clock: Clock;
}

/** A request that changes a Pipe. */
export interface PipeRequest {
  /** The Workspace as it is when the request begins. */
  snapshot: Snapshot;
  auth: Auth;
  /** Given when nobody waits for the answer any more. */
  signal: AbortSignal;
  /** By which the logs know it (GN-18). */
  requestId: string;
}

/** A change of a Pipe: what it was, or null when it is new, what it is going to be, and what was done to it in a few words. */
export interface PipeEdit {
  before: Pipe | null;
  after: Pipe;
  what: string;
}

/**
 * Stores a Pipe that is new or was changed, all or nothing, and keeps it as a version. What is new in it is checked first, so that a
 * Pipe that is stored can run (PS-05, PS-07): names, circles, and each node that was written or is published now, unless that node
 * ignores errors (PS-24). Of two changes that began from the same state one wins.
 * @returns the Pipe as it is stored
 * @throws ApiError invalid_name, name_taken, circular_reference, query_invalid, query_refused, query_failed, table_not_found,
 *   changed_meanwhile, pipe_has_role, needed_by_view
 */
export async function savePipe(needs: PipeNeeds, request: PipeRequest, edit: PipeEdit): Promise<Pipe> {
  const { before, what } = edit;
  if (before !== null && JSON.stringify(before) === JSON.stringify(edit.after)) return before;
  const updatedAt = timestamp(needs.clock());
  const after = { ...edit.after, version: (before?.version ?? 0) + 1, updatedAt };
  checkNames(request.snapshot, before, after);
  refuseSecondRole(before, after);
  if (before !== null) refuseChangeUnderViews(request.snapshot, request.auth.rights, before, after);
  await checkQueries(needs, request, before, after);
  const { token } = request.auth;
  await store(needs, before, after, { tokenId: token.id, tokenName: token.name, what });
  if (after.endpointNodeId !== null && after.endpointNodeId !== before?.endpointNodeId) {
    await ensureReadToken(needs, request.snapshot, after);
  }
  return after;
}

async function store(
  { metadata, catalog }: PipeNeeds,
  before: Pipe | null,
  after: Pipe,
  change: { tokenId: string; tokenName: string; what: string },
): Promise<void> {
  const { pipes } = metadata;
  try {
    await refuseTakenName(() => (before === null ? pipes.create(after, change) : pipes.save(after, change)));
  } catch (cause) {
    if (!(cause instanceof RecordChangedError)) throw cause;
    throw ApiError.of('changed_meanwhile', { name: before?.name ?? after.name }, { cause });
  } finally {
    catalog.changed(after.workspaceId);
  }
}

/**
 * Checks the name of a Pipe and of its nodes: nodes are unique in their Pipe and have no other resource's name; the Pipe's own is fine
 * (DM-05, DM-06, DM-N1).
 * @throws ApiError invalid_name, name_taken, missing_parameter, invalid_parameter, query_invalid when a node has no SQL, query_too_long
 */
export function checkNames(snapshot: Snapshot, before: Pipe | null, after: Pipe): void {
  const others = snapshot.withoutPipe(after.id);
  if (after.name !== before?.name) {
    checkName(after.name);
    checkNameIsFree(others, after.name);
  }
  checkStorable('description', after.description);
  if (after.nodes.length === 0)
    throw ApiError.of('missing_parameter', { name: 'nodes', hint: 'A Pipe has at least one node.' });
  if (after.nodes.length > NODES_MAX)
    throw ApiError.of('invalid_parameter', {
      name: 'nodes',
      reason: `a Pipe has at most ${NODES_MAX} nodes.`,
    });
  const seen = new Set<string>();
  for (const { name } of after.nodes) {
    if (seen.has(name)) throw ApiError.of('name_taken', { name, kind: `node of the Pipe ${after.name}` });
    seen.add(name);
  }
  for (const node of writtenNodes(before, after)) checkWritten(others, node);
}

function checkWritten(others: Snapshot, { name, sql, description }: PipeNode): void {
  checkName(name);
  const kind = kindOfName(others, name);
  if (kind !== undefined) throw ApiError.of('name_taken', { name, kind });
  if (Buffer.byteLength(sql) > QUERY_BYTES_MAX)
    throw ApiError.of('query_too_long', { limit: QUERY_BYTES_MAX });
  if (sql === '') throw ApiError.of('query_invalid', { message: `The node \`${name}\` has no SQL.` });
  checkStorable('sql', sql);
  checkStorable('description', description);
}

function checkName(name: string): void {
  const reason = checkResourceName(name);
  if (reason !== undefined) throw ApiError.of('invalid_name', { reason });
}

/** PostgreSQL stores no such character, and the engine stops reading at it. */
function checkStorable(name: string, text: string): void {
  if (text.includes('\0'))
    throw ApiError.of('invalid_parameter', { name, reason: 'it holds a NUL character.' });
}

/** Nodes that are new or of which something changed. */
function writtenNodes(before: Pipe | null, after: Pipe): PipeNode[] {
  return after.nodes.filter((node) => before === null || !before.nodes.includes(node));
}

async function checkQueries(
  needs: PipeNeeds,
  { snapshot, signal }: PipeRequest,
  before: Pipe | null,
  after: Pipe,
): Promise<void> {
  if (before !== null && readsTheSame(before, after)) return;
  const candidate = snapshot.withPipe(after);
  const published = before?.endpointNodeId === after.endpointNodeId ? null : after.endpointNodeId;
  const written = new Set(writtenNodes(before, after));
  const checked = after.nodes.filter(
    (node) => !node.ignoreSqlErrors && (written.has(node) || node.id === published),
  );
  await refuseCircles(needs.engine, candidate, after, checked);
  for (const node of checked) await checkNode(needs, candidate, after, node, signal);
}

/** Whether a change can not have broken anything: no name, no SQL and no published node is another. */
function readsTheSame(before: Pipe, after: Pipe): boolean {
  const meaning = ({ name, endpointNodeId, nodes }: Pipe): string => {
    return JSON.stringify([name, endpointNodeId, nodes.map((node) => [node.id, node.name, node.sql])]);
  };
  const checksMore = after.nodes.some((node) => {
    const old = before.nodes.find(({ id }) => id === node.id);
    return old?.ignoreSqlErrors === true && !node.ignoreSqlErrors;
  });
  return !checksMore && meaning(before) === meaning(after);
}
