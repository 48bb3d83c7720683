import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.js';

/** Writes down every table and index of the database as SQL, by name; ends with a line break. */
export async function dumpSchema(db: Kysely<Tables>): Promise<string> {
  const { rows } = await sql<{ sql: string }>`
    select sql from sqlite_schema where sql is not null order by tbl_name, type desc, name`.execute(db);
  return rows.map((row) => `${row.sql};\n`).join('\n');
}
