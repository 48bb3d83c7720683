import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Settings } from '../engine.js';
import type { SuiteContext } from './context.js';

/** Inserts of files. */
export function insertingTests(suite: SuiteContext): void {
  repetitionTests(suite);
  endingTests(suite);
  countingTests(suite);

  test('[EV-01] omitted and null keys take the default; times are read generously', async () => {
    await suite.create(
      'defaults',
      `id UInt8, s String DEFAULT 'none', n Nullable(Int8), at DateTime64(3, 'UTC')`,
    );
    const rows = [
      '{"id":1,"at":"2024-01-02T03:04:05.678Z"}',
      '{"id":2,"s":null,"n":null,"at":"2024-01-02 03:04:05"}',
      '{"id":3,"s":"","n":7,"at":"2024-01-02T04:04:05+01:00"}',
    ];
    await suite.insert('defaults', ['id', 's', 'n', 'at'], rows.join('\n'));
    const answer = await suite.read('SELECT * FROM one.defaults ORDER BY id', {
      format: 'JSONCompactEachRow',
    });
    expect(
      answer
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      [1, 'none', null, '2024-01-02 03:04:05.678'],
      [2, 'none', null, '2024-01-02 03:04:05.000'],
      [3, '', 7, '2024-01-02 03:04:05.000'],
    ]);
  });

  test.each([
    ['JSONCompactEachRow', '["a\\nb",1]\n'],
    ['CSV', '"a\nb",1\n'],
  ] as const)('[DS-01] reads %s', async (format, text) => {
    await suite.create(`in_${format}`, 's String, n UInt8');
    await suite.insert(`in_${format}`, ['s', 'n'], text, { format });
    expect(await suite.read(`SELECT * FROM one.in_${format}`)).toBe('{"s":"a\\nb","n":1}\n');
  });

  test('a bad row, a missing file or an unknown column inserts nothing', async () => {
    await suite.create('bad', 'n UInt32');
    const rows = `${Array.from({ length: 50_000 }, (_, n) => `{"n":${n}}`).join('\n')}\n{"n":"x"}\n`;
    await expect(suite.insert('bad', ['n'], rows)).rejects.toMatchObject({ name: 'EngineError', code: 27 });
    await expect(suite.insert('bad', ['m'], '{"m":1}')).rejects.toMatchObject({
      name: 'EngineError',
      code: 16,
    });
    const missing = { database: 'one', table: 'bad', columns: ['n'], path: join(suite.directory(), 'none') };
    await expect(suite.engine().insertFile({ ...missing, format: 'CSV' })).rejects.toMatchObject({
      code: 107,
    });
    expect(await suite.read('SELECT count() AS n FROM one.bad', { format: 'TabSeparated' })).toBe('0\n');
  });
}

/** Inserts that would go on for too long. */
function endingTests(suite: SuiteContext): void {
  /** Makes a table `name` with a view whose rows never come. */
  async function makeEndless(name: string, settings = ''): Promise<void> {
    await suite.create(name, 'n UInt64');
    await suite.create(`${name}_counts`, 'n UInt64');
    const sql = `SELECT n FROM one.${name} WHERE n NOT IN (SELECT number FROM numbers(1000000000000) WHERE sipHash64(number) = 1) ${settings}`;
    await suite.engine().command({
      sql: `CREATE MATERIALIZED VIEW one.to_${name}_counts TO one.${name}_counts AS ${sql}`,
    });
  }

  test('[EV-28] a signal ends an insert whose view is endless, and the session goes on', async () => {
    await makeEndless('endless');
    const ending = new AbortController();
    const insert = suite.insert('endless', ['n'], '{"n":1}', { signal: ending.signal });
    while (
      (await suite.read("SELECT query FROM system.processes WHERE query LIKE 'INSERT%endless%'")) === ''
    );
    ending.abort();
    await expect(insert).rejects.toMatchObject({ code: 394 });
    await expect(suite.insert('endless', ['n'], '', { signal: ending.signal })).rejects.toMatchObject({
      name: 'QueryCancelledError',
    });
  });

  test('[EV-28] a view ends at its own limit, in its own name, and the insert can go on without it', async () => {
    await makeEndless('long', 'SETTINGS max_execution_time = 0.05');
    const insert = (settings: Settings) => suite.insert('long', ['n'], '{"n":1}', { settings });
    await expect(insert({})).rejects.toMatchObject({
      code: 159,
      message: expect.stringMatching(/^Timeout exceeded: elapsed .* while pushing to view /),
    });
    await insert({ materialized_views_ignore_errors: 1 });
  });

  test('[EV-28] an insert ends at its own limit', async () => {
    await makeEndless('slow');
    const insert = suite.insert('slow', ['n'], '{"n":1}', { settings: { max_execution_time: 0.05 } });
    await expect(insert).rejects.toMatchObject({
      code: 159,
      message: expect.stringMatching(/^Timeout exceeded: elapsed /),
    });
  });
}

/** Inserts that come a second time. */
function repetitionTests(suite: SuiteContext): void {
  test('[EV-27] a token makes a repeated insert a no-op, also in views', async () => {
    const window = 'SETTINGS non_replicated_deduplication_window = 100';
    await suite.create('raw', 'n UInt8', window);
    await suite.create('sums', 'n UInt64', window);
    await suite.engine().command({
      sql: 'CREATE MATERIALIZED VIEW one.to_sums TO one.sums AS SELECT sum(n) AS n FROM one.raw',
    });
    for (const deduplicationToken of ['a', 'a', 'b'])
      await suite.insert('raw', ['n'], '{"n":1}\n{"n":2}\n', { deduplicationToken });
    const sql = 'SELECT (SELECT count() FROM one.raw) AS rows, (SELECT groupArray(n) FROM one.sums) AS sums';
    expect(await suite.read(sql, { format: 'JSONCompactEachRow' })).toMatch(/^\["?4"?, \["?3"?,"?3"?\]\]\n$/);
  });
}

function countingTests(suite: SuiteContext): void {
  test('[SVT-10] what was written is counted: the rows of the table, before compression, and not those of its views', async () => {
    await suite.create('counted', 'n UInt32, s String', 'SETTINGS non_replicated_deduplication_window = 100');
    await suite.create('counted_too', 'n UInt32');
    await suite.engine().command({
      sql: 'CREATE MATERIALIZED VIEW one.to_counted_too TO one.counted_too AS SELECT n FROM one.counted',
    });
    for (let times = 0; times < 2; times += 1) {
      const cost = await suite.insert('counted', ['n', 's'], '{"n":1,"s":"a"}\n{"n":2,"s":"bcd"}\n', {
        deduplicationToken: 'same',
      });
      expect(cost).toEqual({ rows: 2, bytes: expect.any(Number), elapsedSeconds: expect.any(Number) });
      // Numbers of four bytes, texts of one and three and where each of them ends; older servers end them with a byte, too.
      expect([28, 30]).toContain(cost.bytes);
      expect(cost.elapsedSeconds).toBeGreaterThan(0);
    }
  });

  test('[EV-27] without a token equal rows are no repetition', async () => {
    await suite.create('twins', 'n UInt8', 'SETTINGS non_replicated_deduplication_window = 100');
    for (const _each of ['first', 'second']) await suite.insert('twins', ['n'], '{"n":1}\n');
    expect(await suite.read('SELECT count() AS n FROM one.twins', { format: 'TabSeparated' })).toBe('2\n');
  });

  test('an empty file inserts nothing', async () => {
    await suite.create('empty', 'n UInt8');
    expect(await suite.insert('empty', ['n'], '')).toMatchObject({ rows: 0, bytes: 0 });
    expect(await suite.read('SELECT count() AS n FROM one.empty', { format: 'TabSeparated' })).toBe('0\n');
  });
}
