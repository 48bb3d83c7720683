import { type Engine, EngineError } from '@goldcrest/engine';
import {
  AstError,
  type ColumnDefinition,
  checkExpressionAst,
  checkResourceName,
  GateError,
  parseSchema,
  SchemaError,
} from '@goldcrest/sql';
import { ApiError, isOutOfSpace, outOfSpace, withoutDatabase } from '../errors/index.js';
import { type Clock, type Metadata, newResourceId, timestamp } from '../metadata/index.js';
import type { OperationLog } from '../service-datasources/index.js';
import {
  checkNameIsFree,
  databaseOf,
  refuseTakenName,
  type Snapshot,
  type WorkspaceCatalog,
} from '../workspaces/index.js';
import { tableStatistics } from './describe.js';
import { readEngine } from './engineOptions.js';
import { takeBack, takeBackLeftover } from './leftovers.js';
import type { DataSource, StoredEngine } from './store.js';
import {
  CREATE_TABLE_SETTINGS,
  createQuarantineSql,
  createTableSql,
  dropTableSql,
  QUARANTINE_COLUMNS,
  quarantineName,
} from './tables.js';

/** Where Data Sources are. */
export interface DataSourceStores {
  engine: Engine;
  metadata: Metadata;
  catalog: WorkspaceCatalog;
  clock: Clock;
}

/** What changing Data Sources needs. */
export interface DataSourceNeeds extends DataSourceStores {
  operations: OperationLog;
  /** Drops the events that were taken for a Data Source and are not in its table yet; resolves when none of them is on its way there. */
  dropEvents: (datasource: DataSource) => Promise<void>;
}

/** What a client asks for when it makes a Data Source from a schema (DS-01, DS-28). */
export interface NewDataSource {
  name: string;
  schema: string;
  format: DataSource['format'];
  description: string;
  /** The parameters that begin with `engine`. */
  engineOptions: readonly [string, string][];
}

/**
 * Makes an empty Data Source: first its name is taken in the metadata, then its tables are made, then it becomes visible. When
 * anything fails nothing is left; what a crash leaves is removed at the next start (`removeUnfinished`). What becomes of one that
 * could take its name is in the log of operations.
 * @param requestId the request that asks for it
 * @throws ApiError invalid_name, name_taken, invalid_schema, invalid_engine
 */
export async function createDataSource(
  needs: DataSourceNeeds,
  snapshot: Snapshot,
  wanted: NewDataSource,
  requestId: string,
): Promise<DataSource> {
  const problem = checkResourceName(wanted.name);
  if (problem !== undefined) throw ApiError.of('invalid_name', { reason: problem });
  checkNameIsFree(snapshot, wanted.name);
  const columns = readSchema(wanted);
  const engine = readEngine(wanted.engineOptions, columns);
  await checkExpressions(needs.engine, columns, engine);
  const datasource = newDataSource(needs.clock, snapshot.workspace.id, wanted, columns, engine);
  await takeBackLeftover(needs, datasource).catch((error: unknown) => {
    throw asSchemaProblem(error, datasource.name);
  });
  await refuseTakenName(() => needs.metadata.datasources.reserve(datasource));
  await needs.operations.during({ kind: 'create', datasource, requestId }, () =>
    makeReady(needs, datasource),
  );
  return { ...datasource, status: 'ready' };
}

/** Makes the tables of a Data Source whose name is taken; when that fails, takes back what it has made. */
async function makeReady(needs: DataSourceStores, datasource: DataSource): Promise<void> {
  const made: string[] = [];
  try {
    await createTables(needs.engine, datasource, made);
    await needs.metadata.datasources.markReady(datasource.id);
  } catch (error) {
    // Why that fails says less than why there is something to take back.
    await takeBack(needs, { datasource, made }).catch(() => {});
    throw asSchemaProblem(error, datasource.name);
  } finally {
    needs.catalog.changed(datasource.workspaceId);
  }
}

function newDataSource(
  clock: Clock,
  workspaceId: string,
  wanted: NewDataSource,
  columns: ColumnDefinition[],
  engine: StoredEngine,
): DataSource {
  const now = timestamp(clock());
  const { name, description, format } = wanted;
  const common = { id: newResourceId(), workspaceId, name, description, format, columns, engine, tags: {} };
  return { ...common, status: 'creating', createdAt: now, updatedAt: now };
}

/** Columns that would be mistaken for the quarantine's own. */
function refuseReserved(columns: readonly ColumnDefinition[]): void {
  const own: readonly string[] = Object.values(QUARANTINE_COLUMNS);
  const reserved = columns.find((column) => own.includes(column.name));
  if (reserved === undefined) return;
  const reason = `the column name \`${reserved.name}\` is reserved for quarantine, with ${own.join(', ')}. Choose another one.`;
  throw ApiError.of('invalid_schema', { reason });
}

/** Codecs that need keys, which are nowhere: the table could be made and never be written. */
function refuseEncryption(columns: readonly ColumnDefinition[]): void {
  const encrypted = columns.find((column) => /AES_|Encrypted/i.test(column.codec ?? ''));
  if (encrypted === undefined) return;
  const reason = `the codec of \`${encrypted.name}\` encrypts, which this server has no keys for.`;
  throw ApiError.of('invalid_schema', { reason });
}

function readSchema(wanted: NewDataSource): ColumnDefinition[] {
  const columns = parse(wanted.schema);
  refuseReserved(columns);
  refuseEncryption(columns);
  const without = columns.filter((column) => column.jsonPath === null);
  if (wanted.format === 'csv' || without.length === 0) return columns;
  const [first] = without;
  const reason = `the column \`${first?.name}\` has no JSONPath, which the format ${wanted.format} needs. Write it after the type, e.g. ${first?.name} ${first?.type} \`json:$.${first?.name}\`.`;
  throw ApiError.of('invalid_schema', { reason });
}

function parse(schema: string): ColumnDefinition[] {
  try {
    return parseSchema(schema);
  } catch (error) {
    if (error instanceof SchemaError)
      throw ApiError.of('invalid_schema', { reason: error.message }, { cause: error });
    throw error;
  }
}

/** Lets no expression into a table definition that reads anything but the row's own columns. */
async function checkExpressions(
  engine: Engine,
  columns: ColumnDefinition[],
  options: StoredEngine,
): Promise<void> {
  const { sortingKey, partitionKey, primaryKey, samplingKey = '', ttl } = options;
  const keys = {
    engine_sorting_key: sortingKey,
    engine_partition_key: partitionKey,
    engine_primary_key: primaryKey,
  };
  const others = { engine_sampling_key: samplingKey, engine_ttl: ttl };
  for (const [name, text] of Object.entries({ ...keys, ...others })) {
    if (text !== '') await checkFragment(engine, text, (reason) => wrongOption(name, reason));
  }
  for (const column of columns) {
    const text = column.defaultExpression;
    if (text !== null) await checkFragment(engine, text, (reason) => wrongDefault(column.name, reason));
  }
}

async function checkFragment(
  engine: Engine,
  text: string,
  wrong: (reason: string) => ApiError,
): Promise<void> {
  try {
    checkExpressionAst(await engine.explainAst(`SELECT tuple(${text})`));
  } catch (error) {
    if (error instanceof EngineError || error instanceof GateError || error instanceof AstError)
      throw wrong(error.message);
    throw error;
  }
}

function wrongOption(name: string, reason: string): ApiError {
  return ApiError.of('invalid_engine', { reason: `\`${name}\` can not be used: ${reason}` });
}

function wrongDefault(column: string, reason: string): ApiError {
  return ApiError.of('invalid_schema', { reason: `the default of \`${column}\` can not be used: ${reason}` });
}

async function createTables(engine: Engine, datasource: DataSource, made: string[]): Promise<void> {
  const database = databaseOf(datasource.workspaceId);
  await engine.command({ sql: createTableSql(database, datasource), settings: CREATE_TABLE_SETTINGS });
  made.push(datasource.name);
  await engine.command({ sql: createQuarantineSql(database, datasource) });
  made.push(quarantineName(datasource.name));
}

/** The database's number for a table that is there already. */
const TABLE_ALREADY_EXISTS = 57;

/** What the engine says of a table definition is about the schema: unknown types, keys of unknown columns. */
function asSchemaProblem(error: unknown, name: string): unknown {
  if (!(error instanceof EngineError)) return error;
  if (isOutOfSpace(error)) return outOfSpace(error);
  if (error.code === TABLE_ALREADY_EXISTS) {
    const kind = 'Data Source or quarantine table';
    return ApiError.of('name_taken', { name, kind }, { cause: error });
  }
  const headers = { 'X-DB-Exception-Code': String(error.code) };
  return ApiError.of('invalid_schema', { reason: withoutDatabase(error.message) }, { headers, cause: error });
}

/**
 * Removes a Data Source: it becomes invisible, its tables go, then its name is free again (DS-49). In the log it is a `delete` of
 * all rows that it had: the documented query for Data Sources that are out of date leaves out those with a `delete`.
 * @param requestId the request that asks for it
 */
export async function removeDataSource(
  needs: DataSourceNeeds,
  datasource: DataSource,
  requestId: string,
): Promise<void> {
  const sizes = await tableStatistics(needs.engine, { database: databaseOf(datasource.workspaceId) });
  const rows = sizes.get(datasource.name)?.rows ?? 0;
  await needs.operations.during({ kind: 'delete', datasource, requestId, rows }, async () => {
    await needs.metadata.datasources.markDropping(datasource.id);
    needs.catalog.changed(datasource.workspaceId);
    // Before the name is free: an insert that is under way knows its table by the name only.
    await needs.dropEvents(datasource);
    await finishRemoval(needs, datasource);
  });
}

async function finishRemoval(needs: DataSourceStores, datasource: DataSource): Promise<void> {
  const database = databaseOf(datasource.workspaceId);
  for (const table of [datasource.name, quarantineName(datasource.name)]) {
    await needs.engine.command({ sql: dropTableSql(database, table) });
  }
  await needs.metadata.datasources.remove(datasource.id);
  needs.catalog.changed(datasource.workspaceId);
}

/**
 * At start: finishes what a crash interrupted, so that no table is without a Data Source and no name taken for nothing.
 * @param restMs how long a Data Source must have been unfinished. Where nodes share the metadata store, another one may be at it.
 */
export async function removeUnfinished(needs: DataSourceStores, restMs: number): Promise<number> {
  const latest = timestamp(new Date(needs.clock().getTime() - restMs));
  const unfinished = (await needs.metadata.datasources.unfinished()).filter(
    ({ updatedAt }) => updatedAt <= latest,
  );
  for (const datasource of unfinished) await finishRemoval(needs, datasource);
  return unfinished.length;
}
