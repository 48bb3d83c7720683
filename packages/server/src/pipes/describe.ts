import { mentionedNames } from '@goldcrest/sql';
import type { Snapshot } from '../workspaces/index.js';
import type { Pipe, PipeNode } from './store.js';

/** A Pipe as the API shows it (PI-02). @param host base URL of the server */
export function describePipe(snapshot: Snapshot, pipe: Pipe, host: string): Record<string, unknown> {
  return {
    id: pipe.id,
    name: pipe.name,
    description: pipe.description,
    endpoint: pipe.endpointNodeId,
    type: pipe.endpointNodeId === null ? 'default' : 'endpoint',
    created_at: pipe.createdAt,
    updated_at: pipe.updatedAt,
    parent: null,
    nodes: pipe.nodes.map((node) => describeNode(snapshot, pipe, node)),
    url: `${host}/v0/pipes/${pipe.name}.json`,
  };
}

/** A node as the API shows it (PI-03). */
function describeNode(snapshot: Snapshot, pipe: Pipe, node: PipeNode): Record<string, unknown> {
  return {
    id: node.id,
    name: node.name,
    sql: node.sql,
    description: node.description === '' ? null : node.description,
    materialized: null,
    cluster: null,
    dependencies: dependenciesOf(snapshot, pipe, node),
    tags: {},
    created_at: node.createdAt,
    updated_at: node.updatedAt,
    version: 0,
    project: null,
    result: null,
    ignore_sql_errors: false,
    node_type: node.id === pipe.endpointNodeId ? 'endpoint' : 'standard',
    params: [],
  };
}

/** What the node's SQL names: nodes of its Pipe, Data Sources and Pipes. */
function dependenciesOf(snapshot: Snapshot, pipe: Pipe, node: PipeNode): string[] {
  const nodes = new Set(pipe.nodes.map(({ name }) => name));
  const isDependency = (name: string): boolean =>
    name !== node.name &&
    (nodes.has(name) || (snapshot.datasources.find(name) ?? snapshot.pipes.find(name)) !== undefined);
  return [...mentionedNames(node.sql)].filter(isDependency);
}
