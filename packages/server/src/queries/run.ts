import { Readable } from 'node:stream';
import type { Engine, QueryCost, QueryRequest, QueryResult, Settings } from '@goldcrest/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, withoutSql } from '../errors/index.js';
import { authOf } from '../http/access.js';
import type { Parameters } from '../http/parameters.js';
import type { RowFilterChecker } from '../tokens/index.js';
import type { Snapshot } from '../workspaces/index.js';
import type { Admission, Turn } from './admission.js';
import { asApiError } from './asApiError.js';
import { circleError } from './circles.js';
import { resultColumns } from './columns.js';
import { explain } from './explain.js';
import { engineText, type PreparedQuery, queryError } from './external.js';
import type { ResultFormat } from './formats.js';
import { isUnchanged, sayHowToKeep } from './freshness.js';
import { metricError, prometheusQuery } from './prometheus.js';
import { countRows, RowCounter } from './rowCounts.js';
import { refuseUnfiltered, rowFiltersOf } from './rowFilters.js';
import { type QueryLimits, querySettings } from './settings.js';
import type { SharedResult, SharedRuns } from './sharedRuns.js';

/** What running a query needs. */
export interface RunNeeds {
  engine: Engine;
  config: QueryLimits;
  admission: Admission;
  shared: SharedRuns;
  rowFilters: RowFilterChecker;
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
    return sendResult(needs, request, reply, await withRowFilters(needs, request, runnable));
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

/**
 * Runs a query and sends its result. The engine's own bytes go to the client; formats that allow it are streamed. When the
 * client goes away the query ends in the engine.
 */
async function sendResult(
  needs: RunNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
  runnable: RunnableQuery,
): Promise<FastifyReply> {
  const signal = goneSignal(reply);
  reply.type(runnable.format.contentType);
  try {
    if (runnable.format.streams) return await sendStream(needs, request, reply, runnable, signal);
    return await sendWhole(needs, request, reply, runnable, signal);
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

async function sendWhole(
  needs: RunNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
  runnable: RunnableQuery,
  signal: AbortSignal,
): Promise<FastifyReply> {
  const shared = await runShared(needs, request, runnable, signal);
  const { body } = shared.result;
  noteCost(request, shared);
  if (request.call !== null) request.call.resultRows = countRows(runnable.format, body);
  sayTimes(request, reply, shared.ran ? shared.result : null);
  if (request.method !== 'POST') sayHowToKeep(reply, runnable, shared);
  if (isUnchanged(request, reply)) return reply.code(304).send();
  return reply.send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
}

function runShared(
  needs: RunNeeds,
  request: FastifyRequest,
  { query, snapshot, format, settings }: RunnableQuery,
  signal: AbortSignal,
): Promise<SharedResult> {
  const { database, serial, workspace } = snapshot;
  const own = JSON.stringify([query.settings, query.templateSettings, settings]);
  const key = `${serial} ${format.engine} ${own} ${query.sql}`;
  const keepSeconds = query.cacheTtl ?? 0;
  return needs.shared.get({ workspaceId: workspace.id, key, keepSeconds, signal }, async (stop) => {
    const turn = await enter(needs, request, workspace.id, stop);
    try {
      const all = { ...querySettings(needs.config, query, turn.threads), ...settings };
      const run = { ...engineText(query), database, format: format.engine, settings: all, signal: stop };
      return await needs.engine.query(await inFormat(needs.engine, run));
    } finally {
      turn.leave();
    }
  });
}

/** The query as its format wants the result: only Prometheus asks for more than any SELECT gives. */
async function inFormat(engine: Engine, run: QueryRequest): Promise<QueryRequest> {
  if (run.format !== 'Prometheus') return run;
  const sql = prometheusQuery(run.sql, await resultColumns(engine, run));
  return { ...run, sql, shape: sql };
}

/** Waits for the first piece, so that what is wrong with the query is answered with its status. */
async function sendStream(
  needs: RunNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
  { query, snapshot, format, settings }: RunnableQuery,
  signal: AbortSignal,
): Promise<FastifyReply> {
  const turn = await enter(needs, request, snapshot.workspace.id, signal);
  const all = { ...querySettings(needs.config, query, turn.threads), ...settings };
  const onEnd = (cost: QueryCost | null): void => {
    turn.leave();
    if (cost !== null) noteCost(request, { result: cost, ran: true });
  };
  const run = {
    ...engineText(query),
    database: snapshot.database,
    format: format.engine,
    settings: all,
    signal,
    onEnd,
  };
  const chunks = needs.engine.stream(run)[Symbol.asyncIterator]();
  const first = await firstPieces(format, chunks).catch((error) => {
    turn.leave();
    throw error;
  });
  sayTimes(request, reply, null);
  if (first.length === 0) return reply.send(Buffer.alloc(0));
  const counter = new RowCounter(format);
  const counted = withFirst(first, chunks, {
    read: (chunk) => {
      counter.read(chunk);
      if (request.call !== null) request.call.resultRows = counter.rows;
    },
    broken: (error) => noteError(request, queryError(error, query)),
  });
  return reply.send(Readable.from(counted, { objectMode: false }));
}

/** The pieces up to the first row: the engine writes a line of names before it knows whether the query can be run. */
async function firstPieces(format: ResultFormat, chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array[]> {
  const counter = new RowCounter(format);
  const pieces: Uint8Array[] = [];
  do {
    const piece = await chunks.next();
    if (piece.done) break;
    pieces.push(piece.value);
    counter.read(piece.value);
  } while (format.hasHeader === true && counter.rows === 0);
  return pieces;
}

/**
 * The pieces with the first ones in front again. Ending them ends the query also when none was read, unlike with a generator.
 * @param watch is given each piece on its way, or the error with which they end
 */
function withFirst(
  first: readonly Uint8Array[],
  chunks: AsyncIterator<Uint8Array>,
  watch: { read: (chunk: Uint8Array) => void; broken: (error: unknown) => void },
): AsyncIterable<Uint8Array> {
  const unread = [...first];
  const following = async (): Promise<IteratorResult<Uint8Array>> => {
    try {
      return await chunks.next();
    } catch (error) {
      watch.broken(error);
      throw error;
    }
  };
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const piece = unread.shift();
    const result = piece === undefined ? await following() : { value: piece };
    if (!result.done) watch.read(result.value);
    return result;
  };
  const end = async (): Promise<IteratorResult<Uint8Array>> => {
    await chunks.return?.();
    return { done: true, value: undefined };
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}

/** Waits for a turn, and notes how long and for what. */
async function enter(
  { admission }: RunNeeds,
  request: FastifyRequest,
  workspaceId: string,
  signal: AbortSignal,
): Promise<Turn> {
  const turn = await admission.enter(workspaceId, signal);
  if (request.call !== null) request.call.waited = { ms: turn.waitedMs, reason: turn.reason };
  return turn;
}

/** An answer that has begun can't become an error; only the log tells of it. */
function noteError({ call }: FastifyRequest, error: unknown): void {
  if (call !== null) call.error = error instanceof Error ? error.message : String(error);
}

/** Only the request for which a query ran has read something. */
function noteCost({ call }: FastifyRequest, { result, ran }: { result: QueryCost; ran: boolean }): void {
  if (call === null || !ran) return;
  call.readRows = result.rowsRead;
  call.readBytes = result.bytesRead;
  call.engineSeconds = result.elapsedSeconds;
}

/** Tells where the time went, in milliseconds: compiling, waiting for a turn and why, and the engine's own work when it is known. */
function sayTimes({ call }: FastifyRequest, reply: FastifyReply, result: QueryResult | null): void {
  if (call === null) return;
  const { ms, reason } = call.waited;
  const prepare = `prepare;dur=${call.prepareMs.toFixed(3)}, `;
  const queue = `queue;dur=${ms.toFixed(1)}${reason === null ? '' : `;desc="${reason}"`}`;
  const engine = result === null ? '' : `, engine;dur=${(result.elapsedSeconds * 1000).toFixed(1)}`;
  reply.header('Server-Timing', prepare + queue + engine);
}
