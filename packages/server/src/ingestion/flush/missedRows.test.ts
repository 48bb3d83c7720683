import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../../testing/harness.js';
import { BrittleEngine, engineError, gate } from '../testing/brittleEngine.js';
import { makeView } from '../testing/makeView.js';

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

async function makeHits(engineName = 'MergeTree', partition = ''): Promise<void> {
  const { status } = await server.form('POST /v0/datasources', {
    name: 'hits',
    schema: 'id UInt32 `json:$.id`, kind LowCardinality(UInt64) `json:$.kind` DEFAULT id % 3',
    format: 'ndjson',
    engine: engineName,
    ...(partition === '' ? {} : { engine_partition_key: partition }),
  });
  expect(status).toBe(200);
}

function send(ids: readonly number[], wait = true): Promise<Reply> {
  const body = ids.map((id) => JSON.stringify({ id })).join('\n');
  return server.call(`POST /v0/events?name=hits${wait ? '&wait=true' : ''}`, { body });
}

async function idsOf(name: string): Promise<unknown[]> {
  return (await server.rows(`SELECT id FROM ${name} ORDER BY id`)).flat();
}

/** What clients are told of the rows that views miss. */
const missed = (count: string): unknown => ({
  error: expect.stringContaining(`a Materialized View misses ${count}.`),
});
const taken = (count: number): unknown => ({ successful_rows: count, quarantined_rows: 0 });

const SOME = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
const without = (...gone: number[]): number[] => SOME.filter((id) => !gone.includes(id));
const failOn = (ids: string, from = 'hits'): string =>
  `SELECT throwIf(id IN (${ids}), 'unlucky') + id AS id FROM ${from}`;

describe.each([
  ['MergeTree', ''],
  ['MergeTree', 'kind'],
  ['Null', ''],
])(
  '[EV-16] [EV-28] behind a Data Source of the engine %s that is partitioned by %o',
  (engineName, partition) => {
    const isNull = engineName === 'Null';

    test('a view misses the rows on which it fails, and no others; the other views miss none', async () => {
      await makeHits(engineName, partition);
      await makeView(server, 'plain', 'SELECT id FROM hits');
      await makeView(server, 'picky', failOn('5, 11'));
      await makeView(server, 'behind', 'SELECT id + 100 AS id FROM picky');
      await makeView(server, 'sums', 'SELECT sum(id) AS id FROM hits');
      const { status, body } = await send(SOME);
      expect([status, body]).toEqual([422, missed('2 of 13')]);
      expect(await idsOf('hits')).toEqual(isNull ? [] : SOME);
      expect(await idsOf('plain')).toEqual(SOME);
      expect(await idsOf('picky')).toEqual(without(5, 11));
      expect(await idsOf('behind')).toEqual(without(5, 11).map((id) => id + 100));
      expect(await idsOf('sums')).toEqual([91]);
      expect(await server.rows('SELECT id FROM hits_quarantine ORDER BY id')).toEqual(
        isNull ? [['11'], ['5']] : [],
      );
    });

    test('each of several views misses its own rows, also one behind another', async () => {
      await makeHits(engineName, partition);
      await makeView(server, 'first', failOn('2'));
      await makeView(server, 'behind', failOn('2, 3, 4', 'first'));
      await makeView(server, 'other', failOn('12'));
      await makeView(server, 'plain', 'SELECT id FROM hits');
      const { status, body } = await send(SOME);
      expect([status, body]).toEqual([422, missed('4 of 13')]);
      for (const name of ['first', 'behind', 'other'])
        expect(body).toEqual({
          error: expect.stringContaining(`which fills \`${name}\`, failed: unlucky: `),
        });
      expect(await idsOf('plain')).toEqual(SOME);
      expect(await idsOf('first')).toEqual(without(2));
      expect(await idsOf('behind')).toEqual(without(2, 3, 4));
      expect(await idsOf('other')).toEqual(without(12));
      const quarantined = await server.rows(
        'SELECT id, c__error_column, c__error[1] FROM hits_quarantine ORDER BY toUInt32(id)',
      );
      const of = (id: number, name: string): unknown[] => [
        String(id),
        ['$'],
        expect.stringMatching(
          new RegExp(`^The Materialized View .*\`to_${name}\`, which fills \`${name}\`, failed: unlucky: `),
        ),
      ];
      const expected = [of(2, 'first'), of(3, 'behind'), of(4, 'behind'), of(12, 'other')];
      expect(quarantined).toEqual(isNull ? expected : []);
    });

    test('one that fails on every row misses all, and the others what is theirs', async () => {
      await makeHits(engineName, partition);
      await makeView(server, 'broken', failOn(SOME.join()));
      await makeView(server, 'behind', 'SELECT id FROM broken');
      await makeView(server, 'picky', failOn('7'));
      await makeView(server, 'plain', 'SELECT id FROM hits');
      expect((await send([20])).status).toBe(200);
      const { status, body } = await send(SOME);
      expect([status, body]).toEqual([422, missed('13 of 13')]);
      expect(await idsOf('plain')).toEqual([...SOME, 20]);
      expect(await idsOf('picky')).toEqual([...without(7), 20]);
      for (const name of ['broken', 'behind']) expect(await idsOf(name)).toEqual([20]);
      expect(await readdir(join(server.directory, 'data', 'ingestion', 'set-aside'))).toHaveLength(
        isNull ? 2 : 0,
      );
      expect(await engine.ask("SELECT count() FROM system.databases WHERE name LIKE 'probe%'")).toBe('0\n');
    });
  },
);

test('[EV-16] a view that fails on rows together and on none alone misses all of them', async () => {
  await makeHits();
  await makeView(server, 'narrow', "SELECT throwIf(count() > 10, 'too many') + sum(id) AS id FROM hits");
  expect((await send([1, 2])).status).toBe(200);
  const { status, body } = await send(SOME);
  expect([status, body]).toEqual([422, missed('13 of 13')]);
  expect(await idsOf('narrow')).toEqual([3]);
});

test('[EV-16] [EV-28] a view that fails on many rows is broken: nothing is looked for much longer than that takes', async () => {
  await makeHits();
  await makeView(server, 'broken', "SELECT throwIf(id % 2 = 1, 'odd') + id AS id FROM hits");
  await makeView(server, 'plain', 'SELECT id FROM hits');
  const many = Array.from({ length: 200 }, (_, id) => id);
  const { status, body } = await send(many);
  expect([status, body]).toEqual([422, missed('200 of 200')]);
  expect([await idsOf('plain'), await idsOf('broken')]).toEqual([many, []]);
  expect(engine.inserts.length).toBeLessThan(100);
});

test('[EV-16] [EV-12] who sent none of the rows that a view misses is told nothing of it', async () => {
  await makeHits();
  await makeView(server, 'picky', failOn('5, 6'));
  const held = gate();
  engine.before = () => held.passed;
  const first = send([1]);
  while (engine.inserts.length === 0) await server.call('GET /v0/datasources');
  const together = [send([2, 3]), send([4, 5, 6]), send([7])];
  while ((await server.rows('SELECT 1')).length === 0);
  held.open();
  expect((await first).status).toBe(200);
  const replies = await Promise.all(together);
  expect(replies.map(({ status, body }) => [status, body])).toEqual([
    [200, taken(2)],
    [422, missed('2 of 3')],
    [200, taken(1)],
  ]);
  expect(await idsOf('picky')).toEqual([1, 2, 3, 4, 7]);
});

test.each([
  ['fails on a row', '13', without(13), 4, 9],
  ['is broken', SOME.join(), [], 4, 12],
])(
  '[EV-18] a view that has no room while another one %s gets its rows when it has',
  async (_title, ids, picked, from, to) => {
    await makeHits();
    await makeView(server, 'picky', failOn(ids));
    await makeView(server, 'crowded', 'SELECT id FROM hits');
    expect((await send([20])).status).toBe(200);
    let tries = 0;
    engine.before = async ({ database, table, deduplicationToken }) => {
      if (table !== 'hits' || deduplicationToken === undefined) return;
      tries += 1;
      const setting = 'parts_to_delay_insert = 1, parts_to_throw_insert = 1';
      if (tries === from) await engine.command(`ALTER TABLE ${database}.crowded MODIFY SETTING ${setting}`);
      const names = 'parts_to_delay_insert, parts_to_throw_insert';
      if (tries === to) await engine.command(`ALTER TABLE ${database}.crowded RESET SETTING ${names}`);
    };
    expect((await send(SOME)).status).toBe(422);
    expect(tries).toBeGreaterThanOrEqual(to);
    expect(await idsOf('picky')).toEqual([...picked, 20]);
    expect(await idsOf('crowded')).toEqual([...SOME, 20]);
  },
);

test('[EV-18] what another Workspace has no room for holds nothing up', async () => {
  await makeHits();
  await makeView(server, 'broken', failOn(SOME.join()));
  await engine.command('CREATE DATABASE w_00000000000000000000000000000000');
  const full = 'w_00000000000000000000000000000000.full';
  const limits = 'parts_to_delay_insert = 1, parts_to_throw_insert = 1';
  await engine.command(`CREATE TABLE ${full} (n UInt8) ENGINE = MergeTree ORDER BY n SETTINGS ${limits}`);
  await engine.command(`INSERT INTO ${full} SELECT 1`);
  let refused = 0;
  engine.before = async ({ table }) => {
    if (table !== 'hits') return;
    const insert = engine.command(`INSERT INTO ${full} SELECT 2`);
    await insert.catch((error: unknown) => {
      refused += /Too many parts/.test(String(error)) ? 1 : 0;
    });
  };
  expect((await send(SOME)).body).toEqual(missed('13 of 13'));
  expect(refused).toBe(engine.inserts.filter(({ table }) => table === 'hits').length);
  expect(engine.inserts.filter(({ token }) => token !== '').length).toBe(6);
});

test('[EV-27] nothing is doubled where fewer rows would come to another partition: the view misses all then', async () => {
  await makeHits();
  await server.form('POST /v0/datasources', {
    name: 'latest',
    schema: 'id UInt64, n UInt64',
    engine: 'MergeTree',
    engine_partition_key: 'id',
    engine_sorting_key: 'id',
  });
  await server.client().createPipe({
    name: 'to_latest',
    nodes: [{ name: 'rows', sql: 'SELECT max(id) AS id, count() AS n FROM hits' }],
  });
  await server.call('POST /v0/pipes/to_latest/nodes/rows/materialization?datasource=latest');
  await makeView(server, 'picky', failOn('13'));
  const { status, body } = await send(SOME);
  expect([status, body]).toEqual([422, missed('13 of 13')]);
  expect(await server.rows('SELECT id, n FROM latest')).toEqual([[13, 13]]);
  expect(await idsOf('picky')).toEqual([]);
  // What leaves that partition as it is brings the others.
  const [again] = [await send([30, 13, 31])];
  expect([again?.status, again?.body]).toEqual([422, missed('1 of 3')]);
  expect(await server.rows('SELECT id, n FROM latest ORDER BY id')).toEqual([
    [13, 13],
    [31, 3],
  ]);
  expect(await idsOf('picky')).toEqual([30, 31]);
});

test('[EV-18] an engine that is away for a while during the search costs nothing', async () => {
  await makeHits();
  await makeView(server, 'picky', failOn('5, 9'));
  let count = 0;
  engine.before = ({ database }) => {
    count += database.startsWith('probe_') ? 1 : 0;
    if (count === 3 || count === 4) throw engineError(999, 'KEEPER_EXCEPTION');
  };
  expect((await send(SOME)).status).toBe(422);
  expect(count).toBeGreaterThan(4);
  expect(await idsOf('picky')).toEqual(without(5, 9));
  expect(await idsOf('hits')).toEqual(SOME);
});

test('[MV-04] [EV-16] a view that is unlinked while it is searched for its rows misses nothing that anybody is told of', async () => {
  await makeHits();
  await makeView(server, 'picky', failOn('5'));
  let isDone = false;
  engine.before = async ({ database }) => {
    if (isDone || !database.startsWith('probe_')) return;
    isDone = true;
    expect((await server.call('DELETE /v0/pipes/to_picky/nodes/rows/materialization')).status).toBe(204);
  };
  const { status, body } = await send(SOME);
  expect([status, body, isDone]).toEqual([200, taken(13), true]);
  expect(await idsOf('hits')).toEqual(SOME);
  expect(await idsOf('picky')).toEqual([]);
});

test('[SVT-15] [EV-29] the log of operations says how many of the rows which view misses', async () => {
  await makeHits();
  await makeView(server, 'picky', failOn('5, 9'));
  await makeView(server, 'plain', 'SELECT id FROM hits');
  await send(SOME);
  await server.restart();
  const rows = await server.rows(`SELECT datasource_name, result, written_rows, error
    FROM tinybird.datasources_ops_log WHERE event_type = 'append-hfi' ORDER BY pipe_name`);
  expect(rows).toEqual([
    ['hits', 'error', 13, expect.stringMatching(/`to_picky`.* It misses 2 of 13 rows\.$/)],
    ['picky', 'error', 11, expect.stringContaining('unlucky')],
    ['plain', 'ok', 13, null],
  ]);
});
