import {
  EngineBusyError,
  EngineClosedError,
  EngineError,
  EngineUnavailableError,
  QueryCancelledError,
} from '@goldcrest/engine';
import { GateError, judgeFunction, SqlTextError } from '@goldcrest/sql';
import { ApiError, databaseErrors, faultOf, withoutDatabase } from '../errors/index.js';
import { serviceTableError } from '../service-datasources/index.js';

/** When to try again what is likely to succeed then. */
const SOON = { headers: { 'Retry-After': '1' } };

const ERROR_OF_FAULT = {
  caller: 'query_failed',
  server: 'query_failed_on_server',
  time: 'query_timeout',
} as const;

/** What the client is told of an error while a query was read, checked or run (ERD-01, ERD-03, ERD-05, GN-17). */
export function asApiError(error: unknown): unknown {
  if (error instanceof SqlTextError) {
    const headers = codeHeader(databaseErrors.SYNTAX_ERROR);
    return ApiError.of('query_invalid', { message: error.message }, { headers, cause: error });
  }
  if (error instanceof GateError) return serviceTableError(error) ?? gateError(error);
  if (error instanceof EngineError) return engineError(error);
  if (error instanceof QueryCancelledError) return ApiError.of('query_cancelled', {}, { cause: error });
  if (error instanceof EngineBusyError) {
    return ApiError.of('too_many_queries', { reason: 'the database is busy' }, { ...SOON, cause: error });
  }
  if (error instanceof EngineClosedError)
    return ApiError.of('unavailable', { state: 'shutting down' }, { ...SOON, cause: error });
  if (error instanceof EngineUnavailableError) {
    return ApiError.of('unavailable', { state: 'without its database' }, { ...SOON, cause: error });
  }
  return error;
}

/** A function that does not exist is a slip of the query's author and is answered as the engine would; the rest is refused. */
function gateError(error: GateError): ApiError {
  if (error.kind === 'function' && isUnknown(error.subject)) {
    const headers = codeHeader(databaseErrors.UNKNOWN_FUNCTION);
    return ApiError.of(
      'query_failed',
      { message: `${error.message} (UNKNOWN_FUNCTION)` },
      { headers, cause: error },
    );
  }
  // A name that could mean two things is a slip; the rest is refused.
  if (error.kind === 'alias')
    return ApiError.of('query_invalid', { message: error.message }, { cause: error });
  const headers = codeHeader(databaseErrors.ACCESS_DENIED);
  return ApiError.of('query_refused', { message: error.message }, { headers, cause: error });
}

function isUnknown(functionName: string): boolean {
  const verdict = judgeFunction(functionName);
  return !verdict.allowed && !verdict.known;
}

function engineError(error: EngineError): ApiError {
  const headers = codeHeader(error.code);
  return ApiError.of(
    ERROR_OF_FAULT[faultOf(error.code)],
    { message: withoutDatabase(error.message) },
    { headers, cause: error },
  );
}

function codeHeader(code: number): Record<string, string> {
  return { 'X-DB-Exception-Code': String(code) };
}
