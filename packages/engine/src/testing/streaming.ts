import { expect, test } from 'vitest';
import { collect, ENDLESS, readText, type SuiteContext } from './context.js';

/** Streamed reads. */
export function streamingTests(suite: SuiteContext): void {
  test('a million rows come in chunks, in bounded memory', async () => {
    const sql = `SELECT number, repeat('x', 100) AS x FROM numbers(1000000)`;
    const before = process.memoryUsage().rss;
    let bytes = 0;
    let largest = 0;
    for await (const chunk of suite.engine().stream({ sql, database: 'one', format: 'CSV' })) {
      bytes += chunk.length;
      largest = Math.max(largest, chunk.length);
    }
    expect(bytes).toBe(110_888_890 - 1_000_000);
    expect(largest).toBeLessThan(20_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });

  test('formats with a header give it once', async () => {
    const request = { sql: 'SELECT number FROM numbers(200000)', database: 'one', format: 'CSVWithNames' };
    const text = await collect(suite.engine(), request);
    expect(text.match(/number/g)).toEqual(['number']);
    expect(text.split('\n')).toHaveLength(200_002);
  });

  test('[SVT-01] what a streamed answer has read is unknown', async () => {
    const costs: unknown[] = [];
    const onEnd = (cost: unknown): void => void costs.push(cost);
    const sql = 'SELECT number FROM numbers(10)';
    for await (const _chunk of suite.engine().stream({ sql, database: 'one', format: 'CSV', onEnd }));
    expect(costs).toEqual([{ rowsRead: null, bytesRead: null, elapsedSeconds: expect.any(Number) }]);
  });

  test('an empty answer', async () => {
    expect(await collect(suite.engine(), { sql: 'SELECT 1 WHERE 0', database: 'one', format: 'CSV' })).toBe(
      '',
    );
  });

  test('[ERD-01] an error that comes first is thrown first', async () => {
    const request = { sql: 'SELECT nothing', database: 'one', format: 'CSV' };
    await expect(collect(suite.engine(), request)).rejects.toMatchObject({ name: 'EngineError', code: 47 });
  });

  test('[ERD-01] an error after rows ends the iteration', async () => {
    const sql = 'SELECT number, throwIf(number = 3000000) FROM numbers(4000000)';
    const request = { sql, database: 'one', format: 'CSV' };
    await expect(collect(suite.engine(), request)).rejects.toMatchObject({ name: 'EngineError', code: 395 });
  });

  test('leaving early stops the engine and frees the session', async () => {
    await suite.withEngine({ sessions: 1 }, async (one) => {
      const sql = 'SELECT number FROM numbers(1000000000000)';
      const settings = { max_execution_time: 60 };
      for await (const chunk of one.stream({ sql, database: 'one', format: 'CSV', settings })) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      const running = `SELECT count() AS n FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%processes%'`;
      expect(await readText(one, { sql: running, database: 'one', format: 'TabSeparated' })).toBe('0\n');
    });
  });

  test('a signal ends a stream', async () => {
    await suite.withEngine({ sessions: 1 }, async (one) => {
      const signal = AbortSignal.timeout(100);
      const request = { sql: ENDLESS, database: 'one', format: 'CSV', signal };
      await expect(collect(one, request)).rejects.toMatchObject({ name: 'QueryCancelledError' });
      await one.query({ sql: 'SELECT 1', database: 'one', format: 'CSV' });
    });
  });
}
