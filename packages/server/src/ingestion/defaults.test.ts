import { afterEach, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { fillOf } from './defaults.js';
import { BrittleEngine, engineError } from './testing/brittleEngine.js';

const NOON = new Date('2020-02-03T04:05:06.789Z');

let server: TestServer | undefined;
let engine: BrittleEngine;
afterEach(() => server?.stop());

async function start(): Promise<TestServer> {
  engine = new BrittleEngine();
  server = await TestServer.start({}, { clock: () => NOON, wrapEngine: engine.wrap, retryMs: 1 });
  return server;
}

test.each([
  ['DateTime', 'now()', '2020-02-03 04:05:06'],
  ['DateTime', 'NOW ( )', '2020-02-03 04:05:06'],
  ["DateTime('Asia/Tokyo')", 'now()', '2020-02-03 13:05:06'],
  ["DateTime('Asia/Tokyo')", "now('Europe/Madrid')", '2020-02-03 13:05:06'],
  ['Nullable(DateTime)', 'now64()', '2020-02-03 04:05:06'],
  ['DateTime64(3)', 'now()', '2020-02-03 04:05:06.000'],
  ['DateTime64(3)', 'now64()', '2020-02-03 04:05:06.789'],
  ['DateTime64(6)', 'now64(6)', '2020-02-03 04:05:06.789000'],
  ['DateTime64(1)', 'now64(3)', '2020-02-03 04:05:06.7'],
  ["DateTime64(3, 'Asia/Tokyo')", "now64(2, 'UTC')", '2020-02-03 13:05:06.780'],
])('[EV-25] %s DEFAULT %s is the time at which the event came', async (type, expression, expected) => {
  const { id: _id, ...made } = await (await start())
    .client()
    .createDataSource('hits', `id UInt8 \`json:$.id\`, at ${type} \`json:$.at\` DEFAULT ${expression}`);
  expect(made).toBeDefined();
  // The second is checked by its bytes, the third by what its text says, as a key is there twice.
  const body = '{"id":1,"at":"2021-01-01T00:00:00Z"}\n{"id":2}\n{"id":3,"x":1,"x":2}\n{"id":4,"at":null}\n{}';
  const sent = await server?.call('POST /v0/events?name=hits&wait=true', { body });
  expect(sent?.body).toEqual({ successful_rows: 4, quarantined_rows: 1 });
  const rows = await server?.rows('SELECT toString(at) FROM hits ORDER BY id');
  expect(rows?.slice(1)).toEqual([[expected], [expected], [expected]]);
  expect(rows?.[0]).not.toEqual([expected]);
});

test('[EV-25] [EV-28] what an event has by default is the same in its Data Source and in a view that failed at first', async () => {
  const { id } = await (await start())
    .client()
    .createDataSource(
      'hits',
      'n UInt8 `json:$.n`, at DateTime64(3) `json:$.at` DEFAULT now64(3), id UUID `json:$.id` DEFAULT generateUUIDv4()',
    );
  expect(id).toBeDefined();
  const client = server?.client();
  await client?.createDataSource('copies', 'n UInt8, at DateTime64(3), id UUID');
  await client?.createDataSource('closed', 'n UInt8 `json:$.n`');
  const sql = "SELECT n + throwIf(n IN (SELECT n FROM closed), 'closed') AS n, at, id FROM hits";
  await client?.createPipe({ name: 'copy', nodes: [{ name: 'rows', sql }] });
  const linked = await server?.call('POST /v0/pipes/copy/nodes/rows/materialization?datasource=copies');
  expect(linked?.status).toBe(200);
  await server?.call('POST /v0/events?name=closed&wait=true', { body: '{"n":2}' });
  let tries = 0;
  engine.before = async ({ database, table }) => {
    if (table !== 'hits') return;
    tries += 1;
    if (tries === 1) throw engineError(999, 'KEEPER_EXCEPTION');
    if (tries === 3) await engine.command(`TRUNCATE TABLE ${database}.closed`);
  };
  const sent = await server?.call('POST /v0/events?name=hits&wait=true', { body: '{"n":1}\n{"n":2}' });
  expect([sent?.status, tries]).toEqual([200, 3]);
  const rows = await server?.rows('SELECT n, toString(at), id FROM hits ORDER BY n');
  expect(rows?.map(([n, at]) => [n, at])).toEqual([
    [1, '2020-02-03 04:05:06.789'],
    [2, '2020-02-03 04:05:06.789'],
  ]);
  expect(new Set(rows?.map(([, , uuid]) => uuid)).size).toBe(2);
  expect(await server?.rows('SELECT n, toString(at), id FROM copies ORDER BY n')).toEqual(rows);
});

test.each([
  ['String', 'now()'],
  ['Date', 'now()'],
  ['DateTime', 'now() + 1'],
  ['DateTime', "'now()'"],
  ['DateTime64(3)', 'now64(digits)'],
  ['UInt64', 'generateUUIDv4()'],
  ['UInt32', 'rand()'],
  ['DateTime', null],
])('[EV-25] %s DEFAULT %s is for the engine to make', (type, defaultExpression) => {
  expect(fillOf({ type, defaultExpression })).toBeNull();
});
