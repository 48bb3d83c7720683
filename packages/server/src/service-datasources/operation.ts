import type { DataSource } from '../datasources/index.js';

/** The operations on a Data Source, by the names that the log gives them (SVT-11). A Data Source that is dropped is a `delete`. */
export type OperationKind =
  | 'create'
  | 'sync-dynamodb'
  | 'append'
  | 'append-hfi'
  | 'append-kafka'
  | 'append-dynamodb'
  | 'replace'
  | 'delete'
  | 'truncate'
  | 'rename'
  | 'populateview-queued'
  | 'populateview'
  | 'copy'
  | 'alter';

/** The Data Source as it is when the operation happens (SV-09): its name and tags are kept, whatever they become later. */
export type LoggedDataSource = Pick<DataSource, 'id' | 'workspaceId' | 'name' | 'tags'>;

/** Rows, and the bytes that they have in the engine, before compression. */
export interface Amount {
  rows: number;
  bytes: number;
}

/** What the base of an operation and each materialization have in common. What is left out is not known, or there was none of it. */
interface Step {
  elapsedMs: number;
  /** What went wrong; without it the step is ok. */
  error?: string | undefined;
  /** Rows of a Data Source that were read for it, which the body of a request is not. */
  read?: Amount;
  /** Rows that went into the Data Source of this step. */
  written?: Amount;
  /** How long the engine worked on it. */
  engineSeconds?: number;
}

/** One operation on a Data Source. */
export interface Operation extends Step {
  kind: OperationKind;
  datasource: LoggedDataSource;
  /** The request that asked for it; the first one where several were done together. */
  requestId: string;
  /** When it started, in milliseconds since 1970. */
  startedAt: number;
  /** A ULID by which it is known; made when it is left out. One that is repeated after a crash keeps its id. */
  id?: string;
  jobId?: string;
  /** Some of it is done and some has failed: a synchronisation of several files (SVT-12). */
  partly?: boolean;
  /**
   * How many rows it affected (SVT-13): those inserted by an append, those that the Data Source had before a delete or truncate,
   * those that it has after a replace.
   */
  rows?: number;
  /** Rows that went into quarantine. */
  quarantined?: Amount;
  /** More about it, such as `source`, `old_name` and `new_name`, `rows_before_replace` (SVT-14). */
  options?: Readonly<Record<string, string>>;
  blocks?: readonly Block[];
  views?: readonly Materialization[];
}

/** What one Materialized View made of an operation's rows; a row of its own in the log (SVT-15, MZ-14). */
export interface Materialization extends Step {
  /** The Pipe whose node it is. */
  pipe: { id: string; name: string; tags: readonly string[] };
  /** The Data Source that it writes to. */
  datasource: LoggedDataSource;
}

/** Rows that were written to a Data Source together (SVT-08). */
export interface Block {
  /** The URL from which it was read, `body` for a request's body, `stream` for events (SVT-09). */
  source: string;
  elapsedMs: number;
  /** What went wrong; without it the block is done. */
  error?: string | undefined;
  /** The request with which it came, when that is not the operation's. */
  requestId?: string;
  /** A ULID; made when it is left out. */
  id?: string;
  rows?: number;
  quarantined?: number;
  emptyLines?: number;
  /** Bytes as they came. */
  bytes?: number;
  /** Where in its source it began and ended, in bytes. */
  range?: { start: number; end: number };
  parser?: string;
}
