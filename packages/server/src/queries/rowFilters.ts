import type { Settings } from '@goldcrest/engine';
import { GateError, quoteIdentifier, quoteString, replaceFinalTables } from '@goldcrest/sql';
import type { DataSource } from '../datasources/store.js';
import { quarantineName } from '../datasources/tables.js';
import { ApiError } from '../errors/index.js';
import { type Auth, fitsQuarantine, type RowFilterChecker } from '../tokens/index.js';
import type { Snapshot } from '../workspaces/index.js';
import type { OwnText } from './compile.js';
import type { PreparedQuery } from './external.js';
import { fenced, withTables } from './tableExpressions.js';
import { headOf } from './textFacts.js';

/**
 * The rows that a token may read of the Data Sources of which it reads some only (QY-17). Two fences keep the others away:
 *
 * - The engine's setting `additional_table_filters` takes them out wherever a query reads the table itself, also inside Pipes. It knows
 *   tables by what they are, not by how they are named, so nothing in a text gets around it.
 * - It does not keep the engine from looking at a caller's own conditions first, whose errors would tell of the other rows. So a table
 *   that he names himself is put in front of his text as a fenced table expression of its name, as the Pipes are.
 */
export interface RowFilters {
  /** The condition for each table, the quarantine tables included. */
  conditions: ReadonlyMap<string, string>;
  /** Tables that can't be read, since the token's filter does not fit them, and what is answered then. */
  unusable: ReadonlyMap<string, ApiError>;
  /** The settings that make the engine filter. */
  settings: Settings;
}

/** Takes every row out. */
const NOTHING = '0';

/**
 * The filters of a token, made once for each version of the Workspace.
 * @returns null for a token that has none
 */
export function rowFiltersOf(
  checker: RowFilterChecker,
  snapshot: Snapshot,
  auth: Pick<Auth, 'token' | 'rights'>,
): Promise<RowFilters> | null {
  const { rights } = auth;
  if (rights.filters.size === 0) return null;
  return snapshot.onceAsync(`row filters ${rights.serial}`, () => read(checker, snapshot, auth));
}

async function read(
  checker: RowFilterChecker,
  snapshot: Snapshot,
  { token, rights }: Pick<Auth, 'token' | 'rights'>,
): Promise<RowFilters> {
  const conditions = new Map<string, string>();
  const unusable = new Map<string, ApiError>();
  const refuse = (table: string, message: string, cause?: unknown): void => {
    conditions.set(table, NOTHING);
    unusable.set(table, ApiError.of('filter_unusable', { token: token.name, table, message }, { cause }));
  };
  for (const [id, filters] of rights.filters) {
    const datasource = snapshot.datasources.find(id);
    if (datasource === undefined) continue;
    const quarantine = quarantineName(datasource.name);
    try {
      const condition = await oneOf(checker, snapshot.database, datasource, filters);
      conditions.set(datasource.name, condition);
      if (fitsQuarantine(condition, datasource)) conditions.set(quarantine, condition);
      else refuse(quarantine, 'All columns are texts there, and its filter compares others.');
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'invalid_filter') throw error;
      refuse(datasource.name, error.message, error);
      refuse(quarantine, error.message, error);
    }
  }
  return { conditions, unusable, settings: settingsOf(snapshot.database, conditions) };
}

/** A row may be read that meets one of the filters. */
async function oneOf(
  checker: RowFilterChecker,
  database: string,
  datasource: DataSource,
  filters: readonly string[],
): Promise<string> {
  const conditions: string[] = [];
  for (const filter of filters) conditions.push(`(${await checker.check(database, datasource, filter)})`);
  return conditions.join(' OR ');
}

function settingsOf(database: string, conditions: ReadonlyMap<string, string>): Settings {
  const entries = [...conditions].map(
    ([table, condition]) => `${quoteString(`${database}.${table}`)}:${quoteString(condition)}`,
  );
  return { additional_table_filters: `{${entries.join(',')}}` };
}

/**
 * Refuses a query that reads what its filter does not fit, and one that names a table like the engine would name another: the setting
 * goes by such a name too, and would take the other one's filter.
 * @throws ApiError filter_unusable, GateError
 */
export function refuseUnfiltered(
  { unusable }: RowFilters,
  { database }: Snapshot,
  query: PreparedQuery,
): void {
  for (const table of query.tables) {
    const error = unusable.get(table);
    if (error !== undefined) throw error;
  }
  const alias = [...query.dottedAliases].find((name) => name.startsWith(`${database}.`));
  if (alias === undefined) return;
  throw new GateError('table', alias, `A table can not be named '${alias}'; choose a name without a dot.`);
}

/**
 * Puts the rows that a caller may see in the place of the tables that his own text names.
 * @param own his text
 * @param named the tables that it names
 * @throws GateError when it gives the name of such a table to a WITH query
 */
export function fenceTables(
  query: PreparedQuery,
  { conditions }: RowFilters,
  { database }: Snapshot,
  { own, named }: { own: OwnText; named: ReadonlySet<string> },
): PreparedQuery {
  const tables = [...conditions].filter(([table]) => named.has(table));
  if (tables.length === 0) return query;
  refuseTakenNames(own.facts.withNames, new Set(tables.map(([table]) => table)));
  const finals = new Map(tables.map(([table]) => [table, `${table} final`]));
  const { sql, replaced } = replaceFinalTables(query.sql, finals);
  const rows = tables.map(([table, condition]) => expression(table, rowsOf(database, table, '', condition)));
  const finalRows = tables
    .filter(([table]) => replaced.has(table))
    .map(([table, condition]) => expression(`${table} final`, rowsOf(database, table, 'FINAL ', condition)));
  return { ...query, ...withTables([...rows, ...finalRows], { sql, shape: sql }, headOf(sql)) };
}

function rowsOf(database: string, table: string, final: string, condition: string): string {
  const name = `${quoteIdentifier(database)}.${quoteIdentifier(table)}`;
  return fenced(`SELECT * FROM ${name} ${final}WHERE ${condition}`);
}

function expression(name: string, sql: string): { name: string; sql: string; shape: string } {
  return { name, sql, shape: sql };
}

/** A WITH query of the caller would take the place of the table of its name in what stands around his text (AU-17). */
export function refuseTakenNames(withNames: ReadonlySet<string>, taken: ReadonlySet<string>): void {
  const name = [...withNames].find((candidate) => taken.has(candidate));
  if (name === undefined) return;
  throw new GateError('table', name, `The WITH name '${name}' is taken by a resource; choose another one.`);
}
