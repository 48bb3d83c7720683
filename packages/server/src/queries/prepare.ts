import type { Engine } from '@goldcrest/engine';
import { GateError } from '@goldcrest/sql';
import { ApiError, databaseErrors } from '../errors/index.js';
import type { Pipe, PipeNode } from '../pipes/store.js';
import type { Auth, Rights, RowFilterChecker } from '../tokens/index.js';
import { nearestHint, type Snapshot } from '../workspaces/index.js';
import type { Admission } from './admission.js';
import { asApiError } from './asApiError.js';
import { circleError } from './circles.js';
import { type ResultColumn, resultColumns } from './columns.js';
import { Compilation, type CompiledQuery, type OwnText, outputNode } from './compile.js';
import { engineText, type PreparedQuery, queryError } from './external.js';
import { aroundPipesPolicy, type Gate, type NamedPolicy, tokenPolicy, workspacePolicy } from './gate.js';
import { fenceTables, refuseTakenNames, rowFiltersOf } from './rowFilters.js';
import { type QueryLimits, querySettings } from './settings.js';
import type { TemplateParameters } from './templates.js';
import type { Mentions } from './textFacts.js';

/** What preparing a query needs. */
export interface PrepareNeeds {
  engine: Engine;
  admission: Admission;
  gate: Gate;
  rowFilters: RowFilterChecker;
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
  needs: PrepareNeeds,
  auth: Pick<Auth, 'rights' | 'token'>,
  snapshot: Snapshot,
  request: SqlRequest,
  mentions: Mentions = 'tables',
): Promise<PreparedQuery> {
  const { gate, rowFilters } = needs;
  const { sql, parameters, underscore } = request;
  try {
    const compilation = new Compilation(snapshot, parameters, mentions);
    const own = compilation.own(sql);
    const isAdmin = auth.rights.has('ADMIN');
    const named = isAdmin ? null : await checkOwn(gate, snapshot, auth.rights, own, underscore);
    const query = compilation.query(own, { underscore, readable: named });
    if (query.aroundPipes) refuseTakenNames(own.facts.withNames, workspacePolicy(snapshot).resources);
    const prepared = await checkWhole(gate, snapshot, query);
    const filters = rowFiltersOf(rowFilters, snapshot, auth);
    if (filters === null || named === null) return prepared;
    return fenceTables(prepared, await filters, snapshot, { own, named });
  } catch (error) {
    const shown = asApiError(pipelineMissing(error) ?? error);
    return orByWords(shown, mentions, () => prepareSql(needs, auth, snapshot, request, 'words'));
  }
}

/** What is told of a text that names `_` without a Pipe for which it stands (QY-06), whoever asks. */
function pipelineMissing(error: unknown): ApiError | undefined {
  const cause = error instanceof ApiError ? error.cause : error;
  if (!(cause instanceof GateError) || cause.kind !== 'table' || cause.subject !== '_') return undefined;
  return tableNotFound(
    cause,
    'It stands for the Pipe that the parameter `pipeline` names, which is missing.',
  );
}

/** Holds a caller's own text against what the token may read. @returns the tables that it names */
async function checkOwn(
  gate: Gate,
  snapshot: Snapshot,
  rights: Rights,
  own: OwnText,
  underscore: Pipe | undefined,
): Promise<ReadonlySet<string>> {
  const policy = tokenPolicy(snapshot, rights);
  const { tables } = await gate.check(
    own,
    underscore === undefined ? policy : { ...policy, ...alsoUnderscore(policy) },
  );
  return tables;
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
  needs: PrepareNeeds,
  snapshot: Snapshot,
  request: NodeRequest,
  mentions: Mentions = 'tables',
): Promise<PreparedQuery> {
  const { pipe, node, parameters } = request;
  try {
    const query = new Compilation(snapshot, parameters, mentions).node(pipe, node);
    return await checkWhole(needs.gate, snapshot, query);
  } catch (error) {
    return orByWords(asApiError(error), mentions, () => prepareNode(needs, snapshot, request, 'words'));
  }
}

/** Where a table is missing, a node or Pipe may have been overlooked: then it is there when all words count. @throws `error` otherwise */
async function orByWords(
  error: unknown,
  mentions: Mentions,
  prepare: () => Promise<PreparedQuery>,
): Promise<PreparedQuery> {
  if (mentions === 'words' || !(error instanceof ApiError) || error.code !== 'table_not_found') throw error;
  return prepare().catch(() => {
    throw error;
  });
}

/** Holds a compiled query against all of the Workspace: a name that is refused here does not exist. */
async function checkWhole(gate: Gate, snapshot: Snapshot, query: CompiledQuery): Promise<PreparedQuery> {
  try {
    const { aroundPipes } = query;
    const policy = aroundPipes ? aroundPipesPolicy(snapshot) : workspacePolicy(snapshot);
    const { addresses, hidden, tablesAfterIn, tables, dottedAliases } = await gate.check(
      query,
      query.circles.length === 0 ? policy : mayLackPipes(policy),
    );
    const enclosed = aroundPipes && tablesAfterIn;
    // The query is this request's own. A copy of it would take a third of the time that all of preparing does.
    const external = addresses.length > 0;
    return Object.assign(query, { external, hidden, enclosed, tables, dottedAliases });
  } catch (error) {
    const circle = circleError(error, query.circles);
    if (circle !== undefined) throw circle;
    if (!(error instanceof GateError) || error.kind !== 'table' || error.subject.includes('.')) throw error;
    const hint = nearestHint(error.subject, [...snapshot.datasources.names, ...snapshot.pipes.names]);
    throw tableNotFound(error, hint);
  }
}

/** Pipes that go round in a circle are found missing when the query is run, which is where it is known who may hear their names. */
function mayLackPipes({ isPipe: _must, ...policy }: NamedPolicy): NamedPolicy {
  return { ...policy, key: `${policy.key} in circles` };
}

function tableNotFound(error: GateError, hint: string): ApiError {
  const headers = { 'X-DB-Exception-Code': String(databaseErrors.UNKNOWN_TABLE) };
  return ApiError.of('table_not_found', { name: error.subject, hint }, { headers, cause: error });
}

/**
 * Has the engine resolve a query's tables, columns and types. That runs scalar subqueries, so it takes a turn of the Workspace, which
 * nobody who waits for it may hold already, and has the limits of a query.
 * @returns the columns of its result
 * @throws ApiError query_failed, query_timeout, too_many_queries
 */
export async function analyse(
  { engine, config, admission }: PrepareNeeds,
  snapshot: Snapshot,
  query: PreparedQuery,
  signal: AbortSignal,
): Promise<ResultColumn[]> {
  try {
    const { database, workspace } = snapshot;
    const turn = await admission.enter(workspace.id, signal);
    try {
      const settings = querySettings(config, query, 1);
      return await resultColumns(engine, { ...engineText(query), database, settings, signal });
    } finally {
      turn.leave();
    }
  } catch (error) {
    throw queryError(error, query);
  }
}
