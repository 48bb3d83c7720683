import { randomUUID } from 'node:crypto';
import type { Engine } from '@goldcrest/engine';
import { quoteIdentifier } from '@goldcrest/sql';
import { type Clock, type Metadata, timestamp } from '../metadata/index.js';
import { defaultTokens } from '../tokens/create.js';
import { databaseOf } from './snapshot.js';
import type { Workspace } from './store.js';

/** What making a Workspace needs. */
export interface WorkspaceNeeds {
  metadata: Metadata;
  engine: Engine;
  clock: Clock;
}

/**
 * Makes sure that the Workspace exists, with its tokens and its database (PM-04). Can be repeated after a crash at any point.
 * @returns the Workspace
 */
export async function ensureWorkspace(needs: WorkspaceNeeds, name: string): Promise<Workspace> {
  const workspace = (await needs.metadata.workspaces.byName(name)) ?? (await createWorkspace(needs, name));
  const present = new Set(
    (await needs.metadata.tokens.listByWorkspace(workspace.id)).map((token) => token.name),
  );
  for (const token of defaultTokens(workspace.id, needs.clock)) {
    if (!present.has(token.name)) await needs.metadata.tokens.create(token);
  }
  await needs.engine.command({
    sql: `CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(databaseOf(workspace.id))}`,
  });
  return workspace;
}

async function createWorkspace(needs: WorkspaceNeeds, name: string): Promise<Workspace> {
  const now = timestamp(needs.clock());
  const workspace: Workspace = { id: randomUUID(), name, createdAt: now, updatedAt: now };
  await needs.metadata.workspaces.create(workspace);
  return workspace;
}
