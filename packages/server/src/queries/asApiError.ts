import {
  EngineBusyError,
  EngineClosedError,
  EngineError,
  EngineUnavailableError,
  QueryCancelledError,
} from '@goldcrest/engine';
import { GateError, judgeFunction, SqlTextError } from '@goldcrest/sql';
import { ApiError, type ErrorCode, withoutDatabase } from '../errors/index.js';

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
    return ApiError.of(
      'too_many_queries',
      { reason: 'the database is busy' },
      { headers: { 'Retry-After': '1' }, cause: error },
    );
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
  // A name that could mean two things is a slip; the rest is refused.
  const code = error.kind === 'alias' ? 'query_invalid' : 'query_refused';
  return ApiError.of(code, { message: error.message }, { cause: error });
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
