import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.js';

/**
 * Writes down every table of the current schema with its columns, constraints and indexes as SQL, by name; ends with a
 * line break. It asks the catalog and not `pg_dump`, whose text differs between versions.
 */
export async function dumpSchema(db: Kysely<Tables>): Promise<string> {
  const { rows } = await sql<{ table: string; lines: string[]; indexes: string[] }>`
    select relname as "table",
      array(${columns}) || array(${constraints}) as lines,
      array(${indexes}) as indexes
    from pg_class as t
    where relkind = 'r' and relnamespace = current_schema()::regnamespace
    order by relname collate "C"`.execute(db);
  return rows.map(writeTable).join('\n');
}

function writeTable({
  table,
  lines,
  indexes,
}: {
  table: string;
  lines: string[];
  indexes: string[];
}): string {
  const body = lines.map((line) => `  ${line}`).join(',\n');
  return [`create table ${table} (\n${body}\n);\n`, ...indexes.map((index) => `${index};\n`)].join('');
}

const columns = sql`
  select concat_ws(' ', attname, format_type(atttypid, atttypmod),
    case when attnotnull then 'not null' end, 'default ' || pg_get_expr(adbin, adrelid))
  from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attrelid = t.oid and attnum > 0 and not attisdropped
  order by attnum`;

/** Since version 18 `not null` is a constraint too (type n); the columns show it already. */
const constraints = sql`
  select 'constraint ' || conname || ' ' || pg_get_constraintdef(oid)
  from pg_constraint
  where conrelid = t.oid and contype <> 'n'
  order by conname collate "C"`;

const indexes = sql`
  select replace(pg_get_indexdef(indexrelid), current_schema() || '.', '')
  from pg_index
  where indrelid = t.oid and not exists (select from pg_constraint where conindid = indexrelid)
  order by indexrelid::regclass::text collate "C"`;
