import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gate } from '../testing/brittleEngine.js';
import { failOn, Hits, missed, SOME, taken, without } from '../testing/hits.js';

let hits: Hits;

beforeEach(async () => {
  hits = await Hits.start();
});
afterEach(() => hits.stop());

describe.each([
  ['MergeTree', ''],
  ['MergeTree', 'kind'],
  ['Null', ''],
])(
  '[EV-16] [EV-28] behind a Data Source of the engine %s that is partitioned by %o',
  (engineName, partition) => {
    const isNull = engineName === 'Null';

    test('a view misses the rows on which it fails, and no others; the other views miss none', async () => {
      await hits.make(engineName, partition);
      await hits.view('plain', 'SELECT id FROM hits');
      await hits.view('picky', failOn('5, 11'));
      await hits.view('behind', 'SELECT id + 100 AS id FROM picky');
      await hits.view('sums', 'SELECT sum(id) AS id FROM hits');
      const { status, body } = await hits.send(SOME);
      expect([status, body]).toEqual([422, missed('2 of 13')]);
      expect(await hits.idsOf('hits')).toEqual(isNull ? [] : SOME);
      expect(await hits.idsOf('plain')).toEqual(SOME);
      expect(await hits.idsOf('picky')).toEqual(without(5, 11));
      expect(await hits.idsOf('behind')).toEqual(without(5, 11).map((id) => id + 100));
      expect(await hits.idsOf('sums')).toEqual([91]);
      expect(await hits.server.rows('SELECT id FROM hits_quarantine ORDER BY id')).toEqual(
        isNull ? [['11'], ['5']] : [],
      );
    });

    test('each of several views misses its own rows, also one behind another', async () => {
      await hits.make(engineName, partition);
      await hits.view('first', failOn('2'));
      await hits.view('behind', failOn('2, 3, 4', 'first'));
      await hits.view('other', failOn('12'));
      await hits.view('plain', 'SELECT id FROM hits');
      const { status, body } = await hits.send(SOME);
      expect([status, body]).toEqual([422, missed('4 of 13')]);
      for (const name of ['first', 'behind', 'other'])
        expect(body).toEqual({
          error: expect.stringContaining(`which fills \`${name}\`, failed: unlucky: `),
        });
      expect(await hits.idsOf('plain')).toEqual(SOME);
      expect(await hits.idsOf('first')).toEqual(without(2));
      expect(await hits.idsOf('behind')).toEqual(without(2, 3, 4));
      expect(await hits.idsOf('other')).toEqual(without(12));
      const quarantined = await hits.server.rows(
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

    test('one that fails on every row misses all; so do others that fail where the rows are set aside, and come back whole', async () => {
      await hits.make(engineName, partition);
      await hits.view('broken', failOn(SOME.join()));
      await hits.view('behind', 'SELECT id FROM broken');
      await hits.view('picky', failOn('7'));
      await hits.view('plain', 'SELECT id FROM hits');
      expect((await hits.send([20])).status).toBe(200);
      const { status, body } = await hits.send(SOME);
      expect([status, body]).toEqual([422, missed('13 of 13')]);
      expect(await hits.idsOf('plain')).toEqual([...SOME, 20]);
      expect(await hits.idsOf('picky')).toEqual(isNull ? [20] : [...without(7), 20]);
      for (const name of ['broken', 'behind']) expect(await hits.idsOf(name)).toEqual([20]);
      expect(await readdir(join(hits.server.directory, 'data', 'ingestion', 'set-aside'))).toHaveLength(
        isNull ? 2 : 0,
      );
      expect(await hits.engine.ask("SELECT count() FROM system.databases WHERE name LIKE 'probe%'")).toBe(
        '0\n',
      );
    });
  },
);

test('[EV-16] a view that fails on rows together and on none alone misses all of them', async () => {
  await hits.make();
  await hits.view('narrow', "SELECT throwIf(count() > 10, 'too many') + sum(id) AS id FROM hits");
  expect((await hits.send([1, 2])).status).toBe(200);
  const { status, body } = await hits.send(SOME);
  expect([status, body]).toEqual([422, missed('13 of 13')]);
  expect(await hits.idsOf('narrow')).toEqual([3]);
});

test('[EV-16] [EV-28] a view that fails on many rows is broken: nothing is looked for much longer than that takes', async () => {
  await hits.make();
  await hits.view('broken', "SELECT throwIf(id % 2 = 1, 'odd') + id AS id FROM hits");
  await hits.view('plain', 'SELECT id FROM hits');
  const many = Array.from({ length: 200 }, (_, id) => id);
  const { status, body } = await hits.send(many);
  expect([status, body]).toEqual([422, missed('200 of 200')]);
  expect([await hits.idsOf('plain'), await hits.idsOf('broken')]).toEqual([many, []]);
  expect(hits.engine.inserts.length).toBeLessThan(100);
});

test('[EV-16] [EV-12] who sent none of the rows that a view misses is told nothing of it', async () => {
  await hits.make();
  await hits.view('picky', failOn('5, 6'));
  const held = gate();
  hits.engine.before = () => held.passed;
  const first = hits.send([1]);
  while (hits.engine.inserts.length === 0) await hits.server.call('GET /v0/datasources');
  const together = [hits.send([2, 3]), hits.send([4, 5, 6]), hits.send([7])];
  while ((await hits.server.rows('SELECT 1')).length === 0);
  held.open();
  expect((await first).status).toBe(200);
  const replies = await Promise.all(together);
  expect(replies.map(({ status, body }) => [status, body])).toEqual([
    [200, taken(2)],
    [422, missed('2 of 3')],
    [200, taken(1)],
  ]);
  expect(await hits.idsOf('picky')).toEqual([1, 2, 3, 4, 7]);
});

describe('[EV-27] [EV-28] what other views have does not change when one gets fewer rows', () => {
  test.each([
    ['comes to another partition', 'SELECT max(id) AS id, count() AS n FROM hits', [[13, 13]]],
    ['has rows only then', 'SELECT max(id) AS id, count() AS n FROM hits HAVING n < 13', []],
  ])('one that %s', async (_title, sql, expected) => {
    await hits.make();
    await hits.server.form('POST /v0/datasources', {
      name: 'latest',
      schema: 'id UInt64, n UInt64',
      engine: 'MergeTree',
      engine_partition_key: 'id',
      engine_sorting_key: 'id',
    });
    await hits.server.client().createPipe({ name: 'to_latest', nodes: [{ name: 'rows', sql }] });
    await hits.server.call('POST /v0/pipes/to_latest/nodes/rows/materialization?datasource=latest');
    await hits.view('picky', failOn('13'));
    const { status, body } = await hits.send(SOME);
    expect([status, body]).toEqual([422, missed('1 of 13')]);
    expect(await hits.server.rows('SELECT id, n FROM latest')).toEqual(expected);
    expect(await hits.idsOf('picky')).toEqual(without(13));
  });

  test('a Data Source whose rows cancel each other', async () => {
    await hits.server.form('POST /v0/datasources', {
      name: 'hits',
      schema: 'id UInt8 `json:$.id`, sign Int8 `json:$.sign`',
      format: 'ndjson',
      engine: 'CollapsingMergeTree',
      engine_sign: 'sign',
      engine_sorting_key: 'intDiv(id, 2)',
    });
    await hits.view('picky', failOn('3'));
    const body = '{"id":2,"sign":1}\n{"id":3,"sign":-1}';
    expect((await hits.server.call('POST /v0/events?name=hits&wait=true', { body })).status).toBe(422);
    expect(await hits.server.rows('SELECT sum(sign) FROM hits')).toEqual([[0]]);
    expect(await hits.idsOf('picky')).toEqual([2]);
  });
});

test.each([
  [
    'rows that fail together, one of which does so alone',
    'has(groupArray(id), 12) OR (has(groupArray(id), 1) AND has(groupArray(id), 13))',
  ],
  ['all rows together', 'count() > 12'],
])('[EV-16] a view that fails on %s is broken, and gets nothing of them', async (_title, condition) => {
  await hits.make();
  await hits.view('picky', failOn('5'));
  await hits.view('sums', `SELECT throwIf(${condition}, 'so') + sum(id) AS id FROM hits`);
  const { status, body } = await hits.send(SOME);
  expect([status, body]).toEqual([422, missed('13 of 13')]);
  expect([await hits.idsOf('sums'), await hits.idsOf('picky')]).toEqual([[], without(5)]);
});

test('[EV-16] a view that asks a Join Data Source by its name', async () => {
  await hits.make();
  await hits.server.form('POST /v0/datasources', {
    name: 'colours',
    schema: 'id UInt32 `json:$.id`, name String `json:$.name`',
    format: 'ndjson',
    engine: 'Join',
    engine_join_strictness: 'ANY',
    engine_join_type: 'LEFT',
    engine_key_columns: 'id',
  });
  await hits.server.call('POST /v0/events?name=colours&wait=true', { body: '{"id":5,"name":"bad"}' });
  await hits.view(
    'named',
    "SELECT id + throwIf(joinGet('colours', 'name', id) = 'bad', 'bad') AS id FROM hits",
  );
  await hits.view('fine', "SELECT id + length(joinGet('colours', 'name', id)) AS id FROM hits");
  const { status, body } = await hits.send(SOME);
  expect([status, body]).toEqual([422, missed('1 of 13')]);
  expect(await hits.idsOf('named')).toEqual(without(5));
  expect(await hits.idsOf('fine')).toEqual([1, 2, 3, 4, 6, 7, 8, 8, 9, 10, 11, 12, 13]);
});

test('[EV-16] a view to which rows come on two ways is one view, and has each way what comes', async () => {
  await hits.make();
  await hits.view('both', 'SELECT id FROM hits WHERE id < 7');
  await hits.server.client().createPipe({
    name: 'more_to_both',
    nodes: [{ name: 'rows', sql: 'SELECT id FROM hits WHERE id >= 7' }],
  });
  await hits.server.call('POST /v0/pipes/more_to_both/nodes/rows/materialization?datasource=both');
  await hits.view('behind', failOn('5, 11', 'both'));
  const { body } = await hits.send(SOME);
  expect(body).toEqual(missed('2 of 13'));
  expect(JSON.stringify(body).match(/which fills/g)).toHaveLength(1);
  expect([await hits.idsOf('both'), await hits.idsOf('behind')]).toEqual([SOME, without(5, 11)]);
});

test('[SVT-15] [EV-29] the log of operations says how many of the rows which view misses', async () => {
  await hits.make();
  await hits.view('picky', failOn('5, 9'));
  await hits.view('plain', 'SELECT id FROM hits');
  await hits.send(SOME);
  await hits.server.restart();
  const rows = await hits.server.rows(`SELECT datasource_name, result, written_rows, error
    FROM tinybird.datasources_ops_log WHERE event_type = 'append-hfi' ORDER BY pipe_name`);
  expect(rows).toEqual([
    ['hits', 'error', 13, expect.stringMatching(/`to_picky`.* It misses 2 of 13 rows\.$/)],
    ['picky', 'error', 11, expect.stringContaining('unlucky')],
    ['plain', 'ok', 13, null],
  ]);
});
