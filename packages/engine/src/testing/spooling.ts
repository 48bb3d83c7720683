import { access, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ENDLESS, readText, type SuiteContext } from './context.js';

/** Reads whose answer lies in a file. */
export function spoolingTests(suite: SuiteContext): void {
  test('[QY-12] [SVT-01] the whole answer, its end, and what it cost', async () => {
    const sql = 'SELECT number FROM numbers(1000) WHERE number % 2 = 0';
    const spooled = await suite.engine().spool({ sql, database: 'one', format: 'JSON' });
    const body = await readFile(spooled.path);
    const document = JSON.parse(body.toString());
    expect([document.rows, document.statistics.rows_read]).toEqual([500, 1000]);
    expect([spooled.bytes, Buffer.from(spooled.tail)]).toEqual([body.length, body.subarray(-1024)]);
    expect([spooled.rowsRead, spooled.bytesRead, spooled.elapsedSeconds > 0]).toEqual([1000, 8000, true]);
    await spooled.remove();
    await spooled.remove();
    await expect(access(spooled.path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('[GN-11] how large it is gets told while it grows, and at the end', async () => {
    const told: number[] = [];
    const onGrowth = (bytes: number): void => void told.push(bytes);
    const sql = 'SELECT number FROM numbers(1000000)';
    const spooling = suite.engine().spool({ sql, database: 'one', format: 'JSONEachRow', onGrowth });
    const { bytes, remove } = await spooling;
    expect([told.at(-1), told]).toEqual([bytes, [...told].sort((a, b) => a - b)]);
    await remove();
  });

  test('an empty answer', async () => {
    const request = { sql: 'SELECT 1 WHERE 0', database: 'one', format: 'CSV' };
    const { path, bytes, tail, remove } = await suite.engine().spool(request);
    expect([(await readFile(path)).length, bytes, tail.length]).toEqual([0, 0, 0]);
    await remove();
  });

  test.each([
    ['SELECT nothing', 47],
    ['SELECT number, throwIf(number = 3000000) FROM numbers(4000000)', 395],
  ])('[ERD-01] %s is an error, however late', async (sql, code) => {
    const spooling = suite.engine().spool({ sql, database: 'one', format: 'JSON' });
    await expect(spooling).rejects.toMatchObject({ name: 'EngineError', code });
  });

  test('a signal ends it', async () => {
    await suite.withEngine({ sessions: 1 }, async (one) => {
      const signal = AbortSignal.timeout(100);
      const spooling = one.spool({ sql: ENDLESS, database: 'one', format: 'JSON', signal });
      await expect(spooling).rejects.toMatchObject({ name: 'QueryCancelledError' });
      expect(await readText(one, { sql: 'SELECT 1', database: 'one', format: 'CSV' })).toBe('1\n');
    });
  });
}
