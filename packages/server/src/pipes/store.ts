import type { Kysely, Transaction } from 'kysely';
import { NameTakenError, RecordChangedError, RecordMissingError } from '../metadata/errors.js';
import { claimName, moveName, releaseName } from '../metadata/names.js';
import { bumpRevision } from '../metadata/revision.js';
import type { Tables } from '../metadata/tables.js';
import type { NodeMaterialization } from './nodeMaterialization.js';
import { toNodeRow, toPipes, toRow } from './rows.js';
import {
  keepVersion,
  listVersions,
  type PipeChange,
  type PipeVersion,
  type PipeVersionSummary,
  readVersion,
} from './versionRows.js';

/** One node of a Pipe. */
export interface PipeNode {
  /** `t_` and 32 hex digits (GN-23). */
  id: string;
  /** Unique in its Pipe (DM-06). */
  name: string;
  sql: string;
  /** Markdown (PI-20). */
  description: string;
  /** Counts the changes of the node, from 0 (PS-24). */
  version: number;
  /** Whether it is stored though its SQL does not run (PS-24). */
  ignoreSqlErrors: boolean;
  /** What it is as a Materialized View, or null (MV-01). */
  materialization: NodeMaterialization | null;
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
  /** Markdown (PI-20). */
  description: string;
  /** Words to find it by (SE-16). */
  tags: string[];
  /** The node that is published as an API Endpoint, or null. */
  endpointNodeId: string | null;
  /** Counts the changes of the Pipe, from 1. */
  version: number;
  /** `YYYY-MM-DD HH:MM:SS.ffffff`, UTC (GN-22). */
  createdAt: string;
  updatedAt: string;
  /** In the order in which they were written. */
  nodes: PipeNode[];
}

/** The Pipes of every Workspace. Each write also counts the Workspace's revision and keeps a version. */
export class PipeStore {
  constructor(private readonly db: Kysely<Tables>) {}

  /**
   * Adds a Pipe with its nodes, all or nothing.
   * @throws NameTakenError when a Data Source or Pipe of the Workspace has the Pipe's name (DM-05), or two nodes have
   *   the same name (DM-06); RecordMissingError when the published node isn't one of the nodes.
   */
  async create(pipe: Pipe, change: PipeChange): Promise<void> {
    requireEndpointNode(pipe);
    const { id, workspaceId, name } = pipe;
    await this.db.transaction().execute(async (transaction) => {
      await claimName(transaction, { workspaceId, name, kind: 'pipe', resourceId: id });
      await transaction.insertInto('pipes').values(toRow(pipe)).execute();
      await insertNodes(transaction, pipe);
      await keepVersion(transaction, pipe, change);
      await bumpRevision(transaction, workspaceId);
    });
  }

  /**
   * Puts a Pipe, with all of its nodes, in place of what it was; of two changes of the same version one wins.
   * @param pipe what it is from now on; its `version` is one more than that of the Pipe which was changed.
   * @throws RecordChangedError when the Pipe is not at the version before, or is gone; NameTakenError and
   *   RecordMissingError as `create`.
   */
  async save(pipe: Pipe, change: PipeChange): Promise<void> {
    requireEndpointNode(pipe);
    const { id, workspaceId, name, version } = pipe;
    const { name: _name, ...row } = toRow(pipe);
    await this.db.transaction().execute(async (transaction) => {
      await moveName(transaction, { workspaceId, name, kind: 'pipe', resourceId: id });
      const updated = await transaction
        .updateTable('pipes')
        .set(row)
        .where('id', '=', id)
        .where('version', '=', version - 1)
        .returning('id')
        .executeTakeFirst();
      if (updated === undefined) throw new RecordChangedError('Pipe', id);
      await transaction.deleteFrom('pipe_nodes').where('pipe_id', '=', id).execute();
      await insertNodes(transaction, pipe);
      await keepVersion(transaction, pipe, change);
      await bumpRevision(transaction, workspaceId);
    });
  }

  /** Removes a Pipe with its nodes and versions and gives its name back. @returns whether there was one. */
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

  /** The versions of a Pipe that are kept, newest first. */
  versions(pipeId: string): Promise<PipeVersionSummary[]> {
    return listVersions(this.db, pipeId);
  }

  /** One version of a Pipe, or undefined when there is none or it is no longer kept. */
  version(pipeId: string, version: number): Promise<PipeVersion | undefined> {
    return readVersion(this.db, pipeId, version);
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

function requireEndpointNode({ name, endpointNodeId, nodes }: Pipe): void {
  if (endpointNodeId === null || nodes.some(({ id }) => id === endpointNodeId)) return;
  throw new RecordMissingError(`node of the Pipe ${name}`, endpointNodeId);
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
