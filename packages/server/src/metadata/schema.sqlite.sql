CREATE TABLE datasources (
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
);

CREATE INDEX datasources_unfinished on datasources (status) where status in ('creating', 'dropping');

CREATE TABLE external_sources (
  workspace_id text not null primary key references workspaces (id) on delete cascade,
  functions text not null,
  addresses text not null,
  updated_at text not null
);

CREATE TABLE migrations (
  name text not null primary key,
  applied_at text not null
);

CREATE TABLE pipe_nodes (
  id text not null primary key check (length(id) = 34 and substr(id, 1, 2) = 't_'),
  pipe_id text not null references pipes (id) on delete cascade,
  position integer not null,
  name text not null,
  sql text not null,
  description text not null,
  created_at text not null,
  updated_at text not null, version integer not null default 0, ignore_sql_errors integer not null default 0, materialization text,
  unique (pipe_id, name),
  unique (pipe_id, position)
);

CREATE TABLE pipe_versions (
  pipe_id text not null references pipes (id) on delete cascade,
  version integer not null,
  token_id text not null,
  token_name text not null,
  change text not null,
  definition text not null,
  created_at text not null,
  primary key (pipe_id, version)
);

CREATE TABLE pipes (
  id text not null primary key check (length(id) = 34 and substr(id, 1, 2) = 't_'),
  workspace_id text not null,
  name text not null,
  description text not null,
  endpoint_node_id text,
  created_at text not null,
  updated_at text not null, tags text not null default '[]', version integer not null default 1,
  unique (workspace_id, name),
  foreign key (workspace_id, name) references resource_names (workspace_id, name) on update cascade on delete cascade
);

CREATE TABLE resource_names (
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  kind text not null,
  resource_id text not null unique,
  primary key (workspace_id, name)
);

CREATE TABLE tokens (
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
);

CREATE TABLE workspaces (
  id text not null primary key check (length(id) = 36),
  name text not null unique,
  revision bigint not null default 0,
  created_at text not null,
  updated_at text not null
);
