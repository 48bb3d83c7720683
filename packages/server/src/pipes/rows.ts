import type { Selectable } from 'kysely';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { readJson } from '../metadata/stored.js';
import type { Tables } from '../metadata/tables.js';
import { readMaterialization } from './nodeMaterialization.js';
import type { Pipe, PipeNode } from './store.js';

type PipeRow = Selectable<Tables['pipes']>;
type NodeRow = Selectable<Tables['pipe_nodes']>;

const tags = Compile(Type.Array(Type.String()));

/** A Pipe as its table has it. */
export function toRow(pipe: Pipe): PipeRow {
  return {
    id: pipe.id,
    workspace_id: pipe.workspaceId,
    name: pipe.name,
    description: pipe.description,
    endpoint_node_id: pipe.endpointNodeId,
    created_at: pipe.createdAt,
    updated_at: pipe.updatedAt,
    tags: JSON.stringify(pipe.tags),
    version: pipe.version,
  };
}

/** A node as its table has it. @param position its place in the Pipe, from 0 */
export function toNodeRow(pipeId: string, node: PipeNode, position: number): NodeRow {
  return {
    id: node.id,
    pipe_id: pipeId,
    position,
    name: node.name,
    sql: node.sql,
    description: node.description,
    created_at: node.createdAt,
    updated_at: node.updatedAt,
    version: node.version,
    ignore_sql_errors: node.ignoreSqlErrors ? 1 : 0,
    materialization: node.materialization === null ? null : JSON.stringify(node.materialization),
  };
}

/** Pipes from their rows and those of their nodes, in the order of the rows. @throws MetadataCorruptError */
export function toPipes(rows: readonly PipeRow[], nodeRows: readonly NodeRow[]): Pipe[] {
  const nodes = new Map<string, PipeNode[]>(rows.map(({ id }) => [id, []]));
  for (const row of nodeRows) nodes.get(row.pipe_id)?.push(toNode(row));
  return rows.map((row) => ({
    id: row.id,
    workspaceId: row.workspace_id,
    name: row.name,
    description: row.description,
    tags: readJson(tags, row.tags, `pipes.tags of ${row.id}`),
    endpointNodeId: row.endpoint_node_id,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    nodes: nodes.get(row.id) ?? [],
  }));
}

function toNode(row: NodeRow): PipeNode {
  return {
    id: row.id,
    name: row.name,
    sql: row.sql,
    description: row.description,
    version: row.version,
    ignoreSqlErrors: row.ignore_sql_errors !== 0,
    materialization: readMaterialization(row.id, row.materialization),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
