import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readChunks } from './responses.js';

const LATE = 'Code: 395. DB::Exception: Late. (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO)\n';
const tagged = (tag: string) =>
  `\r\n__exception__\r\n${tag}\r\n${LATE}${LATE.length} ${tag}\r\n__exception__\r\n`;

async function outcome(
  stream: Readable,
  tag: string | undefined,
): Promise<{ text: string; failure: unknown }> {
  let text = '';
  try {
    for await (const chunk of readChunks(stream, tag)) text += Buffer.from(chunk).toString();
    return { text, failure: undefined };
  } catch (error) {
    return { text, failure: error };
  }
}

const inPieces = (text: string, size: number) =>
  Readable.from(
    Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size)),
  );

test.each([1, 7, 1000, 100_000])('an answer comes out whole, in pieces of %i', async (size) => {
  const text = 'row\n'.repeat(size === 1 ? 2000 : 20_000);
  expect(await outcome(inPieces(text, size), 'tag')).toEqual({ text, failure: undefined });
});

test.each([3, 1000, 1_000_000])('[ERD-01] an error after rows is thrown, in pieces of %i', async (size) => {
  const { failure } = await outcome(inPieces(`${'row\n'.repeat(20_000)}${tagged('abc')}`, size), 'abc');
  expect(failure).toMatchObject({ code: 395, message: 'Late. (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO)' });
});

test('rows that look like an error of another tag are rows', async () => {
  const text = `row${tagged('other')}`;
  expect(await outcome(inPieces(text, 10), 'abc')).toEqual({ text, failure: undefined });
});

test('[ERD-01] older servers put the error at the end and break off', async () => {
  const stream = Readable.from(
    (async function* () {
      yield `row\n${LATE}`;
      throw new Error('aborted');
    })(),
  );
  expect((await outcome(stream, undefined)).failure).toMatchObject({ name: 'EngineError', code: 395 });
});

test('a connection that breaks is an error', async () => {
  const stream = Readable.from(
    (async function* () {
      yield 'row\n';
      throw new Error('aborted');
    })(),
  );
  expect((await outcome(stream, 'abc')).failure).toMatchObject({ message: 'aborted' });
});
