import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EventLog } from '../log/eventLog.js';
import type { LogStream } from '../log/stream.js';
import { Flusher, GATHERED_BYTES } from './flusher.js';
import type { FlushVerdict } from './flushSegment.js';

const GATHER_MS = 400;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A flusher whose turns end when the test says so, and the one stream that it knows. */
function start() {
  const ends: ((verdict: FlushVerdict) => void)[] = [];
  const stream = {
    target: { workspaceId: 'w', datasourceId: 't' },
    isEmpty: false,
    sealed: [] as { bytes: number }[],
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
  const append = (): void => flusher.appended(stream as unknown as LogStream);
  return { ends, stream, append };
}

test('[EV-27] rows that came while others were inserted wait for no longer than those, all in all', async () => {
  const { ends, stream, append } = start();
  append();
  await vi.advanceTimersByTimeAsync(GATHER_MS - 1);
  expect(ends.length).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(ends.length).toBe(1);

  stream.waitsSince = Date.now();
  append();
  await vi.advanceTimersByTimeAsync(150);
  ends[0]?.('done');
  await vi.advanceTimersByTimeAsync(GATHER_MS - 151);
  expect(ends.length).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(ends.length).toBe(2);
});

test('[EV-27] what came behind a large insert goes at once, and what comes behind that waits for company', async () => {
  const { ends, stream, append } = start();
  stream.sealed = [{ bytes: GATHERED_BYTES }];
  append();
  expect(ends.length).toBe(1);

  stream.sealed = [];
  ends[0]?.('done');
  await vi.advanceTimersByTimeAsync(0);
  expect(ends.length).toBe(2);

  stream.waitsSince = Date.now();
  ends[1]?.('done');
  await vi.advanceTimersByTimeAsync(GATHER_MS - 1);
  expect(ends.length).toBe(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(ends.length).toBe(3);
});

test('[EV-18] Data Sources whose inserts take long leave a place to all others', async () => {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const streamOf = (key: string): LogStream =>
    ({
      key,
      target: { workspaceId: 'w', datasourceId: key },
      isEmpty: false,
      sealed: [{ bytes: 10 }],
      seal: () => {},
    }) as unknown as LogStream;
  const flusher = new Flusher({
    log: {} as EventLog,
    gatherMs: GATHER_MS,
    retryMs: 1,
    flush: ({ key }) => {
      begun.push(key);
      return new Promise((resolve) => ends.set(key, () => resolve('again')));
    },
  });
  const [slow, slower, quick] = ['slow', 'slower', 'quick'].map(streamOf);
  for (const stream of [slow, slower, quick]) if (stream !== undefined) flusher.appended(stream);
  expect(begun).toEqual(['slow', 'slower']);
  await vi.advanceTimersByTimeAsync(6000);
  for (const key of ['slow', 'slower']) ends.get(key)?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(begun.slice(2)).toEqual(['quick', 'slow']);
  for (let turn = 0; turn < 3; turn += 1) {
    ends.get('quick')?.();
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(begun.slice(4)).toEqual(['quick', 'quick', 'quick']);
  ends.get('slow')?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(begun.slice(7)).toEqual(['slower']);
});
