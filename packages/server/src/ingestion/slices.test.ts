import { setImmediate } from 'node:timers';
import { parseSchema } from '@goldcrest/sql';
import { expect, test } from 'vitest';
import { ApiError } from '../errors/index.js';
import { type CheckContext, EventChecker } from './checkEvents.js';
import { linesOfDocument } from './document.js';
import { inferSchema } from './inferSchema.js';

const context: CheckContext = {
  engine: { query: () => Promise.reject(new Error('The engine is not asked.')) },
  database: 'none',
  receivedAt: new Date(Date.UTC(2026, 0, 1)),
  room: { add: () => {} },
};

/** How many turns others get while the work is done; each is a request that does not have to wait for its end. */
async function turnsDuring(work: unknown): Promise<number> {
  let turns = 0;
  let done = false;
  const turn = (): void => {
    turns += 1;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  await work;
  done = true;
  return turns;
}

/** The work takes far longer than so many slices; without pauses there is one turn. */
const TURNS = 5;

test.each([
  ['events that only the exact check can take', '{"a":"\\ud83d\\ude00"}\n'.repeat(60_000)],
  ['lines that are bad', `${'x\n'.repeat(60_000)}{"a":"y"}`],
  ['events that are bad', '{"b":1}\n'.repeat(60_000)],
  ['good events', `{"a":"${'x'.repeat(20)}"}\n`.repeat(400_000)],
])('[EV-27] %s let other requests have their turn', async (_title, text) => {
  const checker = new EventChecker(parseSchema('a String `json:$.a`'));
  expect(await turnsDuring(checker.check(Buffer.from(text), context))).toBeGreaterThan(TURNS);
});

test('[EV-19] [EV-27] so does finding columns, also in lines that are bad, of which it looks at the first 10,000', async () => {
  const bad = 'x\n'.repeat(9_999);
  const infer = (text: string): Promise<unknown> =>
    inferSchema(Buffer.from(text)).catch((error: unknown) => error instanceof ApiError && error.code);
  expect(await turnsDuring(infer(bad))).toBeGreaterThan(TURNS);
  expect(await infer(`${bad}{"a":1}`)).toBe('a Int64 `json:$.a`');
  expect(await infer(`${bad}x\n{"a":1}`)).toBe('not_json');
});

test('[EV-04] [EV-27] so does a large document', async () => {
  const document = Buffer.from(
    JSON.stringify(Array.from({ length: 100_000 }, (_, a) => ({ a, b: 'some text' }))),
  );
  expect(await turnsDuring(linesOfDocument(document, context.room))).toBeGreaterThan(TURNS);
});
