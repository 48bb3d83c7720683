import { type QueryExecutorProvider, sql } from 'kysely';

/**
 * The first tables: Workspaces, tokens, the name space (DM-05), Data Sources, Pipes and nodes. The statements mean the
 * same in SQLite and PostgreSQL. Words that may get company later (status, origin) are checked when read and
 * not here, because SQLite can't change a table's checks.
 */
export async function up(transaction: QueryExecutorProvider): Promise<void> {
  for (const statement of [...tables, ...indexes]) await statement.execute(transaction);
}

const tables = [
  sql`create table workspaces (
  id text not null primary key check (length(id) = 36),
  name text not null unique,
  revision bigint not null default 0,
  created_at text not null,
  updated_at text not null
)`,
  sql`create table tokens (
  id text not null primary key check (length(id) = 36),
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  description text not null,
  secret_id text not null unique check (length(secret_id) = 36),
  origin text not null,
  scopes text not null,
  created_at text not null,
  updated_at text not null,
  unique (workspace_id, name)
)`,
  sql`create table resource_names (
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  kind text not null,
  resource_id text not null unique,
  primary key (workspace_id, name)
)`,
  sql`create table datasources (
  id text not null primary key check (length(id) = 34 and substr(id, 1, 2) = 't_'),
  workspace_id text not null,
  name text not null,
  description text not null,
  format text not null,
  columns text not null,
  engine text not null,
  tags text not null,
  status text not null,
  created_at text not null,
  updated_at text not null,
  unique (workspace_id, name),
  foreign key (workspace_id, name) references resource_names (workspace_id, name) on update cascade on delete cascade
)`,
  sql`create table pipes (
  id text not null primary key check (length(id) = 34 and substr(id, 1, 2) = 't_'),
  workspace_id text not null,
  name text not null,
  description text not null,
  endpoint_node_id text,
  created_at text not null,
  updated_at text not null,
  unique (workspace_id, name),
  foreign key (workspace_id, name) references resource_names (workspace_id, name) on update cascade on delete cascade
)`,
  sql`create table pipe_nodes (
  id text not null primary key check (length(id) = 34 and substr(id, 1, 2) = 't_'),
  pipe_id text not null references pipes (id) on delete cascade,
  position integer not null,
  name text not null,
  sql text not null,
  description text not null,
  created_at text not null,
  updated_at text not null,
  unique (pipe_id, name),
  unique (pipe_id, position)
)`,
];

/** Only what is being made or removed is in it: a handful of rows that are looked up at every start. */
const indexes = [
  sql`create index datasources_unfinished on datasources (status) where status in ('creating', 'dropping')`,
];
