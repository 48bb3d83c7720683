import { pickAttributes } from '../datasources/index.js';
import type { Snapshot } from '../workspaces/index.js';
import { namesRead } from './namesRead.js';
import { parametersOf } from './parameters.js';
import type { Pipe, PipeNode } from './store.js';

/** How much of a Pipe is shown (PI-05, PI-06). */
export interface Shown {
  /** Comma-separated keys of the Pipe; all when not given. */
  attrs?: string | undefined;
  /** Comma-separated keys of its nodes; all when not given. */
  nodeAttrs?: string | undefined;
  /** Whether nodes say what they read. */
  dependencies: boolean;
}

/** A Pipe as the API shows it (PI-02). @param host base URL of the server */
export function describePipe(
  snapshot: Snapshot,
  pipe: Pipe,
  host: string,
  shown: Shown,
): Record<string, unknown> {
  const whole = {
    id: pipe.id,
    name: pipe.name,
    description: pipe.description,
    tags: pipe.tags,
    endpoint: pipe.endpointNodeId,
    type: pipeType(pipe),
    version: pipe.version,
    created_at: pipe.createdAt,
    updated_at: pipe.updatedAt,
    parent: null,
    nodes: pipe.nodes.map((node) => shownNode(snapshot, pipe, node, shown)),
    url: `${host}/v0/pipes/${pipe.name}.json`,
  };
  return pickAttributes(whole, shown.attrs);
}

/** Dependencies are shown to who asks for them in either way. */
function shownNode(
  snapshot: Snapshot,
  pipe: Pipe,
  node: PipeNode,
  { nodeAttrs, dependencies }: Shown,
): Record<string, unknown> {
  const whole = describeNode(snapshot, pipe, node);
  if (nodeAttrs !== undefined && nodeAttrs !== '')
    return pickAttributes(whole, dependencies ? `${nodeAttrs},dependencies` : nodeAttrs);
  if (dependencies) return whole;
  const { dependencies: _hidden, ...rest } = whole;
  return rest;
}

/** A node as the API shows it (PI-03, PS-24). */
export function describeNode(snapshot: Snapshot, pipe: Pipe, node: PipeNode): Record<string, unknown> {
  return {
    id: node.id,
    name: node.name,
    sql: node.sql,
    description: node.description === '' ? null : node.description,
    materialized: node.materialization?.datasourceId ?? null,
    cluster: null,
    dependencies: dependenciesOf(snapshot, pipe, node),
    tags: {},
    created_at: node.createdAt,
    updated_at: node.updatedAt,
    version: node.version,
    project: null,
    result: null,
    ignore_sql_errors: node.ignoreSqlErrors,
    node_type: nodeType(node.id === pipe.endpointNodeId, node.materialization !== null),
    params: snapshot.once(`parameters ${node.id} ${node.version}`, () => parametersOf(node.sql)),
  };
}

/** What a node is for, as the API calls it (PI-03). */
export function nodeType(isEndpoint: boolean, isMaterialized: boolean): string {
  if (isMaterialized) return 'materialized';
  return isEndpoint ? 'endpoint' : 'standard';
}

/** What a Pipe is for, as the API calls it (PI-02). */
function pipeType({ endpointNodeId, nodes }: Pipe): string {
  if (nodes.some(({ materialization }) => materialization !== null)) return 'materialized';
  return endpointNodeId === null ? 'default' : 'endpoint';
}

/** The names of what the node's SQL names, by name or id: nodes of its Pipe, Data Sources and Pipes. */
function dependenciesOf(snapshot: Snapshot, pipe: Pipe, node: PipeNode): string[] {
  const find = (nameOrId: string): { name: string } | undefined =>
    pipe.nodes.find(({ id, name }) => name === nameOrId || id === nameOrId) ??
    snapshot.datasources.find(nameOrId) ??
    snapshot.pipes.find(nameOrId);
  const names = [...namesRead(node)].flatMap((name) => find(name)?.name ?? []);
  return [...new Set(names)].filter((name) => name !== node.name && name !== pipe.name);
}
