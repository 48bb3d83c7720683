create table datasources (
  id text not null,
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
  constraint datasources_id_check CHECK (((length(id) = 34) AND (substr(id, 1, 2) = 't_'::text))),
  constraint datasources_pkey PRIMARY KEY (id),
  constraint datasources_workspace_id_name_fkey FOREIGN KEY (workspace_id, name) REFERENCES resource_names(workspace_id, name) ON UPDATE CASCADE ON DELETE CASCADE,
  constraint datasources_workspace_id_name_key UNIQUE (workspace_id, name)
);
CREATE INDEX datasources_unfinished ON datasources USING btree (status) WHERE (status = ANY (ARRAY['creating'::text, 'dropping'::text]));

create table external_sources (
  workspace_id text not null,
  functions text not null,
  addresses text not null,
  updated_at text not null,
  constraint external_sources_pkey PRIMARY KEY (workspace_id),
  constraint external_sources_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
);

create table migrations (
  name text not null,
  applied_at text not null,
  constraint migrations_pkey PRIMARY KEY (name)
);

create table pipe_nodes (
  id text not null,
  pipe_id text not null,
  position integer not null,
  name text not null,
  sql text not null,
  description text not null,
  created_at text not null,
  updated_at text not null,
  version integer not null default 0,
  ignore_sql_errors integer not null default 0,
  materialization text,
  constraint pipe_nodes_id_check CHECK (((length(id) = 34) AND (substr(id, 1, 2) = 't_'::text))),
  constraint pipe_nodes_pipe_id_fkey FOREIGN KEY (pipe_id) REFERENCES pipes(id) ON DELETE CASCADE,
  constraint pipe_nodes_pipe_id_name_key UNIQUE (pipe_id, name),
  constraint pipe_nodes_pipe_id_position_key UNIQUE (pipe_id, "position"),
  constraint pipe_nodes_pkey PRIMARY KEY (id)
);

create table pipe_versions (
  pipe_id text not null,
  version integer not null,
  token_id text not null,
  token_name text not null,
  change text not null,
  definition text not null,
  created_at text not null,
  constraint pipe_versions_pipe_id_fkey FOREIGN KEY (pipe_id) REFERENCES pipes(id) ON DELETE CASCADE,
  constraint pipe_versions_pkey PRIMARY KEY (pipe_id, version)
);

create table pipes (
  id text not null,
  workspace_id text not null,
  name text not null,
  description text not null,
  endpoint_node_id text,
  created_at text not null,
  updated_at text not null,
  tags text not null default '[]'::text,
  version integer not null default 1,
  constraint pipes_id_check CHECK (((length(id) = 34) AND (substr(id, 1, 2) = 't_'::text))),
  constraint pipes_pkey PRIMARY KEY (id),
  constraint pipes_workspace_id_name_fkey FOREIGN KEY (workspace_id, name) REFERENCES resource_names(workspace_id, name) ON UPDATE CASCADE ON DELETE CASCADE,
  constraint pipes_workspace_id_name_key UNIQUE (workspace_id, name)
);

create table resource_names (
  workspace_id text not null,
  name text not null,
  kind text not null,
  resource_id text not null,
  constraint resource_names_pkey PRIMARY KEY (workspace_id, name),
  constraint resource_names_resource_id_key UNIQUE (resource_id),
  constraint resource_names_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
);

create table tokens (
  id text not null,
  workspace_id text not null,
  name text not null,
  description text not null,
  secret_id text not null,
  origin text not null,
  scopes text not null,
  created_at text not null,
  updated_at text not null,
  constraint tokens_id_check CHECK ((length(id) = 36)),
  constraint tokens_pkey PRIMARY KEY (id),
  constraint tokens_secret_id_check CHECK ((length(secret_id) = 36)),
  constraint tokens_secret_id_key UNIQUE (secret_id),
  constraint tokens_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint tokens_workspace_id_name_key UNIQUE (workspace_id, name)
);

create table workspaces (
  id text not null,
  name text not null,
  revision bigint not null default 0,
  created_at text not null,
  updated_at text not null,
  constraint workspaces_id_check CHECK ((length(id) = 36)),
  constraint workspaces_name_key UNIQUE (name),
  constraint workspaces_pkey PRIMARY KEY (id)
);
