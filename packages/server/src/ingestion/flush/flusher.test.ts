import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EventLog } from '../log/eventLog.js';
import type { LogStream } from '../log/stream.js';
import { Flusher } from './flusher.js';
import type { FlushVerdict } from './flushSegment.js';

const GATHER_MS = 400;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('[EV-27] rows that came while others were inserted wait for no longer than those, all in all', async () => {
  const ends: ((verdict: FlushVerdict) => void)[] = [];
  const stream = {
    target: { workspaceId: 'w', datasourceId: 't' },
    isEmpty: false,
    sealed: [],
    growingBytes: 10,
    waitsSince: Date.now(),
    seal: () => {},
  };
  const flusher = new Flusher({
    log: {} as EventLog,
    gatherMs: GATHER_MS,
    retryMs: 1,
    flush: () => new Promise((resolve) => ends.push(resolve)),
  });
  flusher.appended(stream as unknown as LogStream);
  await vi.advanceTimersByTimeAsync(GATHER_MS - 1);
  expect(ends.length).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(ends.length).toBe(1);

  stream.waitsSince = Date.now();
  flusher.appended(stream as unknown as LogStream);
  await vi.advanceTimersByTimeAsync(150);
  ends[0]?.('done');
  await vi.advanceTimersByTimeAsync(GATHER_MS - 151);
  expect(ends.length).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(ends.length).toBe(2);
});
