/** Options of `events`. */
export interface EventsOptions {
  /** Whether to wait until the rows can be queried (EV-03). */
  wait?: boolean;
}

/** How many rows went where (EV-10). */
export interface IngestionCounts {
  successful_rows: number;
  quarantined_rows: number;
}

/** Options of a new Data Source: `format`, `description`, `engine` and what begins with `engine_` (DS-10…DS-13). */
export type DataSourceOptions = Readonly<Record<string, string>>;

/** A Data Source (DS-41). */
export interface DataSourceInfo {
  id: string;
  name: string;
  description: string;
  type: string;
  engine: Record<string, string>;
  columns: ColumnInfo[];
  used_by: { id: string; name: string }[];
  statistics: { bytes: number | null; row_count: number | null };
  quarantine_rows: number;
  created_at: string;
  updated_at: string;
}

/** A column of a Data Source (DS-42). */
export interface ColumnInfo {
  name: string;
  type: string;
  codec: string | null;
  default_value: string | null;
  jsonpath: string | null;
  nullable: boolean;
  normalized_name: string;
}

/** What makes a Pipe (PI-07). */
export interface NewPipe {
  name: string;
  description?: string;
  tags?: string[];
  nodes: NewPipeNode[];
}

/** A node of a new Pipe; one of `type` materialized needs `datasource`, and may have `engine` and what begins with `engine_` (PI-11). */
export interface NewPipeNode {
  name: string;
  sql: string;
  description?: string;
  type?: string;
  ignore_sql_errors?: boolean;
  datasource?: string;
  [engine: `engine${string}`]: string;
}

/** What a request changes in a Pipe; the rest stays (PI-17). */
export interface PipeChanges {
  name?: string;
  description?: string;
  tags?: string[];
}

/** What a request changes in a node; the rest stays (PI-13). */
export interface NodeChanges {
  sql?: string;
  name?: string;
  description?: string;
  /** Its place among the nodes, from 0. */
  position?: number;
}

/** A Pipe (PI-02). */
export interface PipeInfo {
  id: string;
  name: string;
  description: string;
  tags: string[];
  endpoint: string | null;
  /** What it is for: `endpoint` when a node is published, `materialized` when one is, else `default`. */
  type: string;
  /** Counts its changes, from 1. */
  version: number;
  created_at: string;
  updated_at: string;
  nodes: NodeInfo[];
  url: string;
  /** The token that reads the endpoint, when there is exactly one (EP-01). */
  token?: string;
}

/** A node of a Pipe (PI-03). */
export interface NodeInfo {
  id: string;
  name: string;
  sql: string;
  description: string | null;
  /** The id of the Data Source that it is materialized into (MV-01). */
  materialized: string | null;
  /** What its SQL reads; a list of Pipes leaves it out unless it is asked for (PI-05). */
  dependencies?: string[];
  node_type: string;
  /** Counts its changes, from 0. */
  version: number;
  ignore_sql_errors: boolean;
  params: NodeParameter[];
}

/** A parameter that a node's template takes (PS-23). */
export interface NodeParameter {
  name: string;
  type: string;
  required: boolean;
  default?: unknown;
  description?: string;
}

/** A version of a Pipe: when it came about, by whom and how. */
export interface PipeVersionInfo {
  version: number;
  created_at: string;
  token: { id: string; name: string };
  change: string;
}

/** The result of a query in JSON (QY-12). */
export interface QueryReply<Row> {
  meta: { name: string; type: string }[];
  data: Row[];
  rows: number;
  rows_before_limit_at_least?: number;
  statistics: { elapsed: number; rows_read: number; bytes_read: number };
}
