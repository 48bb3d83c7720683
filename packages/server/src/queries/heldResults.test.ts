import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../service-datasources/testing/tables.js';
import { LargeResults } from './largeResults.js';
import { OpenStreams } from './openStreams.js';
import { isSpooled, type Result } from './results.js';

let tables: TestEngine;

beforeAll(async () => {
  tables = await openTestEngine();
});
afterAll(() => tables.stop());

const MIB = 1024 * 1024;

/** Four megabytes of text, of which the engine counts twenty thousand bytes. */
function ask(large: LargeResults, of: number, workspaceId = 'one'): Promise<Result> {
  const sql = `SELECT toUInt8(${of}) AS ${'n'.repeat(200)} FROM numbers(20000)`;
  const settings = { max_result_bytes: 100 * MIB };
  const signal = new AbortController().signal;
  const run = { sql, database: 'default', format: 'JSON', settings, signal };
  return large.run({ run, workspaceId, memoryBytes: 0, streams: false });
}

test('[GN-11] long texts are in memory while there is room for them, which a Workspace leaves to others', async () => {
  const large = new LargeResults(tables.engine, new OpenStreams({ open: 9, bytes: 999 * MIB }), 16 * MIB);
  const first = await ask(large, 1);
  const second = await ask(large, 2);
  const other = await ask(large, 3, 'two');
  expect([isSpooled(first), isSpooled(second), isSpooled(other)]).toEqual([false, true, false]);
  await Promise.all([first, second, other].map((result) => result.remove?.()));
  const later = await ask(large, 4);
  expect(isSpooled(later)).toBe(false);
  await later.remove?.();
});

test('[GN-11] a query that once had a long text is not run into memory again', async () => {
  const large = new LargeResults(tables.engine, new OpenStreams({ open: 9, bytes: 999 * MIB }));
  const results = [await ask(large, 1), await ask(large, 1)];
  expect(results.map(isSpooled)).toEqual([false, true]);
  await Promise.all(results.map((result) => result.remove?.()));
});
