import type { Engine } from '@goldcrest/engine';
import { GateError } from '@goldcrest/sql';
import { ApiError } from '../errors/index.js';
import type { Pipe, PipeNode } from '../pipes/store.js';
import type { Auth } from '../tokens/index.js';
import { nearestHint, type Snapshot } from '../workspaces/index.js';
import { type CompiledQuery, compileNode, compileSql, outputNode, ownText } from './compile.js';
import { type Gate, tokenPolicy, workspacePolicy } from './gate.js';
import { asApiError, limits, type QueryLimits } from './run.js';

/** The database's number for a table that does not exist (ERD-04). */
const UNKNOWN_TABLE = '60';

/** What preparing a query needs. */
export interface PrepareNeeds {
  engine: Engine;
  gate: Gate;
  config: QueryLimits;
}

/**
 * Makes a query of the Query API ready to run. The caller's own words are held against what the token may read; the Pipes that
 * they name may read all of the Workspace (AU-17).
 * @param underscore the Pipe that `_` stands for
 * @throws ApiError query_invalid, query_refused, query_failed
 */
export async function prepareSql(
  { gate }: PrepareNeeds,
  { rights, token }: Auth,
  snapshot: Snapshot,
  sql: string,
  underscore?: Pipe,
): Promise<CompiledQuery> {
  try {
    if (!rights.has('ADMIN')) {
      const policy = tokenPolicy(snapshot, token.id, rights);
      await gate.check(
        ownText(snapshot, sql),
        underscore === undefined ? policy : { ...policy, ...alsoUnderscore(policy) },
      );
    }
    const query = compileSql(snapshot, sql, underscore);
    await checkWhole(gate, snapshot, query);
    return query;
  } catch (error) {
    throw asApiError(error);
  }
}

function alsoUnderscore({
  key,
  table,
}: ReturnType<typeof tokenPolicy>): Pick<ReturnType<typeof tokenPolicy>, 'key' | 'table'> {
  return { key: `${key} _`, table: (name) => name === '_' || table(name) };
}

/** A published endpoint's query: compiled and checked once for each version of the Workspace's metadata, then remembered. */
export function prepareEndpoint(needs: PrepareNeeds, snapshot: Snapshot, pipe: Pipe): Promise<CompiledQuery> {
  return snapshot.onceAsync(`endpoint ${pipe.id}`, () =>
    prepareNode(needs, snapshot, pipe, outputNode(pipe)),
  );
}

/** One node's query, compiled and let through the gate. @throws ApiError as `prepareSql` */
export async function prepareNode(
  { gate }: PrepareNeeds,
  snapshot: Snapshot,
  pipe: Pipe,
  node: PipeNode,
): Promise<CompiledQuery> {
  try {
    const query = compileNode(snapshot, pipe, node);
    await checkWhole(gate, snapshot, query);
    return query;
  } catch (error) {
    throw asApiError(error);
  }
}

/** Holds a compiled query against all of the Workspace: a name that is refused here does not exist. */
async function checkWhole(gate: Gate, snapshot: Snapshot, query: CompiledQuery): Promise<void> {
  try {
    await gate.check(query, workspacePolicy(snapshot));
  } catch (error) {
    if (!(error instanceof GateError) || error.kind !== 'table' || error.subject.includes('.')) throw error;
    const hint = nearestHint(error.subject, [...snapshot.datasources.names, ...snapshot.pipes.names]);
    throw ApiError.of(
      'table_not_found',
      { name: error.subject, hint },
      { headers: { 'X-DB-Exception-Code': UNKNOWN_TABLE }, cause: error },
    );
  }
}

/**
 * Has the engine resolve a query's tables, columns and types. That runs scalar subqueries, so it has the limits of a query.
 * @throws ApiError query_failed, query_timeout
 */
export async function analyse(
  { engine, config }: PrepareNeeds,
  snapshot: Snapshot,
  query: CompiledQuery,
  signal: AbortSignal,
): Promise<void> {
  const settings = limits(config);
  const sql = `DESCRIBE (\n${query.sql}\n)`;
  try {
    await engine.query({ sql, database: snapshot.database, format: 'JSONEachRow', settings, signal });
  } catch (error) {
    throw asApiError(error);
  }
}
