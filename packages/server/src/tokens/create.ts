import { randomUUID } from 'node:crypto';
import type { Clock } from '../metadata/index.js';
import { timestamp } from '../metadata/index.js';
import type { Token, TokenScope } from './store.js';

/** The names of the tokens that every Workspace is made with (AU-20). */
export const WORKSPACE_ADMIN_TOKEN = 'workspace admin token';
export const ADMIN_TOKEN = 'admin token';
export const USER_TOKEN = 'user token';
const CREATE_DATASOURCE_TOKEN = 'create datasource token';

/** A token that has not been stored yet. */
export function newToken(
  workspaceId: string,
  clock: Clock,
  given: { name: string; origin: Token['origin']; scopes: TokenScope[]; description?: string },
): Token {
  const now = timestamp(clock());
  const { name, origin, scopes, description = '' } = given;
  return {
    id: randomUUID(),
    workspaceId,
    name,
    description,
    secretId: randomUUID(),
    origin,
    scopes,
    createdAt: now,
    updatedAt: now,
  };
}

/**
 * The tokens of a new Workspace (AU-20): the Workspace's admin token, the user's own admin token, one that creates Data
 * Sources, and the user token, which authorises what goes beyond a Workspace and nothing inside it (AU-22).
 */
export function defaultTokens(workspaceId: string, clock: Clock): Token[] {
  const admin: TokenScope[] = [{ type: 'ADMIN' }];
  return [
    newToken(workspaceId, clock, { name: WORKSPACE_ADMIN_TOKEN, origin: 'workspace', scopes: admin }),
    newToken(workspaceId, clock, { name: ADMIN_TOKEN, origin: 'user', scopes: admin }),
    newToken(workspaceId, clock, {
      name: CREATE_DATASOURCE_TOKEN,
      origin: 'workspace',
      scopes: [{ type: 'DATASOURCES:CREATE' }],
    }),
    newToken(workspaceId, clock, { name: USER_TOKEN, origin: 'user', scopes: [] }),
  ];
}
