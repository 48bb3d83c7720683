import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type Engine, openEmbeddedEngine } from '@goldcrest/engine';
import { COMPILED_SQL, SETTINGS } from './endpointQuery.js';
import { concurrently, sequentially } from './load.js';
import type { Answer, Order } from './messages.js';

/** As many as the server opens by default. */
const SESSIONS = 8;

type Ask = () => ReturnType<Engine['query']>;

interface Parts {
  engine: Engine;
  ask: Ask;
  server: Server;
}

/** Answers orders over the channel to its parent, one at a time, with the engine in `path`. */
async function serve(path: string): Promise<void> {
  const engine = await openEmbeddedEngine({ path, sessions: SESSIONS });
  const database = await databaseOf(engine);
  const ask: Ask = () => engine.query({ sql: COMPILED_SQL, database, format: 'JSON', settings: SETTINGS });
  const server = bareServer(ask);
  process.on('message', async (order: Order) => {
    const answer = await obey(order, { engine, ask, server }).catch(
      (error: unknown): Answer => ({ kind: 'failed', reason: String(error) }),
    );
    process.send?.(answer);
    if (order.kind === 'close') process.disconnect();
  });
}

async function obey(order: Order, { engine, ask, server }: Parts): Promise<Answer> {
  switch (order.kind) {
    case 'once':
      return { kind: 'body', text: new TextDecoder().decode((await ask()).body) };
    case 'listen':
      return { kind: 'listening', url: await listen(server) };
    case 'sequential':
      return { kind: 'latencies', ms: await sequentially(order.ms, ask) };
    case 'concurrent':
      return { kind: 'rate', perSecond: await concurrently(order.ms, order.callers, ask) };
    case 'close':
      server.close();
      server.closeAllConnections();
      await engine.close();
      return { kind: 'closed' };
  }
}

/** The least that a server can do: run the query and send the result. */
function bareServer(ask: Ask): Server {
  return createServer(async (_request, response) => {
    try {
      response.setHeader('content-type', 'application/json').end((await ask()).body);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address === 'object' && address !== null) return `http://127.0.0.1:${address.port}/`;
  throw new Error('The bare server has no port.');
}

/** The Workspace's database: the one that has the Data Source. */
async function databaseOf(engine: Engine): Promise<string> {
  const sql = "SELECT database FROM system.tables WHERE name = 'page_hits'";
  const { body } = await engine.query({ sql, database: 'system', format: 'TSVRaw' });
  return new TextDecoder().decode(body).trim();
}

await serve(process.argv[2] ?? '');
