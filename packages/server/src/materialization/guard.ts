import type { DataSource } from '../datasources/index.js';
import { ApiError } from '../errors/index.js';
import type { Pipe } from '../pipes/store.js';
import { outputNode } from '../queries/index.js';
import type { Rights } from '../tokens/index.js';
import type { Snapshot } from '../workspaces/index.js';
import { type LinkedView, linkedViews } from './linked.js';

/**
 * Refuses a change of a Pipe that would leave a view with other SQL than its nodes have: the engine holds the SQL as it was when the node was
 * materialized. To change it, unlink the view and materialize the node again.
 * @param after the Pipe as it is going to be, or null when it is going to be removed, its own views with it
 * @throws ApiError needed_by_view
 */
export function refuseChangeUnderViews(
  snapshot: Snapshot,
  rights: Rights,
  before: Pipe,
  after: Pipe | null,
): void {
  const stuck = linkedViews(snapshot).filter(
    (view) => !isUnlinked(view, before, after) && isTouched(view, before, after),
  );
  if (stuck.length === 0) return;
  throw ApiError.of('needed_by_view', {
    what: `The Pipe \`${before.name}\``,
    views: viewNames(stuck, rights),
  });
}

/** Whether the view itself goes with the change. */
function isUnlinked({ pipe, node }: LinkedView, before: Pipe, after: Pipe | null): boolean {
  if (pipe.id !== before.id) return false;
  return after === null || after.nodes.find(({ id }) => id === node.id)?.materialization === null;
}

function isTouched({ pipe, node, materialization }: LinkedView, before: Pipe, after: Pipe | null): boolean {
  const sources = before.nodes.filter(({ id }) => materialization.nodeIds.includes(id));
  if (sources.length === 0) return false;
  if (after === null) return true;
  const isOwn = pipe.id === before.id;
  // What reads a Pipe reads its output node by the Pipe's name.
  if (!isOwn && (after.name !== before.name || outputNode(after).id !== outputNode(before).id)) return true;
  return sources.some((source) => {
    const now = after.nodes.find(({ id }) => id === source.id);
    const mayBeRenamed = isOwn && source.id === node.id;
    return now === undefined || now.sql !== source.sql || (now.name !== source.name && !mayBeRenamed);
  });
}

/**
 * Refuses a second role for a Pipe (PB-01, EP-21): it is either an endpoint or materialized.
 * @throws ApiError pipe_has_role
 */
export function refuseSecondRole(before: Pipe | null, after: Pipe): void {
  const endpoint = after.nodes.find(({ id }) => id === after.endpointNodeId);
  const materialized = after.nodes.find(({ materialization }) => materialization !== null);
  if (endpoint === undefined || materialized === undefined) return;
  const wasEndpoint = before !== null && before.endpointNodeId !== null;
  const [role, node, way] = wasEndpoint
    ? ['published as an API Endpoint', endpoint.name, 'endpoint']
    : ['materialized', materialized.name, 'materialization'];
  throw ApiError.of('pipe_has_role', { pipe: after.name, role, node, way });
}

/** Refuses to remove a Data Source that a view reads, whether its rows trigger the view or are joined to them (MZ-09, DS-51). @throws ApiError needed_by_view */
export function refuseIfViewsRead(snapshot: Snapshot, rights: Rights, datasource: DataSource): void {
  const views = linkedViews(snapshot).filter(({ materialization }) =>
    materialization.readIds.includes(datasource.id),
  );
  if (views.length === 0) return;
  const what = `The Data Source \`${datasource.name}\``;
  throw ApiError.of('needed_by_view', { what, views: viewNames(views, rights) });
}

/** The views as a message lists them. Nobody is told names of what he may not read. */
export function viewNames(views: readonly LinkedView[], rights: Rights): string {
  const readable = views.filter(({ pipe }) => rights.has('PIPES:READ', pipe) || rights.has('PIPES:CREATE'));
  const names = readable.map(({ pipe, node }) => `\`${pipe.name}.${node.name}\``);
  const hidden = views.length - readable.length;
  return [...names, ...(hidden > 0 ? [`${hidden} that the token may not see`] : [])].join(', ');
}
