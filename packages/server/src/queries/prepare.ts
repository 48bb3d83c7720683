import type { Engine } from '@goldcrest/engine';
import { GateError } from '@goldcrest/sql';
import { ApiError, databaseErrors } from '../errors/index.js';
import type { Pipe, PipeNode } from '../pipes/store.js';
import type { Auth } from '../tokens/index.js';
import { nearestHint, type Snapshot } from '../workspaces/index.js';
import { asApiError } from './asApiError.js';
import { type ResultColumn, resultColumns } from './columns.js';
import { Compilation, type CompiledQuery, outputNode } from './compile.js';
import { engineText, type PreparedQuery, queryError } from './external.js';
import { aroundPipesPolicy, type Gate, type NamedPolicy, tokenPolicy, workspacePolicy } from './gate.js';
import { type QueryLimits, querySettings } from './settings.js';
import type { TemplateParameters } from './templates.js';

/** What preparing a query needs. */
export interface PrepareNeeds {
  engine: Engine;
  gate: Gate;
  config: QueryLimits;
}

/** What a caller asks for in SQL of his own. */
export interface SqlRequest {
  sql: string;
  parameters: TemplateParameters;
  /** The Pipe that `_` stands for, if any. */
  underscore?: Pipe | undefined;
}

/**
 * Makes a query of the Query API ready to run. The caller's own words are held against what the token may read; the Pipes that
 * they name may read all of the Workspace (AU-17).
 * @throws ApiError template_failed, query_invalid, query_refused, query_failed
 */
export async function prepareSql(
  { gate }: PrepareNeeds,
  { rights, token }: Pick<Auth, 'rights' | 'token'>,
  snapshot: Snapshot,
  { sql, parameters, underscore }: SqlRequest,
): Promise<PreparedQuery> {
  try {
    const compilation = new Compilation(snapshot, parameters);
    const own = compilation.own(sql);
    const isAdmin = rights.has('ADMIN');
    if (!isAdmin) {
      const policy = tokenPolicy(snapshot, token.id, rights);
      await gate.check(own, underscore === undefined ? policy : { ...policy, ...alsoUnderscore(policy) });
    }
    const query = compilation.query(own, { underscore, fenced: !isAdmin });
    if (query.aroundPipes) refuseTakenNames(own.facts.withNames, workspacePolicy(snapshot).resources);
    return await checkWhole(gate, snapshot, query);
  } catch (error) {
    throw asApiError(error);
  }
}

/** A WITH query of the caller would take the place of the table of its name in the Pipes that he reads (AU-17). */
function refuseTakenNames(withNames: ReadonlySet<string>, taken: ReadonlySet<string>): void {
  const name = [...withNames].find((candidate) => taken.has(candidate));
  if (name === undefined) return;
  throw new GateError('table', name, `The WITH name '${name}' is taken by a resource; choose another one.`);
}

function alsoUnderscore({ key, table }: NamedPolicy): Pick<NamedPolicy, 'key' | 'table'> {
  return { key: `${key} _`, table: (name) => name === '_' || table(name) };
}

/**
 * A published endpoint's query. One without templates is compiled and checked once for each version of the Workspace's metadata; of
 * one with templates only the rendering is done each time, as long as it gives no new tokens.
 * @throws ApiError as `prepareSql`
 */
export async function prepareEndpoint(
  needs: PrepareNeeds,
  snapshot: Snapshot,
  pipe: Pipe,
  parameters: TemplateParameters,
): Promise<PreparedQuery> {
  const known = snapshot.once('endpoints', () => new Map<string, PreparedQuery>());
  const before = known.get(pipe.id);
  if (before !== undefined) return before;
  const query = await prepareNode(needs, snapshot, { pipe, node: outputNode(pipe), parameters });
  if (!query.templated) known.set(pipe.id, query);
  return query;
}

/** A node of a Pipe, and what to render it with. */
export interface NodeRequest {
  pipe: Pipe;
  node: PipeNode;
  parameters: TemplateParameters;
}

/** One node's query, compiled and let through the gate. @throws ApiError as `prepareSql` */
export async function prepareNode(
  { gate }: PrepareNeeds,
  snapshot: Snapshot,
  { pipe, node, parameters }: NodeRequest,
): Promise<PreparedQuery> {
  try {
    const query = new Compilation(snapshot, parameters).node(pipe, node);
    return await checkWhole(gate, snapshot, query);
  } catch (error) {
    throw asApiError(error);
  }
}

/** Holds a compiled query against all of the Workspace: a name that is refused here does not exist. */
async function checkWhole(gate: Gate, snapshot: Snapshot, query: CompiledQuery): Promise<PreparedQuery> {
  try {
    const { aroundPipes } = query;
    const policy = aroundPipes ? aroundPipesPolicy(snapshot) : workspacePolicy(snapshot);
    const { addresses, hidden, tablesAfterIn } = await gate.check(query, policy);
    return { ...query, external: addresses.length > 0, hidden, enclosed: aroundPipes && tablesAfterIn };
  } catch (error) {
    if (!(error instanceof GateError) || error.kind !== 'table' || error.subject.includes('.')) throw error;
    const hint = nearestHint(error.subject, [...snapshot.datasources.names, ...snapshot.pipes.names]);
    throw ApiError.of(
      'table_not_found',
      { name: error.subject, hint },
      { headers: { 'X-DB-Exception-Code': String(databaseErrors.UNKNOWN_TABLE) }, cause: error },
    );
  }
}

/**
 * Has the engine resolve a query's tables, columns and types. That runs scalar subqueries, so it has the limits of a query.
 * @returns the columns of its result
 * @throws ApiError query_failed, query_timeout
 */
export async function analyse(
  { engine, config }: PrepareNeeds,
  snapshot: Snapshot,
  query: PreparedQuery,
  signal: AbortSignal,
): Promise<ResultColumn[]> {
  try {
    const { database } = snapshot;
    const settings = querySettings(config, query, 1);
    return await resultColumns(engine, { ...engineText(query), database, settings, signal });
  } catch (error) {
    throw queryError(error, query);
  }
}
