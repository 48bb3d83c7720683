import { type Dialect, PostgresDialect } from 'kysely';
import pg from 'pg';

/** Where the metadata is when several nodes share it. */
export interface PostgresOptions {
  kind: 'postgres';
  /** `postgres://user:password@host:port/database`; libpq's parameters may follow. */
  connectionString: string;
  /** How many connections this process may hold; 10 when not given. */
  poolMax?: number;
}

/** Metadata is read from caches and rarely written, so few connections serve many requests. */
const POOL_MAX = 10;

/** How long a query waits for a free or new connection before it fails. */
const CONNECT_TIMEOUT_MS = 10_000;

/** How long the server may work on one statement, waits for locks and for another process's migration included. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** How long a transaction may sit between two statements: a node that hangs must not keep its locks. */
const IDLE_IN_TRANSACTION_MS = 30_000;

/** Kysely's dialect for the server. Connections are made when queries need them. */
export function createDialect(options: PostgresOptions): Dialect {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.poolMax ?? POOL_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
  });
  // Without a listener, an idle connection that breaks would end the process. The pool has already dropped it, and the
  // next query makes a new one or fails with the reason, so there is nothing left to do here.
  pool.on('error', () => {});
  return new PostgresDialect({ pool });
}
