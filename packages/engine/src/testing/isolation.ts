import { expect, test } from 'vitest';
import type { Settings } from '../engine.js';
import { readText, type SuiteContext } from './context.js';

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

/** That nobody gets a part of another's answer. */
export function isolationTests(suite: SuiteContext): void {
  test.each<[string, string, Settings?]>([
    ['throws in the middle', `SELECT 'of another' AS s, throwIf(number = 70000) FROM numbers(100000)`],
    [
      'takes too long',
      `SELECT 'of another' AS s, sleepEachRow(0.05) FROM numbers(100)`,
      { max_execution_time: 0.4, max_block_size: 1 },
    ],
    [
      'gives too much',
      `SELECT concat('of another ', toString(number)) AS s FROM numbers(1000000)`,
      { max_result_bytes: 200_000 },
    ],
  ])('nothing of a query that %s is in the next answer', async (_title, sql, settings = {}) => {
    await suite.withEngine({ sessions: 1 }, async (engine) => {
      for (const format of ['JSON', 'CSV', 'JSONEachRow']) {
        const failed = engine.query({ sql, database: 'default', format, settings });
        expect(await failed.then(() => 'answered', nameOf)).toBe('EngineError');
        const next = { sql: 'SELECT 0 AS clean', database: 'default', format: 'JSONEachRow' };
        expect(await readText(engine, next)).toBe('{"clean":0}\n');
      }
    });
  });

  test('nothing of a query that was ended is in the next answer', async () => {
    await suite.withEngine({ sessions: 1 }, async (engine) => {
      const signal = AbortSignal.timeout(200);
      const sql = `SELECT 'of another' AS s, sleepEachRow(0.01) FROM numbers(1000)`;
      const request = { sql, database: 'default', format: 'CSV', settings: { max_block_size: 1 }, signal };
      expect(await engine.query(request).then(() => 'answered', nameOf)).toBe('QueryCancelledError');
      const next = { sql: 'SELECT 0 AS clean', database: 'default', format: 'JSONEachRow' };
      expect(await readText(engine, next)).toBe('{"clean":0}\n');
    });
  });
}
