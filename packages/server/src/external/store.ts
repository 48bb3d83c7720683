import type { Kysely } from 'kysely';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { bumpRevision } from '../metadata/revision.js';
import { readJson } from '../metadata/stored.js';
import type { Tables } from '../metadata/tables.js';

const texts = Compile(Type.Array(Type.String()));

/** What a Workspace allows its queries to read from other servers (PS-08). */
export interface ExternalPermission {
  /** Table functions, in lower case: `postgresql`, `url`… */
  functions: readonly string[];
  /** `host:port` and `*.domain:port`. */
  addresses: readonly string[];
}

/** The external sources of every Workspace; one that never allowed any has none. Each write also counts the Workspace's revision. */
export class ExternalSourceStore {
  constructor(private readonly db: Kysely<Tables>) {}

  /** What a Workspace allows; nothing when it never said. */
  async byWorkspace(workspaceId: string): Promise<ExternalPermission> {
    const row = await this.db
      .selectFrom('external_sources')
      .selectAll()
      .where('workspace_id', '=', workspaceId)
      .executeTakeFirst();
    if (row === undefined) return { functions: [], addresses: [] };
    const place = `external_sources of ${workspaceId}`;
    return {
      functions: readJson(texts, row.functions, `${place}, functions`),
      addresses: readJson(texts, row.addresses, `${place}, addresses`),
    };
  }

  /**
   * Puts a permission in place of the one that was.
   * @param at the time of the change (GN-22)
   */
  async replace(workspaceId: string, permission: ExternalPermission, at: string): Promise<void> {
    const values = {
      functions: JSON.stringify(permission.functions),
      addresses: JSON.stringify(permission.addresses),
      updated_at: at,
    };
    await this.db.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('external_sources')
        .values({ workspace_id: workspaceId, ...values })
        .onConflict((conflict) => conflict.column('workspace_id').doUpdateSet(values))
        .execute();
      await bumpRevision(transaction, workspaceId);
    });
  }
}
