import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Reply, TestServer } from '../../testing/harness.js';
import { BrittleEngine } from '../testing/brittleEngine.js';

let server: TestServer;
let engine: BrittleEngine;

beforeEach(async () => {
  engine = new BrittleEngine();
  server = await TestServer.start({}, { wrapEngine: engine.wrap, retryMs: 1 });
});
afterEach(async () => {
  engine.before = () => {};
  await server.stop();
});

function send(...ids: number[]): Promise<Reply> {
  return server.call('POST /v0/events?name=hits&wait=true', {
    body: ids.map((id) => JSON.stringify({ id })).join('\n'),
  });
}

/** Makes a Data Source `name` of what the SQL gives, by a view. */
async function view(name: string, sql: string): Promise<void> {
  await server.client().createDataSource(name, 'id UInt64');
  await server.client().createPipe({ name: `to_${name}`, nodes: [{ name: 'rows', sql }] });
  const linked = await server.call(`POST /v0/pipes/to_${name}/nodes/rows/materialization?datasource=${name}`);
  expect(linked.status).toBe(200);
}

test('[EV-16] [EV-18] what passes is waited out behind a view too, and the view misses nothing', async () => {
  await server.client().createDataSource('hits', 'id UInt32 `json:$.id`');
  await view('crowded', 'SELECT id FROM hits');
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
  await server.form('POST /v0/datasources', {
    name: 'hits',
    schema: 'id UInt32 `json:$.id`',
    engine: 'Null',
    format: 'ndjson',
  });
  await view('picky', "SELECT throwIf(id = 13, 'unlucky') + id AS id FROM hits");
  await view('plain', 'SELECT id FROM hits');
  const { status, body } = await send(13, 14);
  expect([status, body]).toEqual([
    422,
    {
      error: expect.stringMatching(
        /^The Data Source `hits` keeps no events itself, and a Materialized View misses these\. .*`to_picky`.*unlucky.* They are kept in the folder `ingestion\/set-aside`/,
      ),
    },
  ]);
  const folder = join(server.directory, 'data', 'ingestion');
  const aside = join(folder, 'set-aside');
  const [name = '', error = ''] = await readdir(aside);
  expect(await readFile(join(aside, error), 'utf8')).toMatch(/`to_picky`.*unlucky/);
  expect((await send(15)).status).toBe(200);
  expect(await server.rows('SELECT id FROM plain ORDER BY id')).toEqual([[13], [14], [15]]);

  expect((await server.call('DELETE /v0/pipes/to_picky/nodes/rows/materialization')).status).toBe(204);
  await server.client().createPipe({
    name: 'mended',
    nodes: [{ name: 'rows', sql: 'SELECT id FROM hits' }],
  });
  await server.call('POST /v0/pipes/mended/nodes/rows/materialization?datasource=picky');
  await server.restart({}, () => rename(join(aside, name), join(folder, name)));
  expect(await server.rows('SELECT id FROM picky ORDER BY id')).toEqual([[13], [14], [15]]);
  expect(await server.rows('SELECT id FROM plain ORDER BY id')).toEqual([[13], [14], [15]]);
  const errors = await server.rows(
    "SELECT error FROM tinybird.datasources_ops_log WHERE event_type = 'append-hfi' AND result = 'error' AND pipe_name = ''",
  );
  expect(errors).toEqual([[expect.stringMatching(/unlucky.* The events are kept in the folder/)]]);
});
