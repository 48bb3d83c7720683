import type { Transaction } from 'kysely';
import { NameTakenError, type ResourceKind } from './errors.js';
import { readWord } from './stored.js';
import type { Tables } from './tables.js';

const KINDS = ['datasource', 'pipe'] as const satisfies readonly ResourceKind[];

/** A name of a Workspace and the resource that has it. Names differ by case. */
export interface NameClaim {
  workspaceId: string;
  name: string;
  kind: ResourceKind;
  resourceId: string;
}

/**
 * Takes a name in the one name space of a Workspace (DM-05), before the resource's own row is written.
 * @throws NameTakenError when a Data Source or Pipe has it; of callers at the same time one wins.
 */
export async function claimName(transaction: Transaction<Tables>, claim: NameClaim): Promise<void> {
  // The update changes nothing: with it the statement gives back the row of whoever has the name, so there is no
  // moment between finding the name taken and reading by whom.
  const holder = await transaction
    .insertInto('resource_names')
    .values({
      workspace_id: claim.workspaceId,
      name: claim.name,
      kind: claim.kind,
      resource_id: claim.resourceId,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['workspace_id', 'name'])
        .doUpdateSet((row) => ({ kind: row.ref('resource_names.kind') })),
    )
    .returning(['kind', 'resource_id'])
    .executeTakeFirstOrThrow();
  if (holder.resource_id === claim.resourceId) return;
  throw new NameTakenError(claim.name, readWord(KINDS, holder.kind, `resource_names.kind of ${claim.name}`));
}

/**
 * Gives a resource another name (DM-10), in the name space and, by `on update cascade`, in its own row. The new name is claimed by a
 * row of its own first, so that of callers at the same time one wins, in either database.
 * @throws NameTakenError when another Data Source or Pipe has it.
 */
export async function moveName(transaction: Transaction<Tables>, claim: NameClaim): Promise<void> {
  const { workspaceId, name, resourceId } = claim;
  const held = transaction.selectFrom('resource_names').select('name').where('resource_id', '=', resourceId);
  if ((await held.executeTakeFirst())?.name === name) return;
  await claimName(transaction, { ...claim, resourceId: `new name of ${resourceId}` });
  await transaction
    .deleteFrom('resource_names')
    .where('workspace_id', '=', workspaceId)
    .where('name', '=', name)
    .execute();
  await transaction
    .updateTable('resource_names')
    .set({ name })
    .where('resource_id', '=', resourceId)
    .execute();
}

/**
 * Gives a resource's name back. The rows of the resource itself go with it (`on delete cascade`).
 * @returns the id of its Workspace, or undefined when there is no such resource.
 */
export async function releaseName(
  transaction: Transaction<Tables>,
  kind: ResourceKind,
  resourceId: string,
): Promise<string | undefined> {
  const released = await transaction
    .deleteFrom('resource_names')
    .where('resource_id', '=', resourceId)
    .where('kind', '=', kind)
    .returning('workspace_id')
    .executeTakeFirst();
  return released?.workspace_id;
}
