import type { StreamRequest } from '@goldcrest/engine';
import { expect, test } from 'vitest';
import { openResult } from './openResult.js';
import { OpenStreams } from './openStreams.js';
import { isOpen } from './results.js';

const MIB = 1024 * 1024;
const RUN = { sql: 'SELECT 1', database: 'default', format: 'CSV' };
const COST = { rowsRead: null, bytesRead: null, elapsedSeconds: 2 };

/** An engine whose answers have so many pieces of a megabyte, and a note of what became of the query. */
function engineOf(pieces: number): {
  stream: (run: StreamRequest) => AsyncGenerator<Uint8Array>;
  ended: string;
} {
  const engine = {
    ended: '',
    async *stream({ signal, onEnd }: StreamRequest): AsyncGenerator<Uint8Array> {
      try {
        for (let at = 0; at < pieces; at += 1) yield Buffer.alloc(MIB, 'x');
        onEnd?.(COST);
      } finally {
        engine.ended = signal?.aborted ? 'killed' : 'complete';
      }
    },
  };
  return engine;
}

function begin(engine: ReturnType<typeof engineOf>, bytesMax: number) {
  const place = new OpenStreams({ open: 9, bytes: 99 * MIB }).enter('w', bytesMax);
  return openResult(engine, RUN, { place, headBytes: 2 * MIB });
}

test('[QY-18] [LMT-16] a result that is sent while it is made breaks off at the limit, and its query is ended', async () => {
  const engine = engineOf(9);
  const result = await begin(engine, 5 * MIB);
  if (!isOpen(result)) throw new Error('it is whole');
  let bytes = 0;
  const reading = (async () => {
    for await (const piece of result.pieces) bytes += piece.length;
  })();
  await expect(reading).rejects.toMatchObject({ code: 396 });
  expect(bytes).toBe(5 * MIB);
  await result.remove();
  expect(engine.ended).toBe('killed');
});

test('[QY-18] [LMT-16] a result above the limit is refused while nothing of it is sent', async () => {
  const engine = engineOf(9);
  await expect(begin(engine, MIB)).rejects.toMatchObject({ code: 396 });
  expect(engine.ended).toBe('killed');
});

test('a result that turns out to be small is whole, and one that nobody reads is ended', async () => {
  expect(await begin(engineOf(2), 5 * MIB)).toEqual({ ...COST, body: Buffer.alloc(2 * MIB, 'x') });
  const engine = engineOf(4);
  await (await begin(engine, 5 * MIB)).remove?.();
  expect(engine.ended).toBe('killed');
});
