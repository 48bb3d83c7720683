import { quoteIdentifier, quoteSettings } from '@goldcrest/sql';
import type { DataSource, StoredColumn, StoredEngine } from './store.js';

/** Columns of a quarantine table besides the Data Source's own (QR-03…QR-06). */
export const QUARANTINE_COLUMNS = {
  errorColumns: 'c__error_column',
  errors: 'c__error',
  importId: 'c__import_id',
  insertionDate: 'insertion_date',
} as const;

/** What the name of a quarantine table ends in (QR-01). */
export const QUARANTINE_SUFFIX = '_quarantine';

/** The name of a Data Source's quarantine table (QR-01). */
export function quarantineName(datasourceName: string): string {
  return datasourceName + QUARANTINE_SUFFIX;
}

/**
 * Blocks that a table knows again when they are inserted a second time, so that a repeated insert writes nothing twice (EV-27). An insert
 * makes one for each partition that it touches: in two minutes, which is what it may take, the engine writes fewer than half of these. And so
 * many are those of some hours at one insert a second, longer than any insert is tried again.
 */
const DEDUPLICATION_WINDOW = 20_000;

/** What an earlier version had in its place. */
const EARLIER_WINDOW = 5000;

/** Says in `system.tables` of a table that it does not know inserts again as new tables do. Another number is somebody's own. */
export const KNOWS_TOO_FEW = `position(engine_full, 'non_replicated_deduplication_window') = 0
  OR match(engine_full, 'non_replicated_deduplication_window = ${EARLIER_WINDOW}\\\\b')`;

/** Settings of every table that can know inserts again: all but those of Join and Null. */
const MERGE_TREE_SETTINGS = { non_replicated_deduplication_window: DEDUPLICATION_WINDOW };

/**
 * Settings that a current engine needs to accept tables that existing projects declare: Nullable columns in keys, plain
 * columns in an AggregatingMergeTree.
 */
function compatibilitySettings(engine: string): Record<string, number> {
  const dimensions = engine === 'AggregatingMergeTree' ? { allow_dimensions_outside_sorting_key: 1 } : {};
  return { allow_nullable_key: 1, ...dimensions, ...MERGE_TREE_SETTINGS };
}

/** Query settings with which tables are made: types such as `LowCardinality(UInt64)` are accepted. */
export const CREATE_TABLE_SETTINGS = { allow_suspicious_low_cardinality_types: 1 };

/**
 * The statement that makes a Data Source's table. Names are quoted here; expressions and types were checked when the Data
 * Source was defined (`checkExpressions`, `parseSchema`).
 */
export function createTableSql(database: string, datasource: DataSource): string {
  const columns = datasource.columns.map(columnSql).join(',\n  ');
  const table = `${quoteIdentifier(database)}.${quoteIdentifier(datasource.name)}`;
  return `CREATE TABLE ${table} (\n  ${columns}\n)\n${engineSql(datasource)}`;
}

function columnSql(column: StoredColumn): string {
  const parts = [quoteIdentifier(column.name), column.type];
  if (column.defaultExpression !== null) parts.push(`DEFAULT (${column.defaultExpression})`);
  if (column.codec !== null) parts.push(column.codec);
  return parts.join(' ');
}

function engineSql({ engine }: DataSource): string {
  if (engine.engine === 'Null') return 'ENGINE = Null';
  if (engine.engine === 'Join') return joinSql(engine);
  const columns = [engine.ver, engine.isDeleted, engine.sign, engine.version].filter(
    (name) => name !== undefined,
  );
  const clauses = [`ENGINE = ${engine.engine}(${columns.map(quoteIdentifier).join(', ')})`];
  if (engine.partitionKey !== '') clauses.push(`PARTITION BY (${engine.partitionKey})`);
  if (engine.primaryKey !== '') clauses.push(`PRIMARY KEY (${engine.primaryKey})`);
  clauses.push(`ORDER BY (${engine.sortingKey})`);
  if (engine.samplingKey !== undefined) clauses.push(`SAMPLE BY (${engine.samplingKey})`);
  if (engine.ttl !== '') clauses.push(`TTL ${engine.ttl}`);
  clauses.push(
    `SETTINGS ${quoteSettings({ ...compatibilitySettings(engine.engine), ...numbers(engine.settings) })}`,
  );
  return clauses.join('\n');
}

/** Strictness and type are among the words that `readEngine` lets through. */
function joinSql({ joinStrictness = 'ANY', joinType = 'LEFT', keyColumns = '' }: StoredEngine): string {
  const keys = keyColumns.split(', ').map(quoteIdentifier).join(', ');
  return `ENGINE = Join(${joinStrictness}, ${joinType}, ${keys})`;
}

function numbers(settings: Record<string, string>): Record<string, number> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, Number(value)]));
}

/** The statement that makes a Data Source's quarantine table: every column as text, and what was wrong (QR-02…QR-06). */
export function createQuarantineSql(database: string, datasource: DataSource): string {
  const { errorColumns, errors, importId, insertionDate } = QUARANTINE_COLUMNS;
  const columns = [
    ...datasource.columns.map((column) => `${quoteIdentifier(column.name)} Nullable(String)`),
    `${errorColumns} Array(String)`,
    `${errors} Array(String)`,
    `${importId} Nullable(String)`,
    `${insertionDate} DateTime DEFAULT now()`,
  ];
  const table = `${quoteIdentifier(database)}.${quoteIdentifier(quarantineName(datasource.name))}`;
  return `CREATE TABLE ${table} (\n  ${columns.join(',\n  ')}\n)
ENGINE = MergeTree ORDER BY ${insertionDate}
SETTINGS ${quoteSettings(MERGE_TREE_SETTINGS)}`;
}

/** The statement that gives a table of an earlier version what `createTableSql` gives a new one. */
export function addDeduplicationSql(database: string, table: string): string {
  const name = `${quoteIdentifier(database)}.${quoteIdentifier(table)}`;
  return `ALTER TABLE ${name} MODIFY SETTING ${quoteSettings(MERGE_TREE_SETTINGS)}`;
}

/** The statement that removes a table, whether it is there or not. */
export function dropTableSql(database: string, table: string): string {
  return `DROP TABLE IF EXISTS ${quoteIdentifier(database)}.${quoteIdentifier(table)} SYNC`;
}
