import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type Engine, openEmbeddedEngine, type QueryResult } from '@goldcrest/engine';
import { concurrently, sequentially } from './load.js';
import type { Answer, Order } from './messages.js';
import { cycle, sqlFor, type Workload } from './workload.js';

/** As many as run at the same time in a server by default. */
const SESSIONS = 8;

/** The engine, and what it is asked. */
class Queries {
  private workload: Workload = { sql: '', settings: {} };
  private readonly nextValue = cycle();

  constructor(
    private readonly engine: Engine,
    private readonly database: string,
  ) {}

  prepare(workload: Workload): void {
    this.workload = workload;
  }

  /** Asks for what comes next, or for one value of the parameter. @param threads when they are other than the workload's */
  ask({
    value = this.nextValue(),
    threads,
  }: {
    value?: number;
    threads?: number;
  } = {}): Promise<QueryResult> {
    const { engine, database, workload } = this;
    const settings =
      threads === undefined ? workload.settings : { ...workload.settings, max_threads: threads };
    return engine.query({ sql: sqlFor(workload, value), database, format: 'JSON', settings });
  }

  command(sql: string): Promise<void> {
    return this.engine.command({ sql, database: this.database });
  }

  close(): Promise<void> {
    return this.engine.close();
  }
}

/** Answers orders over the channel to its parent, one at a time, with the engine in `path`. */
async function serve(path: string): Promise<void> {
  const engine = await openEmbeddedEngine({ path, sessions: SESSIONS });
  const queries = new Queries(engine, await databaseOf(engine));
  const server = bareServer(queries);
  process.on('message', async (order: Order) => {
    const answer = await obey(order, queries, server).catch(
      (error: unknown): Answer => ({ kind: 'failed', reason: String(error) }),
    );
    process.send?.(answer);
    if (order.kind === 'close') process.disconnect();
  });
}

async function obey(order: Order, queries: Queries, server: Server): Promise<Answer> {
  switch (order.kind) {
    case 'command':
      await queries.command(order.sql);
      return { kind: 'done' };
    case 'prepare':
      queries.prepare(order.workload);
      return { kind: 'done' };
    case 'once':
      return { kind: 'body', text: new TextDecoder().decode((await queries.ask(order)).body) };
    case 'listen':
      return { kind: 'listening', url: await listen(server) };
    case 'sequential':
      return { kind: 'latencies', ms: await sequentially(order.ms, () => queries.ask()) };
    case 'concurrent': {
      const { ms, callers, threads } = order;
      return { kind: 'load', load: await concurrently(ms, callers, () => queries.ask({ threads })) };
    }
    case 'close':
      server.close();
      server.closeAllConnections();
      await queries.close();
      return { kind: 'done' };
  }
}

/** The least that a server can do: run the query and send the result. */
function bareServer(queries: Queries): Server {
  return createServer(async (_request, response) => {
    try {
      response.setHeader('content-type', 'application/json').end((await queries.ask()).body);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address === 'object' && address !== null) return `http://127.0.0.1:${address.port}`;
  throw new Error('The bare server has no port.');
}

/** The Workspace's database: the one that has the Data Source. */
async function databaseOf(engine: Engine): Promise<string> {
  const sql = "SELECT database FROM system.tables WHERE name = 'page_hits'";
  const { body } = await engine.query({ sql, database: 'system', format: 'TSVRaw' });
  return new TextDecoder().decode(body).trim();
}

await serve(process.argv[2] ?? '');
