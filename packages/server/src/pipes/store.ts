import type { Kysely, Selectable, Transaction } from 'kysely';
import { NameTakenError, RecordMissingError } from '../metadata/errors.js';
import { claimName, releaseName } from '../metadata/names.js';
import { bumpRevision } from '../metadata/revision.js';
import type { Tables } from '../metadata/tables.js';

/** One node of a Pipe. */
export interface PipeNode {
  /** `t_` and 32 hex digits (GN-23). */
  id: string;
  /** Unique in its Pipe (DM-06). */
  name: string;
  sql: string;
  description: string;
  /** `YYYY-MM-DD HH:MM:SS.ffffff`, UTC (GN-22). */
  createdAt: string;
  updatedAt: string;
}

/** A Pipe. */
export interface Pipe {
  /** `t_` and 32 hex digits (GN-23); stays when it is renamed. */
  id: string;
  workspaceId: string;
  /** Unique among the Data Sources and Pipes of its Workspace (DM-05); case matters. */
  name: string;
  description: string;
  /** The node that is published as an API Endpoint, or null. */
  endpointNodeId: string | null;
  /** `YYYY-MM-DD HH:MM:SS.ffffff`, UTC (GN-22). */
  createdAt: string;
  updatedAt: string;
  /** In the order in which they were written. */
  nodes: PipeNode[];
}

type NodeRow = Selectable<Tables['pipe_nodes']>;

/** The Pipes of every Workspace. Each write also counts the Workspace's revision. */
export class PipeStore {
  constructor(private readonly db: Kysely<Tables>) {}

  /**
   * Adds a Pipe with its nodes, all or nothing.
   * @throws NameTakenError when a Data Source or Pipe of the Workspace has the Pipe's name (DM-05), or two nodes have
   *   the same name (DM-06); RecordMissingError when the published node isn't one of the nodes.
   */
  async create(pipe: Pipe): Promise<void> {
    const { id, workspaceId, name, endpointNodeId } = pipe;
    if (endpointNodeId !== null && !pipe.nodes.some((node) => node.id === endpointNodeId)) {
      throw new RecordMissingError(`node of the Pipe ${name}`, endpointNodeId);
    }
    await this.db.transaction().execute(async (transaction) => {
      await claimName(transaction, { workspaceId, name, kind: 'pipe', resourceId: id });
      await transaction.insertInto('pipes').values(toRow(pipe)).execute();
      await insertNodes(transaction, pipe);
      await bumpRevision(transaction, workspaceId);
    });
  }

  /**
   * Publishes a node as the Pipe's API Endpoint, or none.
   * @param at the time of the change (GN-22).
   * @throws RecordMissingError when there is no such Pipe, or the node isn't one of its nodes.
   */
  async setEndpoint(pipeId: string, nodeId: string | null, at: string): Promise<void> {
    await this.db.transaction().execute(async (transaction) => {
      let update = transaction
        .updateTable('pipes')
        .set({ endpoint_node_id: nodeId, updated_at: at })
        .where('id', '=', pipeId);
      if (nodeId !== null) {
        const nodes = transaction.selectFrom('pipe_nodes').select('pipe_id').where('id', '=', nodeId);
        update = update.where('id', 'in', nodes);
      }
      const updated = await update.returning('workspace_id').executeTakeFirst();
      if (updated === undefined) throw new RecordMissingError(pipeWithNode(nodeId), pipeId);
      await bumpRevision(transaction, updated.workspace_id);
    });
  }

  /** Removes a Pipe and its nodes and gives its name back. @returns whether there was one. */
  async remove(id: string): Promise<boolean> {
    return this.db.transaction().execute(async (transaction) => {
      const workspaceId = await releaseName(transaction, 'pipe', id);
      if (workspaceId === undefined) return false;
      await bumpRevision(transaction, workspaceId);
      return true;
    });
  }

  /** The Pipe with that id, or undefined. */
  async byId(id: string): Promise<Pipe | undefined> {
    const [pipe] = await this.read('id', id);
    return pipe;
  }

  /** Every Pipe of a Workspace with its nodes, oldest first. */
  async listByWorkspace(workspaceId: string): Promise<Pipe[]> {
    return this.read('workspace_id', workspaceId);
  }

  /** Two statements that see the database at the same moment; a SQLite transaction does so by itself. */
  private async read(by: 'id' | 'workspace_id', value: string): Promise<Pipe[]> {
    const snapshot = this.db.transaction().setIsolationLevel('repeatable read');
    return snapshot.execute(async (transaction) => {
      const pipes = transaction.selectFrom('pipes').where(by, '=', value);
      const rows = await pipes.selectAll().orderBy('created_at').orderBy('name').execute();
      const nodes = await transaction
        .selectFrom('pipe_nodes')
        .selectAll()
        .where('pipe_id', 'in', pipes.select('id'))
        .orderBy('position')
        .execute();
      return toPipes(rows, nodes);
    });
  }
}

async function insertNodes(transaction: Transaction<Tables>, pipe: Pipe): Promise<void> {
  if (pipe.nodes.length === 0) return;
  const inserted = await transaction
    .insertInto('pipe_nodes')
    .values(pipe.nodes.map((node, position) => toNodeRow(pipe.id, node, position)))
    .onConflict((conflict) => conflict.columns(['pipe_id', 'name']).doNothing())
    .returning('id')
    .execute();
  const written = new Set(inserted.map(({ id }) => id));
  const refused = pipe.nodes.find(({ id }) => !written.has(id));
  if (refused !== undefined) throw new NameTakenError(refused.name, 'node');
}

function pipeWithNode(nodeId: string | null): string {
  return nodeId === null ? 'Pipe' : `Pipe that has the node ${nodeId}`;
}

function toRow(pipe: Pipe): Selectable<Tables['pipes']> {
  return {
    id: pipe.id,
    workspace_id: pipe.workspaceId,
    name: pipe.name,
    description: pipe.description,
    endpoint_node_id: pipe.endpointNodeId,
    created_at: pipe.createdAt,
    updated_at: pipe.updatedAt,
  };
}

function toNodeRow(pipeId: string, node: PipeNode, position: number): NodeRow {
  return {
    id: node.id,
    pipe_id: pipeId,
    position,
    name: node.name,
    sql: node.sql,
    description: node.description,
    created_at: node.createdAt,
    updated_at: node.updatedAt,
  };
}

function toPipes(rows: readonly Selectable<Tables['pipes']>[], nodeRows: readonly NodeRow[]): Pipe[] {
  const nodes = new Map<string, PipeNode[]>(rows.map(({ id }) => [id, []]));
  for (const row of nodeRows) nodes.get(row.pipe_id)?.push(toNode(row));
  return rows.map((row) => ({
    id: row.id,
    workspaceId: row.workspace_id,
    name: row.name,
    description: row.description,
    endpointNodeId: row.endpoint_node_id,
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
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
