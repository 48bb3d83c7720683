import { Readable } from 'node:stream';
import {
  type Engine,
  EngineBusyError,
  EngineClosedError,
  EngineError,
  EngineUnavailableError,
  QueryCancelledError,
  type Settings,
} from '@goldcrest/engine';
import { GateError, judgeFunction, SqlTextError } from '@goldcrest/sql';
import type { FastifyReply } from 'fastify';
import type { Config } from '../config/index.js';
import { ApiError, type ErrorCode, withoutDatabase } from '../errors/index.js';
import type { CompiledQuery } from './compile.js';
import type { ResultFormat } from './formats.js';

/** The settings of the server that bound a query. */
export type QueryLimits = Pick<
  Config,
  'querySeconds' | 'queryMemoryBytes' | 'queryResultBytes' | 'querySqlBytes'
>;

/** A query that may run. */
export interface RunnableQuery {
  query: Pick<CompiledQuery, 'sql' | 'settings'>;
  database: string;
  format: ResultFormat;
  /** Settings that the request asks for, e.g. how JSON is written. */
  settings: Settings;
}

/**
 * Runs a query and sends its result. The engine's own bytes go to the client; formats that allow it are streamed. When the
 * client goes away the query ends in the engine.
 */
export async function sendResult(
  needs: { engine: Engine; config: QueryLimits },
  reply: FastifyReply,
  { query, database, format, settings }: RunnableQuery,
): Promise<FastifyReply> {
  const signal = goneSignal(reply);
  const all = { ...COMPATIBILITY, ...userSettings(query.settings), ...settings, ...limits(needs.config) };
  const run = { sql: query.sql, database, format: format.engine, settings: all, signal };
  reply.type(format.contentType);
  try {
    if (format.streams) return await sendStream(reply, needs.engine.stream(run));
    const { body } = await needs.engine.query(run);
    return reply.send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  } catch (error) {
    throw asApiError(error);
  }
}

/** A signal that is given when the client goes away before it has its answer. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => reply.raw.writableFinished || gone.abort());
  return gone.signal;
}

/** What existing projects need from a current engine. */
const COMPATIBILITY: Settings = {
  joined_subquery_requires_alias: 0,
  allow_suspicious_types_in_group_by: 1,
  allow_suspicious_types_in_order_by: 1,
  join_algorithm: 'hash',
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
  output_format_parquet_string_as_string: 0,
};

/** The settings that bound a query, as the server is configured. */
export function limits(config: QueryLimits): Settings {
  return {
    max_execution_time: config.querySeconds,
    max_memory_usage: config.queryMemoryBytes,
    max_result_bytes: config.queryResultBytes,
    result_overflow_mode: 'throw',
  };
}

function userSettings(settings: CompiledQuery['settings']): Settings {
  return Object.fromEntries(settings.map(({ name, value }) => [name, value]));
}

async function* rest(first: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => chunks };
}

/** Waits for the first piece, so that what is wrong with the query is answered with its status. */
async function sendStream(reply: FastifyReply, stream: AsyncIterable<Uint8Array>): Promise<FastifyReply> {
  const chunks = stream[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return reply.send(Buffer.alloc(0));
  return reply.send(Readable.from(rest(first.value, chunks), { objectMode: false }));
}

/** Errors of the engine that its author can do nothing about: the server is out of something or broken. */
const SERVER_FAULTS: ReadonlySet<number> = new Set([
  49, 74, 75, 76, 209, 210, 241, 243, 252, 999, 1001, 1002,
]);

/** The database's number for a function that does not exist (ERD-04). */
const UNKNOWN_FUNCTION = '46';

/** TIMEOUT_EXCEEDED and TOO_SLOW. */
const TIME_OUTS: ReadonlySet<number> = new Set([159, 160]);

/** What the client is told of an error while a query was read, checked or run (ERD-01, ERD-03, ERD-05, GN-17). */
export function asApiError(error: unknown): unknown {
  if (error instanceof SqlTextError)
    return ApiError.of('query_invalid', { message: error.message }, { cause: error });
  if (error instanceof GateError) return gateError(error);
  if (error instanceof EngineError) return engineError(error);
  if (error instanceof QueryCancelledError) return ApiError.of('query_cancelled', {}, { cause: error });
  if (error instanceof EngineBusyError) {
    return ApiError.of('too_many_queries', {}, { headers: { 'Retry-After': '1' }, cause: error });
  }
  if (error instanceof EngineClosedError)
    return ApiError.of('unavailable', { state: 'shutting down' }, { cause: error });
  if (error instanceof EngineUnavailableError) {
    return ApiError.of('unavailable', { state: 'without its database' }, { cause: error });
  }
  return error;
}

/** A function that does not exist is a slip of the query's author and is answered as the engine would; the rest is refused. */
function gateError(error: GateError): ApiError {
  if (error.kind === 'function' && isUnknown(error.subject)) {
    const headers = { 'X-DB-Exception-Code': UNKNOWN_FUNCTION };
    return ApiError.of(
      'query_failed',
      { message: `${error.message} (UNKNOWN_FUNCTION)` },
      { headers, cause: error },
    );
  }
  return ApiError.of('query_refused', { message: error.message }, { cause: error });
}

function isUnknown(functionName: string): boolean {
  const verdict = judgeFunction(functionName);
  return !verdict.allowed && !verdict.known;
}

function engineError(error: EngineError): ApiError {
  const headers = { 'X-DB-Exception-Code': String(error.code) };
  return ApiError.of(
    statusOf(error.code),
    { message: withoutDatabase(error.message) },
    { headers, cause: error },
  );
}

function statusOf(code: number): 'query_timeout' | 'query_failed_on_server' | 'query_failed' {
  if (TIME_OUTS.has(code)) return 'query_timeout' satisfies ErrorCode;
  return SERVER_FAULTS.has(code) ? 'query_failed_on_server' : 'query_failed';
}
