import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestServer } from '@goldcrest/server/testing';

/** What an attack is after: in a file, in another Workspace, in a Data Source that the reader may not read, and in the SQL of a Pipe. */
export const CANARIES = {
  file: 'CANARY-FILE',
  other: 'CANARY-OTHER',
  hidden: 'CANARY-HIDDEN',
  sql: 'CANARY-SQL',
};

/** The Pipes that take a parameter `p`, by kind. */
const BY_PARAMETER: Readonly<Record<string, string>> = {
  text: '% SELECT name FROM visits WHERE name = {{String(p)}}',
  number: '% SELECT {{Int32(p)}} AS n',
  column: '% SELECT {{column(p)}} AS c FROM visits ORDER BY c',
  table: '% SELECT name FROM {{table(p)}} ORDER BY name',
  list: '% SELECT name FROM visits WHERE name IN {{Array(p)}} ORDER BY name',
  bare: '% SELECT name FROM visits WHERE name = {{p}}',
  quoted: "% SELECT name FROM visits WHERE name = '{{p}}'",
  comment: '% SELECT name FROM visits WHERE 0 /* {{p}} */ -- {{p}}',
  json: "% SELECT name FROM visits WHERE name IN [{% for x in JSON(p, '[]') %}{{x}}, {% end %}''] ORDER BY name",
  conditions: '% SELECT name FROM visits WHERE {{sql_and(name__in=Array(p))}} ORDER BY name',
  columns: '% SELECT {{columns(p)}} FROM visits ORDER BY name',
  symbol: '% SELECT n FROM (SELECT 1 AS {{symbol(p)}}, 2 AS n)',
  time: '% SELECT {{DateTime(p)}} AS t',
  join_table: "% SELECT joinGet({{String(p)}}, 'value', 'x') AS v",
  structure: "% SELECT * FROM values({{String(p)}}, 'x')",
  aggregate: '% SELECT arrayReduce({{String(p)}}, [1, 2]) AS v',
};

/** A Pipe that shows some rows of a Data Source, chosen in each of the ways that there are to choose them. */
const MINE = `
  SELECT 'condition' AS by, name FROM staff WHERE team = 'red' AND name != '${CANARIES.sql}'
  UNION ALL SELECT 'table', name FROM staff WHERE name IN admitted
  UNION ALL SELECT 'call', name FROM staff WHERE in(name, admitted)
  UNION ALL SELECT 'node', name FROM staff WHERE name IN admitted_names
  UNION ALL SELECT 'query', name FROM staff WHERE name IN (SELECT name FROM admitted)
  UNION ALL SELECT 'join', name FROM staff JOIN admitted USING name
  UNION ALL SELECT 'lookup', name FROM staff WHERE joinGet('lookup', 'value', name) = 'found'`;

/** A server with two Workspaces, things to find, and things to break. */
export class World {
  private constructor(
    readonly server: TestServer,
    readonly readToken: string,
    /** A token that may read the Pipe `mine`, which shows some rows. */
    readonly mineToken: string,
    private readonly otherToken: string,
    private readonly folder: string,
    private readonly listener: Server,
    private readonly connections: { count: number },
    private readonly names: Readonly<Record<string, string>>,
  ) {}

  static async make(): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'goldcrest-canary-'));
    const file = join(folder, 'canary.txt');
    writeFileSync(file, `${CANARIES.file}\n`);
    const connections = { count: 0 };
    const listener = createServer((socket) => {
      connections.count += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const address = listener.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const server = await TestServer.start({
      'query-seconds': '2',
      'query-memory-bytes': '300000000',
      'query-result-bytes': '1000000',
    });
    const other = await makeOther(server);
    const { readToken, ids } = await makeOwn(server);
    const mineToken = await makeMine(server);
    const names = {
      ...ids,
      ...other.ids,
      file,
      port: String(port),
      newline: '\n',
      nul: '\0',
      nobodys: `w_${'0'.repeat(32)}`,
      nobodysId: `t_${'0'.repeat(32)}`,
      nested: '('.repeat(5000),
      long: "'".repeat(100_000),
      deepJson: '['.repeat(20_000),
      deepArray: '['.repeat(20_000) + ']'.repeat(20_000),
    };
    return new World(server, readToken, mineToken, other.token, folder, listener, connections, names);
  }

  /** The text of a case with the places filled: `{file}`, `{port}`, `{other}`, `{newline}`… */
  fill(text: string): string {
    return text.replace(/\{(\w+)\}/g, (place, name: string) => this.names[name] ?? place);
  }

  /** What must have stayed as it was. */
  async state(): Promise<unknown> {
    const count = async (token: string, table: string): Promise<unknown> => {
      return (await this.server.client(token).sql(`SELECT count() AS c FROM ${table}`)).data;
    };
    return {
      files: readdirSync(this.folder).map((name) => [name, readFileSync(join(this.folder, name), 'utf8')]),
      visits: await count(this.server.token, 'visits'),
      vault: await count(this.server.token, 'vault'),
      orders: await count(this.otherToken, 'foreign_orders'),
      connections: this.connections.count,
    };
  }

  async end(): Promise<void> {
    await this.server.stop();
    this.listener.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The other Workspace, with names that are nowhere else. */
async function makeOther(server: TestServer): Promise<{ token: string; ids: Record<string, string> }> {
  await server.restart({ workspace: 'other' });
  const { body } = await server.call('GET /tokens');
  const token =
    typeof body === 'object' && body !== null && 'workspace_admin_token' in body
      ? String(body.workspace_admin_token)
      : '';
  const client = server.client(token);
  const { id } = await client.createDataSource('foreign_orders', 'name String `json:$.name`');
  await client.events('foreign_orders', [{ name: CANARIES.other }], { wait: true });
  await client.createPipe({
    name: 'foreign_pipe',
    nodes: [{ name: 'foreign_node', sql: 'SELECT * FROM foreign_orders' }],
  });
  const { body: refused } = await server.call(`POST /v0/sql`, {
    body: 'SELECT 1 FROM foreign_orders WHERE throwIf(1)',
    headers: { authorization: `Bearer ${token}` },
  });
  if (JSON.stringify(refused).includes('w_')) throw new Error('An error of the engine names the database.');
  const { id: pipeId = '', nodes } = await client.pipe('foreign_pipe');
  const ids = {
    other: databaseOf(token),
    otherId: id,
    otherHex: id.slice(2),
    otherPipe: pipeId,
    otherNode: nodes[0]?.id ?? '',
    otherToken: token,
  };
  return { token, ids };
}

/** The name of a Workspace's database: its id is in the token, for everybody to read. */
function databaseOf(token: string): string {
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const id = typeof claims === 'object' && claims !== null && 'u' in claims ? String(claims.u) : '';
  return `w_${id.replaceAll('-', '')}`;
}

async function makeOwn(server: TestServer): Promise<{ readToken: string; ids: Record<string, string> }> {
  const client = server.client();
  await client.createDataSource('visits', 'name String `json:$.name`');
  await client.events('visits', [{ name: 'ann' }, { name: 'bob' }], { wait: true });
  const vault = await client.createDataSource('vault', 'secret String `json:$.secret`');
  await client.events('vault', [{ secret: CANARIES.hidden }], { wait: true });
  const join = {
    engine: 'Join',
    engine_join_strictness: 'ANY',
    engine_join_type: 'LEFT',
    engine_key_columns: 'k',
  };
  await server.form('POST /v0/datasources', {
    name: 'lookup',
    schema: 'k String `json:$.k`, value String `json:$.value`',
    ...join,
  });
  await client.events(
    'lookup',
    [
      { k: 'x', value: 'found' },
      { k: 'ann', value: 'found' },
    ],
    { wait: true },
  );
  const closed = await client.createPipe({
    name: 'closed',
    nodes: [{ name: 'closed_node', sql: 'SELECT secret FROM vault' }],
  });
  await client.publish('closed', 'closed_node');
  await client.createPipe({
    name: 'open',
    nodes: [{ name: 'open_node', sql: 'SELECT name FROM visits ORDER BY name' }],
  });
  const { token: readToken = '' } = await client.publish('open', 'open_node');
  for (const [kind, sql] of Object.entries(BY_PARAMETER)) {
    await client.createPipe({ name: `by_${kind}`, nodes: [{ name: `by_${kind}_node`, sql }] });
    await client.publish(`by_${kind}`, `by_${kind}_node`);
  }
  const viewNode = await makeView(server);
  return {
    readToken,
    ids: { vaultId: vault.id, vaultHex: vault.id.slice(2), closedId: closed.id, viewNode },
  };
}

/** A view of `fed` that fills `harvest`, and a node that has not been materialized. @returns the id of the view's node */
async function makeView(server: TestServer): Promise<string> {
  const client = server.client();
  await client.createDataSource('fed', 'name String `json:$.name`');
  for (const name of ['viewed', 'unviewed']) {
    await client.createPipe({ name, nodes: [{ name: `${name}_node`, sql: 'SELECT name FROM fed' }] });
  }
  await server.call('POST /v0/pipes/viewed/nodes/viewed_node/materialization?datasource=harvest');
  return (await client.pipe('viewed')).nodes[0]?.id ?? '';
}

/** @returns a token for the Pipe `mine` only */
async function makeMine(server: TestServer): Promise<string> {
  const client = server.client();
  await client.createDataSource('staff', 'name String `json:$.name`, team String `json:$.team`');
  const staff = [
    { name: 'ann', team: 'red' },
    { name: CANARIES.hidden, team: 'blue' },
  ];
  await client.events('staff', staff, { wait: true });
  await client.createDataSource('admitted', 'name String `json:$.name`');
  await client.events('admitted', [{ name: 'ann' }], { wait: true });
  const nodes = [
    { name: 'admitted_names', sql: 'SELECT name FROM admitted' },
    { name: 'mine_rows', sql: MINE },
  ];
  await client.createPipe({ name: 'mine', nodes });
  return (await client.publish('mine', 'mine_rows')).token ?? '';
}
