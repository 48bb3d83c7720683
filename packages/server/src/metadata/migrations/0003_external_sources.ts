import { type QueryExecutorProvider, sql } from 'kysely';

/** What each Workspace allows its queries to read from other servers: a row for those that ever allowed any. */
export async function up(transaction: QueryExecutorProvider): Promise<void> {
  await sql`create table external_sources (
  workspace_id text not null primary key references workspaces (id) on delete cascade,
  functions text not null,
  addresses text not null,
  updated_at text not null
)`.execute(transaction);
}
