import type { Transaction } from 'kysely';
import type { Tables } from './tables.js';

/**
 * Counts a write to a Workspace, so that a cache of it can tell that it is stale. Call it last in a transaction: it
 * locks the Workspace's row, and only when every writer takes that lock last can two of them never wait for each other.
 */
export async function bumpRevision(transaction: Transaction<Tables>, workspaceId: string): Promise<void> {
  await transaction
    .updateTable('workspaces')
    .set((column) => ({ revision: column('revision', '+', 1) }))
    .where('id', '=', workspaceId)
    .execute();
}
