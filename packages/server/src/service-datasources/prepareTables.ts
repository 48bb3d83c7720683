import type { Engine } from '@goldcrest/engine';
import { quoteIdentifier, quoteString } from '@goldcrest/sql';
import { OWNER_COLUMN, type ServiceColumn, type ServiceTable } from './serviceTable.js';
import { SERVICE_TABLES } from './tables.js';

/** The database in which queries find the Service Data Sources. It has nothing but views. */
export const SERVICE_DATABASE = 'tinybird';

/** The database of their rows, of all Workspaces. No query of a user may name it. */
export const STORE_DATABASE = 'goldcrest';

/** Inserts that the engine remembers, so that a repeated one writes nothing. */
const DEDUPLICATION_WINDOW = 1000;

/**
 * Makes the Service Data Sources, or brings those of an earlier version up to date: columns that are new are added, those of another
 * type get the type of now, and rows are kept as long as is said now. Can be repeated, also by several nodes at once.
 *
 * A query reads a view, never the table. The view shows the rows of the database in which the query runs, which is always that of
 * the caller's Workspace; a query that ran in another place would see nothing (SV-05). The condition is a PREWHERE, so that the
 * engine evaluates nothing of the query on other rows: in a WHERE it could be put after the query's own conditions, whose errors
 * would tell of them.
 */
export async function prepareServiceTables(engine: Engine): Promise<void> {
  for (const database of [STORE_DATABASE, SERVICE_DATABASE]) {
    await engine.command({ sql: `CREATE DATABASE IF NOT EXISTS ${database}` });
  }
  for (const table of SERVICE_TABLES) {
    await engine.command({ sql: createTableSql(table) });
    // The rows that are there keep their old time until they are merged.
    await engine.command({ sql: updateSql(table), settings: { materialize_ttl_after_modify: 0 } });
    for (const sql of feedSqls(table)) await engine.command({ sql });
    await engine.command({ sql: viewSql(table) });
  }
}

function createTableSql(table: ServiceTable): string {
  const columns = [`${OWNER_COLUMN} LowCardinality(String)`, ...table.columns.map(storedColumn)];
  return `CREATE TABLE IF NOT EXISTS ${stored(table.name)} (\n  ${columns.join(',\n  ')}\n)
ENGINE = ${table.engine}
PARTITION BY ${table.partitionedBy}
ORDER BY (${[OWNER_COLUMN, ...table.sortedBy].join(', ')})
SETTINGS non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}, ttl_only_drop_parts = 1`;
}

function updateSql({ name, columns, kept }: ServiceTable): string {
  const changes = columns.flatMap((column) => [
    `ADD COLUMN IF NOT EXISTS ${storedColumn(column)}`,
    `MODIFY COLUMN ${storedColumn(column)}`,
  ]);
  if (kept !== null) changes.push(`MODIFY TTL ${kept.from} + INTERVAL ${kept.days} DAY`);
  return `ALTER TABLE ${stored(name)} ${changes.join(', ')}`;
}

/** Rows are made as others are inserted, in the same insert and with the same protection against a second time. */
function feedSqls(table: ServiceTable): string[] {
  if (table.madeFrom === null) return [];
  const feed = stored(`${table.name}_feed`);
  const columns = table.columns.map(({ name, from = name }) => `${from} AS ${quoteIdentifier(name)}`);
  const select = `SELECT ${OWNER_COLUMN}, ${columns.join(', ')}
FROM ${stored(table.madeFrom)}
GROUP BY ${[OWNER_COLUMN, ...table.sortedBy].join(', ')}`;
  return [
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${feed} TO ${stored(table.name)} AS\n${select}`,
    `ALTER TABLE ${feed} MODIFY QUERY ${select}`,
  ];
}

function viewSql(table: ServiceTable): string {
  const merged = table.engine === 'AggregatingMergeTree' ? ' FINAL' : '';
  return `CREATE OR REPLACE VIEW ${SERVICE_DATABASE}.${quoteIdentifier(table.name)} (${viewColumns(table).join(', ')}) AS
SELECT ${table.columns.map(shownColumn).join(', ')}
FROM ${stored(table.name)}${merged}
PREWHERE ${OWNER_COLUMN} = currentDatabase()`;
}

function viewColumns({ columns }: ServiceTable): string[] {
  return columns.flatMap(({ name, type, alias }) => {
    const column = quoteIdentifier(name);
    const shown = `${column} ${type}`;
    return alias === undefined ? [shown] : [shown, `${quoteIdentifier(alias)} ${type} ALIAS ${column}`];
  });
}

function storedColumn({ name, type, stored = type }: ServiceColumn): string {
  return `${quoteIdentifier(name)} ${stored}`;
}

function shownColumn({ name, type, stored }: ServiceColumn): string {
  const column = quoteIdentifier(name);
  return stored === undefined ? column : `CAST(${column}, ${quoteString(type)}) AS ${column}`;
}

function stored(table: string): string {
  return `${STORE_DATABASE}.${quoteIdentifier(table)}`;
}
