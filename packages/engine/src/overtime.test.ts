import { AddressList } from '@goldcrest/sql';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { QueryResult } from './engine.js';
import { PooledEngine } from './pooledEngine.js';
import type { EngineSession } from './session.js';

const RESULT = { body: Buffer.from('1'), rowsRead: 1, bytesRead: 1, elapsedSeconds: 0 };
const LIMITS = { queueMax: 1, waitMsMax: 1000 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function session(run: (sql: string) => Promise<QueryResult>): EngineSession {
  const never = (): never => {
    throw new Error('not asked for');
  };
  return { database: 'one', run, spool: never, stream: never, insertFile: never };
}

/** An engine whose only query ends when it is told to, and the statements with which others are to be killed. */
function slowEngine() {
  const kills: string[] = [];
  let finish = (): void => {};
  const running = new Promise<QueryResult>((resolve) => {
    finish = () => resolve(RESULT);
  });
  const control = session((sql) => {
    kills.push(sql);
    return Promise.resolve(RESULT);
  });
  const engine = new PooledEngine({
    sessions: [session(() => running)],
    control,
    limits: LIMITS,
    querySettings: {},
    externalAddresses: AddressList.none,
    closeWaitMsMax: 0,
    disconnect: () => Promise.resolve(),
  });
  return { engine, kills, finish };
}

const READ = { sql: 'SELECT 1', database: 'one', format: 'CSV', settings: { max_execution_time: 10 } };

test('[QY-18] [EP-18] a read that the database does not end in time is killed and answered a second later', async () => {
  const { engine, kills, finish } = slowEngine();
  const answer = expect(engine.query(READ)).rejects.toMatchObject({
    code: 159,
    codeName: 'TIMEOUT_EXCEEDED',
  });
  await vi.advanceTimersByTimeAsync(10_900);
  expect(kills).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  await answer;
  expect(kills).toEqual([expect.stringMatching(/^KILL QUERY WHERE/)]);
  finish();
});

test('a read that ends in time leaves no timer behind', async () => {
  const { engine, finish } = slowEngine();
  const answer = engine.query(READ);
  await vi.advanceTimersByTimeAsync(9000);
  finish();
  expect(await answer).toEqual(RESULT);
  expect(vi.getTimerCount()).toBe(0);
});
