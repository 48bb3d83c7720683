import type { Allowance } from './allowance.js';
import type { ExternalSources } from './external.js';
import { GateError } from './gateError.js';
import type { QueryNames } from './names.js';
import { nearestName } from './nearest.js';

/** What a query may read and use. */
export interface GatePolicy {
  /** May the query name this table? Asked with bare names only. */
  table(name: string): boolean;
  /**
   * Every table and resource of the database in which the query runs, hidden ones included: what is not in here is
   * taken for a column or for a WITH name. Used for hints too, which never name one that `table` refuses.
   */
  resources: ReadonlySet<string>;
  /** Is this the name of a Pipe? No table has it, so it stands for nothing unless WITH gives it to a query. */
  isPipe?(name: string): boolean;
  /** Whether the query stands around Pipes whose meaning its own names must not change. */
  aroundPipes?: boolean;
  /** May the query read this table of another database, named `database.table`? Without it only what every query may. */
  qualified?(name: string): boolean;
  /** The functions and settings that it may use; `STANDARD_ALLOWANCE` when left out. */
  allowance?: Allowance;
  /** What it may read from other servers; nothing when left out. */
  external?: ExternalSources;
}

/** What a query says about tables, as the rules find it. */
export interface TableUse {
  /** The names of tables that it reads, and of WITH queries: never one too few. */
  tables: Set<string>;
  /** Names with a dot that it gives to tables. */
  dottedAliases: Set<string>;
}

/** What the rules for one query know. */
export interface QueryScope {
  policy: GatePolicy;
  allowance: Allowance;
  names: QueryNames;
  /** Names that WITH gives to queries. */
  withNames: ReadonlySet<string>;
  /** Where the rules note what they find. */
  used: TableUse;
}

/** Tables of the engine that hold numbers and nothing else: `numbers` from 0 on, `one` a single row. */
const HARMLESS_SYSTEM_TABLES: ReadonlySet<string> = new Set(['system.numbers', 'system.one']);

/**
 * Checks the name of a table in FROM: bare, and either allowed by the policy or given by WITH (QY-14, PS-02). A WITH
 * name that is also that of a resource does not count, because outside of its scope it means the resource.
 *
 * @throws GateError of kind `table`
 */
export function checkTableName(name: string, { policy, withNames, used }: QueryScope): void {
  used.tables.add(name);
  if (name.includes('.')) {
    if (HARMLESS_SYSTEM_TABLES.has(name) || policy.qualified?.(name)) return;
    throw qualifiedTable(name, policy);
  }
  if (policy.table(name) && (withNames.has(name) || policy.isPipe?.(name) !== true)) return;
  if (!withNames.has(name)) throw refusedTable(name, policy);
  if (!policy.resources.has(name)) return;
  throw new GateError('table', name, `The WITH name '${name}' is taken by a resource; choose another one.`);
}

/** The error for a table that may not be read. It does not tell whether such a table exists. */
export function refusedTable(name: string, policy: GatePolicy): GateError {
  const allowed = [...policy.resources].filter((resource) => policy.table(resource));
  const near = nearestName(name, allowed);
  const hint = near === undefined ? 'Check its name and the scopes of the token.' : `Did you mean '${near}'?`;
  return new GateError('table', name, `There is no Data Source or Pipe '${name}' that may be read. ${hint}`);
}

/** The error for a name with its database that may not be read. */
export function qualifiedTable(name: string, policy: GatePolicy): GateError {
  const bare = name.slice(name.lastIndexOf('.') + 1);
  const database = name.slice(0, name.indexOf('.')).toLowerCase();
  if (database === 'system' || database === 'information_schema') {
    return new GateError('table', name, `The system table ${name} may not be read.`);
  }
  const hint = policy.table(bare) ? `write '${bare}'.` : 'write the bare name of a Data Source or Pipe.';
  return new GateError('table', name, `Tables may not be named with their database (${name}); ${hint}`);
}
