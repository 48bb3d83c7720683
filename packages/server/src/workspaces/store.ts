import type { Kysely, Selectable } from 'kysely';
import { NameTakenError } from '../metadata/errors.js';
import type { Tables } from '../metadata/tables.js';

/** A Workspace (DM-08). */
export interface Workspace {
  /** A UUID (GN-23). */
  id: string;
  /** Unique on this server; case matters. */
  name: string;
  /** `YYYY-MM-DD HH:MM:SS.ffffff`, UTC (GN-22). */
  createdAt: string;
  updatedAt: string;
}

/** The Workspaces of this server. */
export class WorkspaceStore {
  constructor(private readonly db: Kysely<Tables>) {}

  /**
   * Adds a Workspace (DM-08).
   * @throws NameTakenError when another one has that name.
   */
  async create(workspace: Workspace): Promise<void> {
    const created = await this.db
      .insertInto('workspaces')
      .values({
        id: workspace.id,
        name: workspace.name,
        revision: 0,
        created_at: workspace.createdAt,
        updated_at: workspace.updatedAt,
      })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (created === undefined) throw new NameTakenError(workspace.name, 'workspace');
  }

  /** The Workspace with that id, or undefined. */
  async byId(id: string): Promise<Workspace | undefined> {
    const row = await this.select().where('id', '=', id).executeTakeFirst();
    return row && toWorkspace(row);
  }

  /** The Workspace with exactly that name, or undefined. */
  async byName(name: string): Promise<Workspace | undefined> {
    const row = await this.select().where('name', '=', name).executeTakeFirst();
    return row && toWorkspace(row);
  }

  /** Every Workspace, oldest first. */
  async list(): Promise<Workspace[]> {
    const rows = await this.select().orderBy('created_at').orderBy('name').execute();
    return rows.map(toWorkspace);
  }

  /**
   * A number that grows with every write to the Workspace's tokens, Data Sources and Pipes. To fill a cache, read it
   * before the records: then a write in between makes the cache look stale and never fresh.
   * @returns undefined when there is no such Workspace.
   */
  async revision(workspaceId: string): Promise<number | undefined> {
    const row = await this.db
      .selectFrom('workspaces')
      .select('revision')
      .where('id', '=', workspaceId)
      .executeTakeFirst();
    return row && Number(row.revision);
  }

  private select() {
    return this.db.selectFrom('workspaces').selectAll();
  }
}

function toWorkspace(row: Selectable<Tables['workspaces']>): Workspace {
  return { id: row.id, name: row.name, createdAt: row.created_at, updatedAt: row.updated_at };
}
