import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.js';

/** Makes the table that records migrations, when it isn't there. SQLite has one writer at a time, so no lock is needed. */
export async function createMigrationsTable(db: Kysely<Tables>): Promise<void> {
  await sql`create table if not exists migrations (
  name text not null primary key,
  applied_at text not null
)`.execute(db);
}
