import { expect, test } from 'vitest';
import { collect, ENDLESS, readText, type SuiteContext } from './context.js';

/** Far below what ENDLESS takes: whoever is back by then was cancelled. */
const SOON_MS = 3000;

/** Many requests, the queue, cancelling and closing. */
export function concurrencyTests(suite: SuiteContext): void {
  test('slow queries run side by side', async () => {
    await suite.withEngine({ sessions: 4 }, async (four) => {
      const start = performance.now();
      const slow = { sql: 'SELECT sleep(0.5)', database: 'one', format: 'Null' };
      await Promise.all(Array.from({ length: 4 }, () => four.query(slow)));
      expect(performance.now() - start).toBeLessThan(1500);
    });
  });

  test('[ERF-01] a full queue refuses at once, a long wait later', async () => {
    await suite.withEngine({ sessions: 1, queueMax: 1, queueWaitMsMax: 50 }, async (one) => {
      const request = { sql: 'SELECT sleep(1)', database: 'one', format: 'Null' };
      const outcomes = await Promise.allSettled([one.query(request), one.query(request), one.query(request)]);
      const names = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.name : 'done'));
      expect(names).toEqual(['done', 'EngineBusyError', 'EngineBusyError']);
      await one.query({ ...request, sql: 'SELECT 1' });
    });
  });

  test('a signal ends the query in the suite.engine(), and its place is free again', async () => {
    await suite.withEngine({ sessions: 1 }, async (one) => {
      const start = performance.now();
      const signal = AbortSignal.timeout(100);
      const request = { sql: ENDLESS, database: 'one', format: 'CSV', signal };
      await expect(one.query(request)).rejects.toMatchObject({ name: 'QueryCancelledError' });
      expect(await readText(one, { sql: 'SELECT 1', database: 'one', format: 'CSV' })).toBe('1\n');
      expect(performance.now() - start).toBeLessThan(SOON_MS);
    });
  });

  test('a signal also ends what waits, and what has not begun', async () => {
    await suite.withEngine({ sessions: 1 }, async (one) => {
      const signal = AbortSignal.timeout(50);
      const request = { sql: ENDLESS, database: 'one', format: 'CSV', signal };
      const outcomes = await Promise.allSettled([
        one.query(request),
        one.query(request),
        collect(one, request),
      ]);
      await expect(one.query(request)).rejects.toMatchObject({ name: 'QueryCancelledError' });
      const names = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.name);
      expect(names).toEqual(['QueryCancelledError', 'QueryCancelledError', 'QueryCancelledError']);
    });
  });

  test('close waits for what runs, refuses what comes, and can be called again', async () => {
    await suite.withEngine({ sessions: 1 }, async (one) => {
      const request = { sql: 'SELECT sleep(0.3)', database: 'one', format: 'TabSeparated' };
      const running = readText(one, request);
      const waiting = one.query(request).catch((error: Error) => error.name);
      const closed = one.close();
      await expect(one.query(request)).rejects.toMatchObject({ name: 'EngineClosedError' });
      expect([await running, await waiting]).toEqual(['0\n', 'EngineClosedError']);
      await closed;
      await one.close();
      await expect(one.ping()).rejects.toMatchObject({ name: 'EngineClosedError' });
    });
  });

  test('close ends what takes too long', async () => {
    await suite.withEngine({ sessions: 1, closeWaitMsMax: 50 }, async (one) => {
      const running = one.query({ sql: ENDLESS, database: 'one', format: 'CSV' }).catch((e: Error) => e);
      await one.close();
      expect(await running).toMatchObject({ name: 'EngineError', code: 394 });
    });
  });
}
