import type { Engine, Settings } from '@goldcrest/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, withoutSql } from '../errors/index.js';
import { authOf } from '../http/access.js';
import type { Parameters } from '../http/parameters.js';
import type { RowFilterChecker } from '../tokens/index.js';
import type { Snapshot } from '../workspaces/index.js';
import type { Admission } from './admission.js';
import { asApiError } from './asApiError.js';
import { circleError } from './circles.js';
import { explain } from './explain.js';
import { type PreparedQuery, queryError } from './external.js';
import type { ResultFormat } from './formats.js';
import type { LargeResults } from './largeResults.js';
import { metricError } from './prometheus.js';
import { refuseUnfiltered, rowFiltersOf } from './rowFilters.js';
import { sendResult } from './sendResult.js';
import type { QueryLimits } from './settings.js';
import type { SharedRuns } from './sharedRuns.js';

/** What running a query needs. */
export interface RunNeeds {
  engine: Engine;
  config: QueryLimits;
  admission: Admission;
  shared: SharedRuns;
  rowFilters: RowFilterChecker;
  large: LargeResults;
}

/** A query that may run. */
export interface RunnableQuery {
  query: PreparedQuery;
  snapshot: Snapshot;
  format: ResultFormat;
  /** Settings that the request asks for, e.g. how JSON is written. */
  settings: Settings;
}

/**
 * Answers with the result of a query, or, to `explain=true` of an admin, with what it would do.
 * @throws ApiError explain_not_allowed, and what running it throws
 */
export async function sendQuery(
  needs: RunNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
  parameters: Parameters,
  runnable: RunnableQuery,
): Promise<FastifyReply> {
  const { call } = request;
  if (call !== null) call.prepareMs = performance.now() - call.startedAt;
  if (parameters.text('explain') !== 'true') {
    return answer(needs, request, reply, await withRowFilters(needs, request, runnable));
  }
  if (!authOf(request).rights.has('ADMIN')) throw ApiError.of('explain_not_allowed', {});
  return reply.send(await explain(needs, runnable.snapshot, runnable.query, goneSignal(reply)));
}

/**
 * The query with the filters of the token, if it has any. Whoever sends a result goes through here; the settings are part of what two
 * requests must have in common to share one.
 * @throws ApiError filter_unusable, query_refused
 */
async function withRowFilters(
  { rowFilters }: RunNeeds,
  request: FastifyRequest,
  runnable: RunnableQuery,
): Promise<RunnableQuery> {
  const { query, snapshot } = runnable;
  const reading = rowFiltersOf(rowFilters, snapshot, authOf(request));
  if (reading === null) return runnable;
  try {
    const filters = await reading;
    refuseUnfiltered(filters, snapshot, query);
    return { ...runnable, settings: { ...runnable.settings, ...filters.settings } };
  } catch (error) {
    throw asApiError(error);
  }
}

/** Runs a query and sends its result, in the engine's own bytes. When the client goes away the query ends in the engine. */
async function answer(
  needs: RunNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
  runnable: RunnableQuery,
): Promise<FastifyReply> {
  const signal = goneSignal(reply);
  reply.type(runnable.format.contentType);
  try {
    return await sendResult(needs, request, reply, runnable, signal);
  } catch (error) {
    throw shownError(error, request, runnable);
  }
}

/** The error as the caller may see it: who is no admin sees no SQL of Pipes, and no names of those that he may not read. */
function shownError(error: unknown, request: FastifyRequest, { query, snapshot }: RunnableQuery): unknown {
  const { rights } = authOf(request);
  if (rights.has('ADMIN')) return queryError(metricError(error), query);
  const shown = (name: string): string => {
    const pipe = snapshot.pipes.find(name);
    return pipe === undefined || rights.has('PIPES:READ', pipe) ? name : '…';
  };
  return circleError(error, query.circles, shown) ?? queryError(metricError(withoutSql(error)), query);
}

/** A signal that is given when the client goes away before it has its answer. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  const { raw } = reply;
  // It may be gone already, and then nothing tells so again.
  if (raw.destroyed && !raw.writableFinished) gone.abort();
  raw.once('close', () => raw.writableFinished || gone.abort());
  return gone.signal;
}
