import type { Kysely, Selectable } from 'kysely';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { NameTakenError, RecordMissingError } from '../metadata/errors.js';
import { bumpRevision } from '../metadata/revision.js';
import { readJson, readWord } from '../metadata/stored.js';
import type { Tables } from '../metadata/tables.js';

const ORIGINS = ['workspace', 'user', 'endpoint', 'custom'] as const;

const scope = Type.Object({
  /** Such as `PIPES:READ`. */
  type: Type.String(),
  /** The id of the resource that the scope is about; none when it is about the whole Workspace. */
  resource: Type.Optional(Type.String()),
  /** A condition that rows must meet (TK-10); none when every row may be read. */
  filter: Type.Optional(Type.String()),
});

const scopes = Compile(Type.Array(scope));

/** One right of a token (TK-01). */
export type TokenScope = Static<typeof scope>;

/** A static token (TK-01). */
export interface Token {
  /** A UUID; stays when the token is refreshed. */
  id: string;
  workspaceId: string;
  /** Unique in its Workspace; case matters. */
  name: string;
  description: string;
  /** A UUID that goes into the token's text. The text is derived from it and never stored. */
  secretId: string;
  /** What made it. */
  origin: (typeof ORIGINS)[number];
  scopes: TokenScope[];
  /** `YYYY-MM-DD HH:MM:SS.ffffff`, UTC (GN-22). */
  createdAt: string;
  updatedAt: string;
}

/** The static tokens of every Workspace. Each write also counts the Workspace's revision. */
export class TokenStore {
  constructor(private readonly db: Kysely<Tables>) {}

  /**
   * Adds a token (TK-02).
   * @throws NameTakenError when another token of the Workspace has that name.
   */
  async create(token: Token): Promise<void> {
    await this.db.transaction().execute(async (transaction) => {
      const created = await transaction
        .insertInto('tokens')
        .values(toRow(token))
        .onConflict((conflict) => conflict.columns(['workspace_id', 'name']).doNothing())
        .returning('id')
        .executeTakeFirst();
      if (created === undefined) throw new NameTakenError(token.name, 'token');
      await bumpRevision(transaction, token.workspaceId);
    });
  }

  /** The token with that id, or undefined. */
  async byId(id: string): Promise<Token | undefined> {
    const row = await this.select().where('id', '=', id).executeTakeFirst();
    return row && toToken(row);
  }

  /** The token whose text has that secret id, or undefined: it was removed or refreshed. */
  async bySecretId(secretId: string): Promise<Token | undefined> {
    const row = await this.select().where('secret_id', '=', secretId).executeTakeFirst();
    return row && toToken(row);
  }

  /** Every token of a Workspace, oldest first (TK-01). */
  async listByWorkspace(workspaceId: string): Promise<Token[]> {
    const rows = await this.select()
      .where('workspace_id', '=', workspaceId)
      .orderBy('created_at')
      .orderBy('name')
      .execute();
    return rows.map(toToken);
  }

  /** Removes a token (TK-08). @returns whether there was one. */
  async delete(id: string): Promise<boolean> {
    return this.db.transaction().execute(async (transaction) => {
      const deleted = await transaction
        .deleteFrom('tokens')
        .where('id', '=', id)
        .returning('workspace_id')
        .executeTakeFirst();
      if (deleted === undefined) return false;
      await bumpRevision(transaction, deleted.workspace_id);
      return true;
    });
  }

  /**
   * Refreshes a token (TK-05): from now on only the text with the new secret id is valid.
   * @param at the time of the change (GN-22).
   * @throws RecordMissingError when there is no such token.
   */
  async replaceSecret(id: string, secretId: string, at: string): Promise<void> {
    await this.db.transaction().execute(async (transaction) => {
      const replaced = await transaction
        .updateTable('tokens')
        .set({ secret_id: secretId, updated_at: at })
        .where('id', '=', id)
        .returning('workspace_id')
        .executeTakeFirst();
      if (replaced === undefined) throw new RecordMissingError('token', id);
      await bumpRevision(transaction, replaced.workspace_id);
    });
  }

  private select() {
    return this.db.selectFrom('tokens').selectAll();
  }
}

function toRow(token: Token): Selectable<Tables['tokens']> {
  return {
    id: token.id,
    workspace_id: token.workspaceId,
    name: token.name,
    description: token.description,
    secret_id: token.secretId,
    origin: token.origin,
    scopes: JSON.stringify(token.scopes),
    created_at: token.createdAt,
    updated_at: token.updatedAt,
  };
}

function toToken(row: Selectable<Tables['tokens']>): Token {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    name: row.name,
    description: row.description,
    secretId: row.secret_id,
    origin: readWord(ORIGINS, row.origin, `tokens.origin of ${row.id}`),
    scopes: readJson(scopes, row.scopes, `tokens.scopes of ${row.id}`),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
