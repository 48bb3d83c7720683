import { expect, test } from 'vitest';
import { readText, type SuiteContext } from './context.js';

/** Formats, statements, databases and settings. */
export function readingTests(suite: SuiteContext): void {
  test.each([
    ['JSONEachRow', '{"n":1,"s":"a"}\n'],
    ['CSVWithNames', '"n","s"\n1,"a"\n'],
    ['TabSeparated', '1\ta\n'],
    ['Null', ''],
  ])('[QY-01] %s', async (format, expected) => {
    expect(await suite.read(`SELECT 1 AS n, 'a' AS s`, { format })).toBe(expected);
  });

  test('[QY-01] JSON, with the cost', async () => {
    const sql = 'SELECT number FROM numbers(10)';
    const result = await suite.engine().query({ sql, database: 'one', format: 'JSON' });
    const { statistics, ...document } = JSON.parse(new TextDecoder().decode(result.body));
    expect(document.rows).toBe(10);
    expect(document.meta).toEqual([{ name: 'number', type: 'UInt64' }]);
    expect(Object.keys(statistics)).toEqual(['elapsed', 'rows_read', 'bytes_read']);
    expect([result.rowsRead, result.bytesRead, result.elapsedSeconds > 0]).toEqual([10, 80, true]);
  });

  test.each(['JSON', 'JSONCompact'])(
    '[SVT-01] the cost of %s is what was read, not what came out',
    async (format) => {
      const sql = 'SELECT max(number) AS n, \'"rows_read": 1, "bytes_read": 1}}\' AS s FROM numbers(1000)';
      const result = await suite.engine().query({ sql, database: 'one', format });
      expect([result.rowsRead, result.bytesRead]).toEqual([1000, 8000]);
    },
  );

  test('[QY-01] Parquet is passed on byte for byte', async () => {
    const result = await suite.engine().query({ sql: 'SELECT 1 AS n', database: 'one', format: 'Parquet' });
    expect(Buffer.from(result.body.subarray(0, 4)).toString()).toBe('PAR1');
    expect(Buffer.from(result.body.subarray(-4)).toString()).toBe('PAR1');
  });

  test.each([
    'SELECT 1 AS n -- the end',
    'SELECT 1 AS n # the end',
    '/* begin */ SELECT 1 AS n /* end */',
    'WITH 1 AS x SELECT x AS n',
    'FROM numbers(1) SELECT 1 AS n',
    '(SELECT 1 AS n)',
    'SELECT 1 AS n UNION DISTINCT (SELECT 1)',
  ])('is one statement: %s', async (sql) => {
    expect(await suite.read(sql)).toBe('{"n":1}\n');
  });

  test('describes a SELECT', async () => {
    const sql = 'DESCRIBE (SELECT 1 AS n)';
    expect(await suite.read(sql, { format: 'TabSeparated' })).toBe('n\tUInt8\t\t\t\t\t\n');
  });

  test('answers from the database of the request, also side by side', async () => {
    await suite.withEngine({ sessions: 2 }, async (small) => {
      const names = Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? 'two' : 'one'));
      const request = { sql: 'SELECT name FROM t', format: 'TabSeparated' };
      const answers = await Promise.all(names.map((database) => readText(small, { ...request, database })));
      expect(answers).toEqual(names.map((database) => `${database}\n`));
    });
  });

  test('applies settings to this query only', async () => {
    const sql = `SELECT getSetting('max_block_size') AS n`;
    expect(await suite.read(sql, { settings: { max_block_size: 7 } })).toBe('{"n":7}\n');
    expect(await suite.read(sql)).not.toBe('{"n":7}\n');
  });
}
