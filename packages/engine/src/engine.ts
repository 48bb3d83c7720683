/** A value of an engine setting. */
export type SettingValue = string | number | boolean;

/** Engine settings of one query, by name. */
export type Settings = Readonly<Record<string, SettingValue>>;

/** One read. `sql` is one SELECT, DESCRIBE, EXPLAIN, SHOW or EXISTS without a trailing FORMAT, SETTINGS or `;`. */
export interface QueryRequest {
  readonly sql: string;
  /** Database in which names without one are looked up. */
  readonly database: string;
  /** Name of the engine's output format, for example `JSON` or `CSVWithNames`. */
  readonly format: string;
  readonly settings?: Settings;
  /**
   * Lets table functions through that read from other servers (`postgresql`, `url`…), to addresses that the engine was opened
   * with; false by default.
   */
  readonly external?: boolean;
  /** Ends the query in the engine; the promise then rejects with QueryCancelledError. */
  readonly signal?: AbortSignal;
  /**
   * A text with the same tokens as `sql` but for the values of literals, by which `sql` is known again: that it is one reading
   * statement is then found out once. Without it `sql` stands for itself.
   */
  readonly shape?: string;
}

/** A read whose answer may lie in a file on its way. */
export interface SpoolRequest extends QueryRequest {
  /** Called with the bytes that the answer's file has by now, while it grows. Never called where there is no file. */
  readonly onGrowth?: (bytes: number) => void;
}

/** A streamed read. */
export interface StreamRequest extends SpoolRequest {
  /** Called once, when the engine has let go of the query, which can be long before its reader has. Null when it failed. */
  readonly onEnd?: (cost: QueryCost | null) => void;
}

/** What a read cost. */
export interface QueryCost {
  /** Null when the database does not tell, which depends on the format and on how the answer came. */
  readonly rowsRead: number | null;
  /** Null when the database does not tell. */
  readonly bytesRead: number | null;
  readonly elapsedSeconds: number;
}

/** Answer of a read, formatted by the engine, and what it cost. */
export interface QueryResult extends QueryCost {
  readonly body: Uint8Array;
}

/** Answer of a read in a file, which belongs to the caller. */
export interface SpooledResult extends QueryCost {
  readonly path: string;
  readonly bytes: number;
  /** The last bytes of the answer, up to 1 KiB: JSON has its statistics there. */
  readonly tail: Uint8Array;
  /** Removes the file; again does nothing. Who reads it by then can go on. */
  readonly remove: () => Promise<void>;
}

/** What an insert has written to its table, as the engine counts it; what views of the table write is not in it. */
export interface InsertCost {
  /** Rows of the file, also when its token was known and nothing was written. */
  readonly rows: number;
  /** Their size in the engine before compression. */
  readonly bytes: number;
  readonly elapsedSeconds: number;
}

/** DDL or maintenance: one statement that the server itself made; never text from a user. No USE and no SET in it. */
export interface CommandRequest {
  readonly sql: string;
  /** Default database; the engine's `default` where none is given. */
  readonly database?: string;
  /** Appended as SETTINGS; only for statements whose syntax ends with them. */
  readonly settings?: Settings;
}

/** Formats in which insertFile reads. */
export type InsertFormat = 'JSONEachRow' | 'JSONCompactEachRow' | 'CSV';

/** One file that becomes one INSERT. */
export interface InsertFileRequest {
  readonly database: string;
  readonly table: string;
  /** Where views that the insert triggers look up what they name without a database, as in `joinGet`; that of the table where none is given. */
  readonly currentDatabase?: string;
  /** Columns that the file gives; a JSON row that omits one gets the column's DEFAULT. */
  readonly columns: readonly string[];
  /** Uncompressed local file, readable by this process. */
  readonly path: string;
  readonly format: InsertFormat;
  readonly settings?: Settings;
  /** Makes a repeated insert a no-op on tables with a deduplication window, and in the targets of their views. */
  readonly deduplicationToken?: string;
  /** Ends the insert in the engine; the promise then rejects when it has ended. Some of it may be written. */
  readonly signal?: AbortSignal;
}

/**
 * The analytical database (design §1): the same behaviour embedded and on a cluster.
 *
 * Every method rejects with EngineError for what the database reports, EngineBusyError when too much waits,
 * EngineClosedError after close(), EngineUnavailableError when the database can't be reached.
 */
export interface Engine {
  /** Reads, never writes (GN-17, ERD-01). The whole answer is in memory: bound it with `max_result_bytes`. */
  query(request: QueryRequest): Promise<QueryResult>;
  /**
   * Reads like `query`, with the whole answer in a file: for what may be too large for the memory. The file is complete when the
   * promise resolves, and there is none when it rejects.
   */
  spool(request: SpoolRequest): Promise<SpooledResult>;
  /**
   * Reads, never writes, in bounded memory and in any format. The first chunk, or the error, comes before
   * anything is yielded; a later error ends the iteration. Leaving the loop, or the signal, stops the engine.
   */
  stream(request: StreamRequest): AsyncIterable<Uint8Array>;
  /** Runs trusted DDL or maintenance. */
  command(request: CommandRequest): Promise<void>;
  /** Inserts a file with one INSERT; a file of at most one block (about a million rows) is all or nothing per partition. */
  insertFile(request: InsertFileRequest): Promise<InsertCost>;
  /** Text of `EXPLAIN AST` of one SELECT. Parses only; refuses what could be a second statement. */
  explainAst(sql: string): Promise<string>;
  /** Version of the database, for example `26.7.2.1`. */
  version(): Promise<string>;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  /** Refuses new work, waits for running work (bounded), then closes. Idempotent. */
  close(): Promise<void>;
}
