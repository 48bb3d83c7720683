import type { Kysely, Transaction } from 'kysely';
import { MetadataTooNewError } from './errors.js';
import { type Migration, migrations } from './migrations/index.js';
import type { Tables } from './tables.js';
import { type Clock, timestamp } from './timestamp.js';

/**
 * Brings a database up to date: runs the migrations that it doesn't have, in order, each in a transaction of its own.
 * The table `migrations` must exist. Several processes may do this at the same time.
 * @throws MetadataTooNewError when the database has a migration that this program doesn't know.
 */
export async function migrate(db: Kysely<Tables>, clock: Clock): Promise<void> {
  const applied = await db.selectFrom('migrations').select('name').orderBy('name').execute();
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = applied.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new MetadataTooNewError(unknown);
  for (const migration of migrations) {
    await db.transaction().execute((transaction) => apply(transaction, migration, timestamp(clock())));
  }
}

/**
 * The migration is recorded before it runs: a second process that wants to record the same one waits on that row until
 * this transaction has ended, and then finds it done.
 */
async function apply(transaction: Transaction<Tables>, { name, up }: Migration, at: string): Promise<void> {
  const claimed = await transaction
    .insertInto('migrations')
    .values({ name, applied_at: at })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('name')
    .executeTakeFirst();
  if (claimed !== undefined) await up(transaction);
}
