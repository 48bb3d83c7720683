import { type Engine, openEmbeddedEngine } from '@goldcrest/engine';
import { COMPILED_SQL, SETTINGS } from './endpointQuery.js';
import { concurrently, sequentially } from './load.js';
import type { Answer, Order } from './messages.js';

/** As many as the server opens by default. */
const SESSIONS = 8;

/** Answers orders over the channel to its parent, one at a time, with the engine in `path`. */
async function serve(path: string): Promise<void> {
  const engine = await openEmbeddedEngine({ path, sessions: SESSIONS });
  const database = await databaseOf(engine);
  const ask = () => engine.query({ sql: COMPILED_SQL, database, format: 'JSON', settings: SETTINGS });
  process.on('message', async (order: Order) => {
    const answer = await obey(order, engine, ask).catch((error: unknown): Answer => ({ kind: 'failed', reason: String(error) }));
    process.send?.(answer);
    if (order.kind === 'close') process.disconnect();
  });
}

async function obey(order: Order, engine: Engine, ask: () => ReturnType<Engine['query']>): Promise<Answer> {
  switch (order.kind) {
    case 'once':
      return { kind: 'body', text: new TextDecoder().decode((await ask()).body) };
    case 'sequential':
      return { kind: 'latencies', ms: await sequentially(order.ms, ask) };
    case 'concurrent':
      return { kind: 'rate', perSecond: await concurrently(order.ms, order.callers, ask) };
    case 'close':
      await engine.close();
      return { kind: 'closed' };
  }
}

/** The Workspace's database: the one that has the Data Source. */
async function databaseOf(engine: Engine): Promise<string> {
  const sql = "SELECT database FROM system.tables WHERE name = 'page_hits'";
  const { body } = await engine.query({ sql, database: 'system', format: 'TSVRaw' });
  return new TextDecoder().decode(body).trim();
}

await serve(process.argv[2] ?? '');
