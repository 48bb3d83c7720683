import type { Engine } from '@goldcrest/engine';
import { namesRead } from '../pipes/namesRead.js';
import type { Pipe } from '../pipes/store.js';
import type { Snapshot } from '../workspaces/index.js';
import type { DataSource, StoredColumn, StoredEngine } from './store.js';
import { quarantineName } from './tables.js';

/** Rows and bytes of a table, as the engine knows them. */
export interface TableStatistics {
  rows: number;
  bytes: number;
}

/** Size of every table of the Workspace by name (DS-44). */
export async function tableStatistics(
  engine: Engine,
  { database }: Pick<Snapshot, 'database'>,
): Promise<Map<string, TableStatistics>> {
  const { body } = await engine.query({
    sql: `SELECT name, toFloat64(ifNull(total_rows, 0)), toFloat64(ifNull(total_bytes, 0)) FROM system.tables
      WHERE database = currentDatabase()`,
    database,
    format: 'JSONCompactEachRow',
  });
  const lines = new TextDecoder()
    .decode(body)
    .split('\n')
    .filter((line) => line !== '');
  return new Map(lines.map(readStatistics));
}

function readStatistics(line: string): [string, TableStatistics] {
  const [table, rows, bytes]: unknown[] = JSON.parse(line);
  return [String(table), { rows: Number(rows), bytes: Number(bytes) }];
}

/** A column that a Data Source could have for what its events have and no column reads (EV-24). */
export interface NewColumn {
  type: string;
  jsonpath: string;
}

/** What the API shows of a Data Source besides its metadata. */
export interface DataSourceFacts {
  statistics: ReadonlyMap<string, TableStatistics>;
  /** By the names that the columns would get. */
  newColumns: (datasource: DataSource) => Readonly<Record<string, NewColumn>>;
}

/** A Data Source as the API shows it (DS-41, DS-42). */
export function describeDataSource(
  snapshot: Snapshot,
  datasource: DataSource,
  { statistics, newColumns }: DataSourceFacts,
): Record<string, unknown> {
  const own = statistics.get(datasource.name);
  return {
    id: datasource.id,
    name: datasource.name,
    cluster: 'goldcrest',
    tags: datasource.tags,
    created_at: datasource.createdAt,
    updated_at: datasource.updatedAt,
    replicated: false,
    version: 0,
    project: null,
    headers: {},
    shared_with: [],
    engine: describeEngine(datasource.engine),
    description: datasource.description,
    used_by: usedBy(snapshot, datasource).map(({ id, name }) => ({ id, name })),
    type: datasource.format,
    columns: datasource.columns.map(describeColumn),
    statistics: { bytes: own?.bytes ?? 0, row_count: own?.rows ?? 0 },
    new_columns_detected: newColumns(datasource),
    quarantine_rows: statistics.get(quarantineName(datasource.name))?.rows ?? 0,
  };
}

function describeEngine(engine: StoredEngine): Record<string, string> {
  const settings = Object.entries(engine.settings).map(([name, value]) => `${name}=${value}`);
  const optional = {
    engine_ttl: engine.ttl,
    engine_ver: engine.ver ?? '',
    engine_is_deleted: engine.isDeleted ?? '',
    engine_sign: engine.sign ?? '',
    engine_version: engine.version ?? '',
    engine_sampling_key: engine.samplingKey ?? '',
    engine_join_strictness: engine.joinStrictness ?? '',
    engine_join_type: engine.joinType ?? '',
    engine_key_columns: engine.keyColumns ?? '',
    engine_settings: settings.join(', '),
  };
  return {
    engine: engine.engine,
    engine_sorting_key: engine.sortingKey,
    engine_partition_key: engine.partitionKey,
    engine_primary_key: engine.primaryKey || engine.sortingKey,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== '')),
  };
}

function describeColumn(column: StoredColumn): Record<string, unknown> {
  return {
    name: column.name,
    type: column.type,
    codec: column.codec,
    default_value: column.defaultExpression === null ? null : `DEFAULT ${column.defaultExpression}`,
    jsonpath: column.jsonPath,
    nullable: column.nullable,
    normalized_name: column.name,
  };
}

/** The Pipes whose SQL names the Data Source (DS-46). */
export function usedBy(snapshot: Snapshot, datasource: DataSource): Pipe[] {
  return snapshot.pipes.all.filter((pipe) => {
    const names = snapshot.once(`mentions ${pipe.id}`, () => mentionsOf(pipe));
    return names.has(datasource.name) || names.has(datasource.id);
  });
}

function mentionsOf(pipe: Pipe): ReadonlySet<string> {
  return new Set(pipe.nodes.flatMap((node) => [...namesRead(node)]));
}

/** Only the attributes that `attrs` lists, or all when it is not given (DS-43, PI-06). */
export function pickAttributes(
  item: Record<string, unknown>,
  attrs: string | undefined,
): Record<string, unknown> {
  const names = (attrs ?? '').split(',').map((name) => name.trim());
  const wanted = names.filter((name) => name !== '');
  if (wanted.length === 0) return item;
  return Object.fromEntries(Object.entries(item).filter(([name]) => wanted.includes(name)));
}
