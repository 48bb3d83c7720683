import { type Engine, EngineError } from '@goldcrest/engine';
import {
  formatSchema,
  isNullable,
  parseColumnType,
  quoteIdentifier,
  quoteString,
  RESERVED_WORDS,
} from '@goldcrest/sql';
import {
  createDataSource,
  type DataSource,
  type DataSourceNeeds,
  type NewDataSource,
  quarantineName,
  removeDataSource,
  type StoredColumn,
  tableStatistics,
  usedBy,
} from '../datasources/index.js';
import { ApiError } from '../errors/index.js';
import type { ResultColumn } from '../queries/index.js';
import type { Snapshot } from '../workspaces/index.js';
import { linkedViews } from './linked.js';

/** What a request says of the Data Source that a node's rows are to go to (MV-02). */
export interface WantedTarget {
  /** Its name, or its id if it is there. */
  name: string;
  /** Whether one that is there is to be made anew. */
  override: boolean;
  /** The parameters that begin with `engine`; of no meaning for a Data Source that is there. */
  engineOptions: readonly [string, string][];
}

/** The Data Source that a node's rows go to. */
export interface SettledTarget {
  datasource: DataSource;
  /** Whether it was made for the view, and can go again when the view can not be made. */
  created: boolean;
}

/** The Workspace in which a target is looked for, and the request that asks for it. */
interface TargetRequest {
  snapshot: Snapshot;
  requestId: string;
}

/**
 * Finds the Data Source that a node is materialized into, or makes it with the node's columns (MZ-03).
 * @throws ApiError not_materializable when the columns do not fit (MZ-07), override_impossible, name_taken, invalid_name, invalid_engine,
 *   invalid_schema
 */
export async function settleTarget(
  needs: DataSourceNeeds,
  request: TargetRequest,
  node: { name: string; columns: readonly ResultColumn[] },
  wanted: WantedTarget,
): Promise<SettledTarget> {
  const { snapshot, requestId } = request;
  const existing = snapshot.datasources.find(wanted.name);
  if (existing === undefined) {
    return { datasource: await create(needs, request, node, wanted), created: true };
  }
  if (wanted.override) {
    await refuseIfInUse(needs.engine, snapshot, existing);
    await removeDataSource(needs, existing, requestId);
    const now = await needs.catalog.requireLatest(snapshot.workspace.id);
    const datasource = await create(needs, { snapshot: now, requestId }, node, {
      ...wanted,
      name: existing.name,
    });
    return { datasource, created: false };
  }
  await refuseIfUnfit(needs.engine, node, existing);
  return { datasource: existing, created: false };
}

/** Names of columns that a Data Source can have; the parts of nested ones have dots between. */
const COLUMN_NAME = /^[A-Za-z_]\w*(?:\.\w+)*$/;

function create(
  needs: DataSourceNeeds,
  { snapshot, requestId }: TargetRequest,
  { name: node, columns }: { name: string; columns: readonly ResultColumn[] },
  { name, engineOptions }: WantedTarget,
): Promise<DataSource> {
  const nameless = columns.find((column) => !COLUMN_NAME.test(column.name));
  if (nameless !== undefined) {
    const reason = `\`${nameless.name}\` is no name for a column of a Data Source. Give it one with AS.`;
    throw ApiError.of('not_materializable', { node, reason });
  }
  const plain = { jsonPath: null, defaultExpression: null, codec: null, nullable: false };
  const target: NewDataSource = {
    name,
    schema: formatSchema(columns.map((column) => ({ ...column, ...plain }))),
    format: 'csv',
    description: '',
    engineOptions: [...withDefaults(new Map(engineOptions), columns)],
  };
  return createDataSource(needs, snapshot, target, requestId);
}

/** States of aggregates need the engine that merges them, by all columns that are no states (MZ-06). */
function withDefaults(
  options: ReadonlyMap<string, string>,
  columns: readonly ResultColumn[],
): Map<string, string> {
  const isState = ({ type }: ResultColumn): boolean => /^(?:Simple)?AggregateFunction\(/.test(type);
  const complete = new Map(options);
  if (!columns.some(isState)) return complete;
  if (!complete.get('engine')) complete.set('engine', 'AggregatingMergeTree');
  if (complete.get('engine') === 'AggregatingMergeTree' && !complete.get('engine_sorting_key')) {
    const dimensions = columns.filter((column) => !isState(column));
    const key = dimensions.map(({ name }) => keyName(name)).join(', ');
    complete.set('engine_sorting_key', key || 'tuple()');
  }
  return complete;
}

/** A column in a sorting key, as people write it: quoted only where it has to be. */
function keyName(name: string): string {
  const isPlain =
    /^[A-Za-z_]\w*$/.test(name) && !RESERVED_WORDS.some((word) => word.toLowerCase() === name.toLowerCase());
  return isPlain ? name : quoteIdentifier(name);
}

/** Only what nobody would miss is made anew: without rows, and read, filled and named by nothing. */
async function refuseIfInUse(engine: Engine, snapshot: Snapshot, datasource: DataSource): Promise<void> {
  const { id, name } = datasource;
  const statistics = await tableStatistics(engine, snapshot);
  const rows = (statistics.get(name)?.rows ?? 0) + (statistics.get(quarantineName(name))?.rows ?? 0);
  const isNamed = [...snapshot.tokens.values()].some(({ scopes }) =>
    scopes.some(({ resource }) => resource === id),
  );
  const views = linkedViews(snapshot).filter(({ materialization: { datasourceId, readIds } }) =>
    [datasourceId, ...readIds].includes(id),
  );
  const isRead = views.length > 0 || usedBy(snapshot, datasource).length > 0;
  const reason =
    (rows > 0 && `it holds ${rows} rows.`) ||
    (isRead && 'Pipes use it.') ||
    (isNamed && 'tokens have rights on it.');
  if (reason) throw ApiError.of('override_impossible', { name, reason });
}

/** @throws ApiError not_materializable with the first column that does not fit */
async function refuseIfUnfit(
  engine: Engine,
  node: { name: string; columns: readonly ResultColumn[] },
  target: DataSource,
): Promise<void> {
  const refuse = (reason: string): never => {
    throw ApiError.of('not_materializable', { node: node.name, reason });
  };
  for (const column of node.columns) {
    const into = target.columns.find(({ name }) => name === column.name);
    if (into === undefined)
      return refuse(`the Data Source \`${target.name}\` has no column \`${column.name}\`.`);
    const problem = await typeProblem(engine, column, into);
    if (problem !== undefined) {
      refuse(
        `the column \`${column.name}\` is ${column.type} and in \`${target.name}\` ${into.type}: ${problem}`,
      );
    }
  }
  const given = new Set(node.columns.map(({ name }) => name));
  const missing = target.columns.find(
    ({ name, defaultExpression }) => !given.has(name) && defaultExpression === null,
  );
  if (missing !== undefined)
    refuse(
      `the column \`${missing.name}\` of \`${target.name}\` has no default, and the node does not make it.`,
    );
}

/** Asks the engine to turn a value of the one type, the empty one, into the other type. Types of one spelling need no question. */
async function typeProblem(
  engine: Engine,
  { type: from }: ResultColumn,
  { type: to }: StoredColumn,
): Promise<string | undefined> {
  if (from === to) return undefined;
  if (isNullable(parseColumnType(from)) && !isNullable(parseColumnType(to)))
    return 'it may be NULL. Use ifNull or assumeNotNull.';
  try {
    const sql = `SELECT CAST(defaultValueOfTypeName(${quoteString(from)}), ${quoteString(to)}) AS value`;
    await engine.query({ sql, database: 'default', format: 'Null' });
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return 'the one does not become the other. Use CAST.';
    throw error;
  }
}
