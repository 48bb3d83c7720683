import { type CommandRequest, type Engine, EngineError } from '@goldcrest/engine';
import { mentionedNames, quoteIdentifier } from '@goldcrest/sql';
import { CREATE_TABLE_SETTINGS, type DataSource, quarantineName } from '../datasources/index.js';
import { ApiError, withoutDatabase } from '../errors/index.js';
import type { Snapshot } from '../workspaces/index.js';
import type { CompiledView } from './compileView.js';
import { readLines } from './lines.js';
import { dropProbe, newProbe, PROBE } from './probes.js';

/** Names in a database of that kind: those of the view that is tried, and of the table that it would fill. */
const VIEW = 'view.tried';
const TARGET = 'view.target';

/**
 * Finds the Data Source whose new rows a view would be run on (MZ-01, MZ-04). The engine itself says so: it is given the view in a database
 * that has the same tables without rows, so that nothing of the Workspace runs a view that may turn out to be wrong.
 * @throws ApiError not_materializable when the engine refuses it, or no Data Source triggers it
 */
export async function findTrigger(
  engine: Engine,
  snapshot: Snapshot,
  nodeName: string,
  view: CompiledView,
): Promise<DataSource> {
  const database = newProbe();
  let isQuarantine = false;
  try {
    await engine.command({ sql: `CREATE DATABASE ${database}` });
    for (const command of probeCommands(snapshot, view)) await engine.command({ ...command, database });
    const [name] = await readLines(
      engine,
      database,
      `SELECT name FROM system.tables WHERE database = currentDatabase() AND has(dependencies_table, '${VIEW}')`,
    );
    const trigger = snapshot.datasources.all.find((datasource) => datasource.name === name?.[0]);
    if (trigger !== undefined) return trigger;
    isQuarantine = snapshot.datasources.all.some(
      (datasource) => quarantineName(datasource.name) === name?.[0],
    );
  } catch (error) {
    if (error instanceof EngineError) throw notMaterializable(nodeName, error);
    throw error;
  } finally {
    await dropProbe(engine, database);
  }
  const table = isQuarantine
    ? 'the quarantine of a Data Source, which triggers no view.'
    : 'no Data Source, so no rows that come in would trigger it.';
  const reason = `its first table is ${table}`;
  throw ApiError.of('not_materializable', { node: nodeName, reason });
}

/** What the engine says against a view is about the node's SQL. */
export function notMaterializable(node: string, error: EngineError): ApiError {
  const shown = withoutDatabase(error.message).replace(PROBE, '');
  const reason = shown.replace(/: While processing CREATE MATERIALIZED VIEW[\s\S]*(?=\. \([A-Z_]+\)$)/, '');
  const headers = { 'X-DB-Exception-Code': String(error.code) };
  return ApiError.of('not_materializable', { node, reason }, { headers, cause: error });
}

/** Every table that the view may read, without its rows, then a place for what the view makes, then the view. */
function* probeCommands(snapshot: Snapshot, { sql, columns }: CompiledView): Iterable<CommandRequest> {
  const settings = CREATE_TABLE_SETTINGS;
  const mentioned = mentionedNames(sql);
  const tables = snapshot.datasources.names.flatMap((name) => [name, quarantineName(name)]);
  for (const table of tables.filter((name) => mentioned.has(name))) {
    const name = quoteIdentifier(table);
    yield { sql: `CREATE TABLE ${name} AS ${quoteIdentifier(snapshot.database)}.${name}`, settings };
  }
  const list = columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(', ');
  yield { sql: `CREATE TABLE ${quoteIdentifier(TARGET)} (${list}) ENGINE = Null`, settings };
  yield { sql: `CREATE MATERIALIZED VIEW ${quoteIdentifier(VIEW)} TO ${quoteIdentifier(TARGET)} AS\n${sql}` };
}
