import { expect, test } from 'vitest';
import { parseEngineError } from './errors.js';

test.each([
  [
    'Code: 62. DB::Exception: Syntax error: failed. (SYNTAX_ERROR)',
    [62, 'SYNTAX_ERROR', 'Syntax error: failed. (SYNTAX_ERROR)'],
  ],
  [
    'Code: 164. DB::Exception: Code: 164. DB::Exception: Cannot modify. (READONLY) (version 26.7.2.1). (READONLY)',
    [164, 'READONLY', 'Cannot modify. (READONLY)'],
  ],
  [
    'Code: 60. DB::Exception: Unknown table t. (UNKNOWN_TABLE) (version 25.8.1.1 (official build))\n',
    [60, 'UNKNOWN_TABLE', 'Unknown table t. (UNKNOWN_TABLE)'],
  ],
  ['Code: 1. DB::Exception: no name', [1, 'UNKNOWN', 'no name. (UNKNOWN)']],
  [
    'Code: 36. DB::Exception: got (ABC) and (version 1) inside. (BAD_ARGUMENTS)',
    [36, 'BAD_ARGUMENTS', 'got (ABC) and (version 1) inside. (BAD_ARGUMENTS)'],
  ],
])('[ERD-03] reads %j', (text, expected) => {
  const error = parseEngineError(text);
  expect([error?.code, error?.codeName, error?.message]).toEqual(expected);
});

test.each(['', 'connect ECONNREFUSED', '<html>502</html>', 'see Code: 1. DB::Exception: x'])(
  'is no error of the database: %j',
  (text) => {
    expect(parseEngineError(text)).toBeUndefined();
  },
);

test('a long message is read in linear time', () => {
  const start = performance.now();
  parseEngineError(
    `Code: 1. DB::Exception: ${' ('.repeat(100_000)}${'.'.repeat(100_000)}${' '.repeat(100_000)}x`,
  );
  expect(performance.now() - start).toBeLessThan(1000);
});
