/**
 * The metadata tables as Kysely sees them: the same in SQLite and PostgreSQL. Every `*_at` is text in the form of
 * `timestamp` (GN-22). Columns that hold JSON or one of a few words are plain text here; the stores check them
 * when they read, so that a damaged row is an error and not a wrong type.
 */
export interface Tables {
  migrations: MigrationsTable;
  workspaces: WorkspacesTable;
  tokens: TokensTable;
  resource_names: ResourceNamesTable;
  datasources: DataSourcesTable;
  pipes: PipesTable;
  pipe_nodes: PipeNodesTable;
  pipe_versions: PipeVersionsTable;
  external_sources: ExternalSourcesTable;
}

/** Which migrations this database has. */
interface MigrationsTable {
  name: string;
  applied_at: string;
}

/** Workspaces (DM-08). */
interface WorkspacesTable {
  id: string;
  name: string;
  /** Counts the writes to the Workspace. PostgreSQL gives a bigint as text, SQLite as a number. */
  revision: number | string;
  created_at: string;
  updated_at: string;
}

/** Static tokens (TK-01). The token's text is derived from `secret_id` and is nowhere in the database. */
interface TokensTable {
  id: string;
  workspace_id: string;
  name: string;
  description: string;
  secret_id: string;
  origin: string;
  /** JSON: TokenScope[]. */
  scopes: string;
  created_at: string;
  updated_at: string;
}

/** The one name space of a Workspace (DM-05). A Data Source or Pipe exists only while its name is here. */
interface ResourceNamesTable {
  workspace_id: string;
  name: string;
  kind: string;
  resource_id: string;
}

/** Data Sources (GN-23). */
interface DataSourcesTable {
  id: string;
  workspace_id: string;
  name: string;
  description: string;
  format: string;
  /** JSON: StoredColumn[]. */
  columns: string;
  /** JSON: StoredEngine. */
  engine: string;
  /** JSON: an object of texts. */
  tags: string;
  status: string;
  created_at: string;
  updated_at: string;
}

/** Pipes (GN-23). */
interface PipesTable {
  id: string;
  workspace_id: string;
  name: string;
  description: string;
  endpoint_node_id: string | null;
  created_at: string;
  updated_at: string;
  /** JSON: a list of texts. */
  tags: string;
  /** Counts the changes of the Pipe, from 1. */
  version: number;
}

/** The nodes of Pipes; `position` counts from 0 inside a Pipe. */
interface PipeNodesTable {
  id: string;
  pipe_id: string;
  position: number;
  name: string;
  sql: string;
  description: string;
  created_at: string;
  updated_at: string;
  /** Counts the changes of the node, from 0. */
  version: number;
  /** 0 or 1. */
  ignore_sql_errors: number;
  /** JSON: NodeMaterialization; null when the node is not materialized. */
  materialization: string | null;
}

/** What Pipes were after each of their latest changes. */
interface PipeVersionsTable {
  pipe_id: string;
  version: number;
  token_id: string;
  token_name: string;
  /** What the change did, in a few words. */
  change: string;
  /** JSON: PipeDefinition. */
  definition: string;
  created_at: string;
}

/** What a Workspace allows its queries to read from other servers (PS-08). */
interface ExternalSourcesTable {
  workspace_id: string;
  /** JSON: names. */
  functions: string;
  /** JSON: `host:port` and `*.domain:port`. */
  addresses: string;
  updated_at: string;
}
