import { type QueryExecutorProvider, sql } from 'kysely';

/** What materialized nodes are: a JSON text for each of them, null for all other nodes. */
export async function up(transaction: QueryExecutorProvider): Promise<void> {
  await sql`alter table pipe_nodes add column materialization text`.execute(transaction);
}
