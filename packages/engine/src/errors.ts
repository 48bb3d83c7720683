/** What the database reports. `message` has no `Code: N. DB::Exception:` in front and ends in `(NAME)` (ERD-03). */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  /** @param code number of the error (ERD-01) @param codeName its name, for example `SYNTAX_ERROR` */
  constructor(
    message: string,
    readonly code: number,
    readonly codeName: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Too many requests wait for the database, or this one waited too long: try again later. */
export class EngineBusyError extends Error {
  override readonly name = 'EngineBusyError';
}

/** The engine is closed or closing. */
export class EngineClosedError extends Error {
  override readonly name = 'EngineClosedError';
}

/** The database can't be opened or reached; `cause` says why. */
export class EngineUnavailableError extends Error {
  override readonly name: string = 'EngineUnavailableError';
}

/** Another process holds the data directory. */
export class EngineLockedError extends EngineUnavailableError {
  override readonly name = 'EngineLockedError';
}

/** The request's signal was aborted. */
export class QueryCancelledError extends Error {
  override readonly name = 'QueryCancelledError';
}

/** Prefixes that the database stacks when it wraps an error. */
const PREFIXES = /^(?:(?:Code|Error): (\d+)\. ?DB::Exception: ?)+/;
/** The number in the first prefix: the error that the caller is told. */
const FIRST_CODE = /^(?:Code|Error): (\d+)\./;
/** One `(NAME)` or `(version …)` at the end. The bound on spaces keeps the search linear. */
const TAIL = /\.?\s{0,4}\((version [^()]{0,100}|[A-Z][A-Z0-9_]{2,})(?: \(official build\))?\)\.?\s{0,4}$/;

/**
 * Reads the database's error text (ERD-01, ERD-03).
 * @returns the error with stacked prefixes, repeated names and version tails removed, or undefined when the text is no error of the database.
 */
export function parseEngineError(text: string, cause?: unknown): EngineError | undefined {
  const code = FIRST_CODE.exec(text)?.[1];
  if (code === undefined) return undefined;
  let body = text.replace(PREFIXES, '');
  let name = 'UNKNOWN';
  for (let tail = TAIL.exec(body); tail !== null; tail = TAIL.exec(body)) {
    body = body.slice(0, tail.index);
    if (tail[1] !== undefined && !tail[1].startsWith('version ')) name = tail[1];
  }
  return new EngineError(`${body}. (${name})`, Number(code), name, { cause });
}
