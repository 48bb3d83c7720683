import { type QueryExecutorProvider, sql } from 'kysely';

/**
 * Tags of Pipes, and their versions: `pipes.version` counts the changes of a Pipe, and each of them is kept as a whole. A Pipe that is
 * there already gets its present definition as its first version, so that its next change can be taken back too. 0 and 1 stand for
 * false and true, which the two databases write differently.
 */
export async function up(transaction: QueryExecutorProvider): Promise<void> {
  for (const statement of changes) await statement.execute(transaction);
  const { rows: pipes } = await sql<PipeRow>`select * from pipes`.execute(transaction);
  const { rows: nodes } = await sql<NodeRow>`select * from pipe_nodes order by position`.execute(transaction);
  for (const pipe of pipes) {
    const own = nodes.filter((node) => node.pipe_id === pipe.id);
    await sql`insert into pipe_versions (pipe_id, version, token_id, token_name, change, definition, created_at)
      values (${pipe.id}, 1, '', '', 'found', ${definitionOf(pipe, own)}, ${pipe.updated_at})`.execute(
      transaction,
    );
  }
}

const changes = [
  sql`alter table pipes add column tags text not null default '[]'`,
  sql`alter table pipes add column version integer not null default 1`,
  sql`alter table pipe_nodes add column version integer not null default 0`,
  sql`alter table pipe_nodes add column ignore_sql_errors integer not null default 0`,
  sql`create table pipe_versions (
  pipe_id text not null references pipes (id) on delete cascade,
  version integer not null,
  token_id text not null,
  token_name text not null,
  change text not null,
  definition text not null,
  created_at text not null,
  primary key (pipe_id, version)
)`,
];

interface PipeRow {
  id: string;
  name: string;
  description: string;
  endpoint_node_id: string | null;
  updated_at: string;
}

interface NodeRow {
  id: string;
  pipe_id: string;
  name: string;
  sql: string;
  description: string;
}

function definitionOf(pipe: PipeRow, nodes: readonly NodeRow[]): string {
  return JSON.stringify({
    name: pipe.name,
    description: pipe.description,
    tags: [],
    endpointNodeId: pipe.endpoint_node_id,
    nodes: nodes.map(({ id, name, sql, description }) => ({
      id,
      name,
      sql,
      description,
      ignoreSqlErrors: false,
    })),
  });
}
