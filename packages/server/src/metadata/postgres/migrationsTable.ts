import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.js';

/** The advisory lock's number: "gold" in ASCII. Every version of the program uses the same. */
const LOCK_KEY = 0x676f6c64;

/**
 * Makes the table that records migrations, when it isn't there. Two sessions that run `create table if not exists`
 * at once can both find it missing and one then fails, so one at a time goes in; the lock ends with the transaction.
 */
export async function createMigrationsTable(db: Kysely<Tables>): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${LOCK_KEY})`.execute(transaction);
    await sql`create table if not exists migrations (
  name text not null primary key,
  applied_at text not null
)`.execute(transaction);
  });
}
