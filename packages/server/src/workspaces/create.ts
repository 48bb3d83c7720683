import { randomUUID } from 'node:crypto';
import type { Engine } from '@goldcrest/engine';
import { quoteIdentifier } from '@goldcrest/sql';
import { type Clock, type Metadata, NameTakenError, timestamp } from '../metadata/index.js';
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
  await unlessTaken(() => createWorkspace(needs, name));
  const workspace = await needs.metadata.workspaces.byName(name);
  if (workspace === undefined) throw new Error(`the Workspace ${name} was removed while it was being made`);
  const present = new Set(
    (await needs.metadata.tokens.listByWorkspace(workspace.id)).map((token) => token.name),
  );
  for (const token of defaultTokens(workspace.id, needs.clock)) {
    if (!present.has(token.name)) await unlessTaken(() => needs.metadata.tokens.create(token));
  }
  await needs.engine.command({
    sql: `CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(databaseOf(workspace.id))}`,
  });
  return workspace;
}

async function createWorkspace(needs: WorkspaceNeeds, name: string): Promise<void> {
  const now = timestamp(needs.clock());
  await needs.metadata.workspaces.create({ id: randomUUID(), name, createdAt: now, updatedAt: now });
}

/** Runs a write; when the name is there already, from an earlier start or another node that starts now, that is fine. */
async function unlessTaken(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof NameTakenError)) throw error;
  }
}
