import { join } from 'node:path';
import { type Engine, openEmbeddedEngine } from '@goldcrest/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { makePipe } from '../testing/pipes.js';
import { readLines } from './lines.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  await server.client().createDataSource('hits', 'page String `json:$.page`, n UInt32 `json:$.n`');
});
afterAll(() => server.stop());

/** Works on the engine's data while the server is stopped. */
async function meddle(work: (engine: Engine, database: string) => Promise<void>): Promise<void> {
  await server.restart({}, async () => {
    const engine = await openEmbeddedEngine({ path: join(server.directory, 'data', 'engine') });
    const sql = "SELECT name FROM system.databases WHERE match(name, '^w_')";
    const [[database = ''] = []] = await readLines(engine, 'default', sql);
    await work(engine, database);
    await engine.close();
  });
}

const namesOfViews = (engine: Engine, database: string): Promise<string[][]> =>
  readLines(
    engine,
    database,
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'view.')",
  );

const hit = (page: string): Promise<unknown> =>
  server.client().events('hits', [{ page, n: 1 }], { wait: true });

test('[MV-01] the engine’s views follow the metadata at start', async () => {
  await makePipe(server, 'to_pages', { counted: 'SELECT page, sum(n) AS total FROM hits GROUP BY page' });
  await server.call('POST /v0/pipes/to_pages/nodes/counted/materialization?datasource=totals');
  await hit('before');
  let id = '';
  await meddle(async (engine, database) => {
    // The one is as if the request had ended before its node was stored, the other as if the engine's data were older than the metadata.
    const [[name = ''] = []] = await namesOfViews(engine, database);
    id = name;
    await engine.command({ sql: `DROP VIEW ${database}.\`${name}\` SYNC` });
    const unknown = `view.t_${'0'.repeat(32)}`;
    const select = "AS SELECT 'unknown' AS page, toUInt64(1) AS total FROM hits";
    await engine.command({ sql: `CREATE MATERIALIZED VIEW \`${unknown}\` TO totals ${select}`, database });
    await engine.command({ sql: 'CREATE DATABASE probe_01jdjdjdjdjdjdjdjdjdjdjdjd' });
  });
  await hit('after');
  expect(await server.rows('SELECT page FROM totals ORDER BY page')).toEqual([['after'], ['before']]);
  await meddle(async (engine, database) => {
    expect(await namesOfViews(engine, database)).toEqual([[id]]);
    expect(
      await readLines(
        engine,
        'default',
        "SELECT name FROM system.databases WHERE startsWith(name, 'probe_')",
      ),
    ).toEqual([]);
  });
});

test('[EV-27] tables of an earlier version come to know repeated inserts; new ones do from the first', async () => {
  const without = async (engine: Engine, database: string): Promise<string[][]> => {
    const known = "position(engine_full, 'non_replicated_deduplication_window = 20000') > 0";
    return readLines(
      engine,
      database,
      `SELECT name FROM system.tables WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree') AND NOT ${known} ORDER BY name`,
    );
  };
  await server.client().createDataSource('nothing', 'n UInt8', { engine: 'Null' });
  await server.client().createDataSource('own', 'n UInt8');
  await meddle(async (engine, database) => {
    expect(await without(engine, database)).toEqual([]);
    const window = 'non_replicated_deduplication_window';
    await engine.command({ sql: `ALTER TABLE hits RESET SETTING ${window}`, database });
    await engine.command({ sql: `ALTER TABLE hits_quarantine MODIFY SETTING ${window} = 5000`, database });
    await engine.command({ sql: `ALTER TABLE own MODIFY SETTING ${window} = 50000`, database });
    expect(await without(engine, database)).toEqual([['hits'], ['hits_quarantine'], ['own']]);
  });
  await meddle(async (engine, database) => {
    // Another number is somebody's own.
    expect(await without(engine, database)).toEqual([['own']]);
  });
});

test('[PI-18] [MZ-09] what is removed takes its views with it', async () => {
  const client = server.client();
  await makePipe(server, 'gone', { rows: 'SELECT page FROM hits' });
  await server.call('POST /v0/pipes/gone/nodes/rows/materialization?datasource=kept');
  await hit('one');
  await client.deletePipe('gone');
  await hit('two');
  expect(await server.rows('SELECT page FROM kept')).toEqual([['one']]);
  await makePipe(server, 'stays', { rows: 'SELECT page FROM hits' });
  await server.call('POST /v0/pipes/stays/nodes/rows/materialization?datasource=dropped');
  expect((await server.call('DELETE /v0/datasources/dropped?force=true')).status).toBe(204);
  await hit('three');
  expect((await client.pipe('stays')).nodes).toEqual([
    expect.objectContaining({ name: 'rows', materialized: null }),
  ]);
});
