import type { InsertCost, InsertFileRequest, QueryCost, QueryResult, SpooledResult } from './engine.js';
import type { ReadStatement } from './statement.js';

/** A streamed read under way. */
export interface RunningStream {
  /** The answer; throws the query's error. Ending the iteration early lets go of the answer, not of the query. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Settles, never rejects, when the session can be used again; null when the query failed. */
  readonly ended: Promise<QueryCost | null>;
}

/** Is told the bytes that a file has while it grows. */
export type OnGrowth = (bytes: number) => void;

/** One line to a database: it does one thing at a time. What an engine has to bring. */
export interface EngineSession {
  /** The database that unqualified names are looked up in now. */
  readonly database: string;
  /** Runs SQL as it is. The promise settles when the session can be used again. */
  run(sql: string, options: RunOptions): Promise<QueryResult>;
  /**
   * Runs a read whose answer goes to a file; leaves none when it fails.
   * @param onGrowth is told the file's bytes while it grows
   */
  spool(read: ReadStatement, onGrowth?: OnGrowth): Promise<SpooledResult>;
  /** Begins a streamed read. */
  stream(read: ReadStatement, onGrowth?: OnGrowth): RunningStream;
  /** Inserts a file with one INSERT. */
  insertFile(request: InsertFileRequest): Promise<InsertCost>;
}

/** How to run SQL. */
export interface RunOptions {
  /** Database for unqualified names; the session keeps its own where none is given. */
  readonly database?: string | undefined;
  /** Output format where the SQL names none. */
  readonly format: string;
}
