import { EngineError } from '@goldcrest/engine';
import { hideTexts } from '@goldcrest/sql';
import { ApiError, withoutDatabase } from '../errors/index.js';
import { asApiError } from './asApiError.js';
import { circleError } from './circles.js';
import type { CompiledQuery } from './compile.js';

/** A query that the gate let through. */
export interface PreparedQuery extends CompiledQuery {
  /** Whether it reads from other servers. */
  external: boolean;
  /** Passwords and keys that must not be shown. */
  hidden: readonly string[];
  /** Whether columns of the text around its Pipes could take the place of tables in them. */
  enclosed: boolean;
  /** The names of tables that it reads, and of its WITH queries. */
  tables: ReadonlySet<string>;
  /** Names with a dot that it gives to tables. */
  dottedAliases: ReadonlySet<string>;
}

/** What the engine is asked: the query with the values of its secrets, and leave to reach the servers that it names. */
export function engineText(query: PreparedQuery): { sql: string; shape: string; external: boolean } {
  const { shape, external } = query;
  return { sql: query.secrets.fill(query.sql), shape, external };
}

/** Limits of this server, which are no fault of the other one: time and memory. */
const OWN_LIMITS: ReadonlySet<number> = new Set([159, 160, 241, 396]);
/** What a library of the engine tells about its own stack, up to the name of the error. */
const STACK = /,? Stack trace \(when copying this message[\s\S]*?(?= \([A-Z][A-Z0-9_]+\)$|$)/;

/**
 * What the client is told when a prepared query fails (ERD-01, ERD-04). When it read from other servers, it is their fault and never
 * this server's, and the message shows no password, no key and no stack.
 */
export function queryError(error: unknown, { external, hidden, circles }: PreparedQuery): unknown {
  const circle = circleError(error, circles);
  if (circle !== undefined) return circle;
  if (!external || !(error instanceof EngineError)) return asApiError(error);
  const { code, codeName } = error;
  const shown = withoutDatabase(hideTexts(error.message, hidden))
    .replace(STACK, '')
    .replace(/\s+/g, ' ')
    .replace(' . (', ' (');
  if (OWN_LIMITS.has(code)) return asApiError(new EngineError(shown, code, codeName));
  return ApiError.of(
    'query_failed',
    { message: shown },
    { headers: { 'X-DB-Exception-Code': String(code) } },
  );
}
