import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ServerOptions } from '../../server.js';
import { type Reply, TestServer } from '../../testing/harness.js';
import { BrittleEngine, engineError } from '../testing/brittleEngine.js';
import { makeView } from '../testing/makeView.js';

let server: TestServer;
let engine: BrittleEngine;

beforeEach(() => {
  engine = new BrittleEngine();
});
afterEach(async () => {
  engine.before = () => {};
  await server.stop();
});

async function start(options: ServerOptions = {}): Promise<void> {
  server = await TestServer.start({}, { wrapEngine: engine.wrap, retryMs: 1, ...options });
}

function send(...ids: number[]): Promise<Reply> {
  return server.call('POST /v0/events?name=hits&wait=true', {
    body: ids.map((id) => JSON.stringify({ id })).join('\n'),
  });
}

/** Makes the Data Source `hits`. */
const makeHits = () => server.client().createDataSource('hits', 'id UInt32 `json:$.id`');

/** Puts another limit in the place of that with which views are made. */
async function limitViews(limit: string): Promise<void> {
  const views = await engine.ask(
    "SELECT concat(database, '.`', name, '`'), replaceAll(create_table_query, '\\n', ' ') FROM system.tables WHERE name LIKE 'view.%'",
  );
  for (const line of views.trimEnd().split('\n')) {
    const [name = '', sql = ''] = line.split('\t');
    expect(sql).toContain('max_execution_time = 60');
    await engine.command(`DROP VIEW ${name} SYNC`);
    await engine.command(sql.replace('max_execution_time = 60', limit));
  }
}

const ENDLESS =
  'SELECT id FROM hits WHERE id NOT IN (SELECT number FROM numbers(1000000000000) WHERE sipHash64(number) = 1)';

test('[EV-16] [EV-18] what passes is waited out behind a view too, and the view misses nothing', async () => {
  await start();
  await makeHits();
  await makeView(server, 'crowded', 'SELECT id FROM hits');
  expect((await send(1)).status).toBe(200);
  let tries = 0;
  engine.before = async ({ database, table }) => {
    if (table !== 'hits') return;
    tries += 1;
    const setting = 'parts_to_delay_insert = 1, parts_to_throw_insert = 1';
    if (tries === 1) await engine.command(`ALTER TABLE ${database}.crowded MODIFY SETTING ${setting}`);
    const names = 'parts_to_delay_insert, parts_to_throw_insert';
    if (tries === 7) await engine.command(`ALTER TABLE ${database}.crowded RESET SETTING ${names}`);
  };
  expect([(await send(2)).status, tries]).toEqual([200, 7]);
  expect(await server.rows('SELECT id FROM hits ORDER BY id')).toEqual([[1], [2]]);
  expect(await server.rows('SELECT id FROM crowded ORDER BY id')).toEqual([[1], [2]]);
});

test('[EV-16] [MZ-13] behind a Data Source that keeps nothing a failing view costs no event: they are set aside, and can come back', async () => {
  await start();
  await server.form('POST /v0/datasources', {
    name: 'hits',
    schema: 'id UInt32 `json:$.id`',
    engine: 'Null',
    format: 'ndjson',
  });
  await makeView(server, 'broken', "SELECT throwIf(id < 15, 'unlucky') + id AS id FROM hits");
  await makeView(server, 'plain', 'SELECT id FROM hits');
  const { status, body } = await send(13, 14);
  expect([status, body]).toEqual([
    422,
    {
      error: expect.stringMatching(
        /^The Data Source `hits` keeps no events itself, and a Materialized View misses 2 of 2\. .*`to_broken`.*unlucky.* They are kept in the folder `ingestion\/set-aside`/,
      ),
    },
  ]);
  const folder = join(server.directory, 'data', 'ingestion');
  const aside = join(folder, 'set-aside');
  const [name = '', error = ''] = await readdir(aside);
  expect(await readFile(join(aside, error), 'utf8')).toMatch(/`to_broken`.*unlucky/);
  expect((await send(15)).status).toBe(200);
  expect(await server.rows('SELECT id FROM plain ORDER BY id')).toEqual([[13], [14], [15]]);

  expect((await server.call('DELETE /v0/pipes/to_broken/nodes/rows/materialization')).status).toBe(204);
  await server.client().createPipe({
    name: 'mended',
    nodes: [{ name: 'rows', sql: 'SELECT id FROM hits' }],
  });
  await server.call('POST /v0/pipes/mended/nodes/rows/materialization?datasource=broken');
  await server.restart({}, () => rename(join(aside, name), join(folder, name)));
  expect(await server.rows('SELECT id FROM broken ORDER BY id')).toEqual([[13], [14], [15]]);
  expect(await server.rows('SELECT id FROM plain ORDER BY id')).toEqual([[13], [14], [15]]);
  const errors = await server.rows(
    "SELECT error FROM tinybird.datasources_ops_log WHERE event_type = 'append-hfi' AND result = 'error' AND pipe_name = ''",
  );
  expect(errors).toEqual([[expect.stringMatching(/unlucky.* The events are kept in the folder/)]]);
});

test.each([
  ['time', ENDLESS, /^Timeout exceeded/],
  [
    'memory',
    'SELECT length(groupArray(number)) AS id FROM hits CROSS JOIN numbers(100000000) AS many',
    /^Query memory/,
  ],
])(
  '[EV-16] [EV-28] a view that takes more %s than it may misses the events, and no other one does',
  async (_title, sql, reason) => {
    await start({ insertLimits: { seconds: 120, memoryBytes: 100_000_000 } });
    await makeHits();
    await makeView(server, 'plain', 'SELECT id FROM hits');
    await makeView(server, 'greedy', sql);
    await limitViews('max_execution_time = 0.1');
    const { status, body } = await send(1, 2);
    const [, text = ''] = /which fills `greedy`, failed: (.*)/.exec(JSON.stringify(body)) ?? [];
    expect([status, text]).toEqual([422, expect.stringMatching(reason)]);
    for (const name of ['hits', 'plain'])
      expect(await server.rows(`SELECT id FROM ${name} ORDER BY id`)).toEqual([[1], [2]]);
    expect(await server.rows('SELECT id FROM greedy')).toEqual([]);
  },
);

test('[EV-18] [EV-28] an insert that takes longer than it may by nobody knows which view: the events are set aside', async () => {
  await start({ insertLimits: { seconds: 0.1, memoryBytes: 1_000_000_000 } });
  await makeHits();
  await makeView(server, 'greedy', ENDLESS);
  await limitViews('max_execution_time = 0');
  const { status, body } = await send(1);
  expect([status, body]).toEqual([500, { error: expect.stringMatching(/Timeout exceeded: elapsed/) }]);
  expect(engine.inserts.length).toBe(4);
  expect(await readdir(join(server.directory, 'data', 'ingestion', 'set-aside'))).toHaveLength(2);
});

test('[EV-11] [EV-28] a stop ends an insert that would go on, and its events stay in the log', async () => {
  await start({ closeMs: 1 });
  await makeHits();
  await makeView(server, 'greedy', ENDLESS);
  await server.call('POST /v0/events?name=hits', { body: '{"id":1}' });
  while ((await engine.ask("SELECT query FROM system.processes WHERE query LIKE 'INSERT%hits%'")) === '');
  await server.restart({}, async () => {
    const files = await readdir(join(server.directory, 'data', 'ingestion'));
    expect(files.filter((name) => name.endsWith('.ndjson'))).toHaveLength(1);
    engine.before = () => {
      throw engineError(999, 'KEEPER_EXCEPTION');
    };
  });
});
