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
 * Inserts that a table remembers, so that one which is repeated after a crash writes nothing. At that time no more than a few were not
 * known to be done.
 */
const DEDUPLICATION_WINDOW = 1000;

/**
 * Settings that a current engine needs to accept tables that existing projects declare: Nullable columns in keys, plain
 * columns in an AggregatingMergeTree.
 */
function compatibilitySettings(engine: string): Record<string, number> {
  const dimensions = engine === 'AggregatingMergeTree' ? { allow_dimensions_outside_sorting_key: 1 } : {};
  return { allow_nullable_key: 1, non_replicated_deduplication_window: DEDUPLICATION_WINDOW, ...dimensions };
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
  return `CREATE TABLE ${table} (\n  ${columns.join(',\n  ')}\n)\nENGINE = MergeTree ORDER BY ${insertionDate}
SETTINGS non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`;
}

/** The statement that removes a table, whether it is there or not. */
export function dropTableSql(database: string, table: string): string {
  return `DROP TABLE IF EXISTS ${quoteIdentifier(database)}.${quoteIdentifier(table)} SYNC`;
}
