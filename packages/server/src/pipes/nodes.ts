import { parseResourceId } from '@goldcrest/sql';
import { ApiError } from '../errors/index.js';
import type { WantedTarget } from '../materialization/target.js';
import { type Clock, newResourceId, timestamp } from '../metadata/index.js';
import { checkNames, type PipeNeeds, type PipeRequest, savePipe } from './change.js';
import { refuseIfNodeIsRead } from './readers.js';
import type { Pipe, PipeNode } from './store.js';

/** A node that is to be made. */
export interface NewNode {
  name: string;
  sql: string;
  description: string;
  ignoreSqlErrors: boolean;
  /** Whether it is published at once (EP-N2). */
  isEndpoint: boolean;
  /** What it is materialized into at once (PI-11). */
  target: WantedTarget | null;
}

/** What is to be another in a node; the rest stays. */
export interface NodeChanges {
  name?: string;
  sql?: string;
  description?: string;
  ignoreSqlErrors?: boolean;
  /** Its place among the nodes, from 0. */
  position?: number;
}

/** A node that has not been stored yet. SQL is kept without the white space around it. */
export function newNode(clock: Clock, { name, sql, description, ignoreSqlErrors }: NewNode): PipeNode {
  const now = timestamp(clock());
  const text = { name, sql: sql.trim(), description };
  const fresh = { version: 0, materialization: null, createdAt: now, updatedAt: now };
  return { id: newResourceId(), ...text, ignoreSqlErrors, ...fresh };
}

/** The node of a Pipe by name or id, if there is one (GN-25, GN-26). */
export function nodeOf(pipe: Pipe, nameOrId: string): PipeNode | undefined {
  const canonical = parseResourceId(nameOrId);
  return pipe.nodes.find(({ id, name }) => name === nameOrId || id === canonical);
}

/** The node of a Pipe by name or id. @throws ApiError node_not_found */
export function findNode(pipe: Pipe, nameOrId: string): PipeNode {
  const node = nodeOf(pipe, nameOrId);
  if (node === undefined)
    throw ApiError.of('node_not_found', { pipe: pipe.name, node: nameOrId, nodes: nodeNames(pipe) });
  return node;
}

/** The names of a Pipe's nodes as a message lists them. */
export function nodeNames(pipe: Pipe): string {
  return pipe.nodes.map(({ name }) => name).join(', ');
}

/** Adds a node at the end of a Pipe (PI-10, PI-12). @throws ApiError as `savePipe` */
export async function appendNode(
  needs: PipeNeeds,
  request: PipeRequest,
  before: Pipe,
  wanted: NewNode,
): Promise<{ pipe: Pipe; node: PipeNode }> {
  const node = newNode(needs.clock, wanted);
  const endpointNodeId = wanted.isEndpoint ? node.id : before.endpointNodeId;
  const after = { ...before, endpointNodeId, nodes: [...before.nodes, node] };
  const pipe = await savePipe(needs, request, { before, after, what: `node added: ${node.name}` });
  return { pipe, node };
}

/**
 * Changes a node (PI-13), or its place among the others.
 * @param force whether it may get another name though other nodes read it by the present one
 * @throws ApiError as `savePipe`; in_use
 */
export async function editNode(
  needs: PipeNeeds,
  request: PipeRequest,
  before: Pipe,
  { node, changes, force }: { node: PipeNode; changes: NodeChanges; force: boolean },
): Promise<{ pipe: Pipe; node: PipeNode }> {
  const { position, ...others } = changes;
  const edited = withChanges(needs.clock, node, others);
  const nodes = before.nodes.map((other) => (other === node ? edited : other));
  const after = { ...before, nodes: position === undefined ? nodes : movedTo(nodes, edited, position) };
  if (edited.name !== node.name && !force) {
    checkNames(request.snapshot, before, after);
    const others = after.nodes.filter((other) => other !== edited);
    await refuseIfNodeIsRead(needs.engine, request.snapshot.withPipe(after), others, node);
  }
  const pipe = await savePipe(needs, request, { before, after, what: `node changed: ${node.name}` });
  return { pipe, node: edited };
}

function withChanges(clock: Clock, node: PipeNode, changes: Omit<NodeChanges, 'position'>): PipeNode {
  const { sql = node.sql, ...others } = changes;
  const edited = { ...node, ...others, sql: sql.trim() };
  if (JSON.stringify(edited) === JSON.stringify(node)) return node;
  return { ...edited, version: node.version + 1, updatedAt: timestamp(clock()) };
}

function movedTo(nodes: readonly PipeNode[], node: PipeNode, position: number): PipeNode[] {
  if (position >= nodes.length) {
    const reason = `there are ${nodes.length} nodes, so the last position is ${nodes.length - 1}.`;
    throw ApiError.of('invalid_parameter', { name: 'position', reason });
  }
  return nodes.filter((other) => other !== node).toSpliced(position, 0, node);
}

/**
 * Takes a node out of a Pipe (PI-14). Nodes that read it are not removed, and fail until they are changed.
 * @throws ApiError node_published, node_has_view, node_only, changed_meanwhile
 */
export async function removeNode(
  needs: PipeNeeds,
  request: PipeRequest,
  before: Pipe,
  node: PipeNode,
): Promise<void> {
  if (before.endpointNodeId === node.id) {
    throw ApiError.of('node_published', { node: node.name, pipe: before.name });
  }
  if (node.materialization !== null) {
    throw ApiError.of('node_has_view', { node: node.name, pipe: before.name });
  }
  if (before.nodes.length === 1) throw ApiError.of('node_only', { node: node.name, pipe: before.name });
  const after = { ...before, nodes: before.nodes.filter((other) => other !== node) };
  await savePipe(needs, request, { before, after, what: `node removed: ${node.name}` });
}
