import { expect, test } from 'vitest';
import { readArguments } from './arguments.js';
import { readSoakArguments } from './soak/arguments.js';

test('reads what is to be run, which is a hundred rounds where nothing is said', () => {
  expect(readArguments([])).toEqual({ rounds: 100, seed: 1, faults: false, checkEvery: 10 });
  expect(readArguments(['--rounds', '7', '--seed=3', '--faults', '--check-every', '2'])).toEqual({
    rounds: 7,
    seed: 3,
    faults: true,
    checkEvery: 2,
  });
  expect(readSoakArguments([])).toEqual({ seconds: 600 });
  expect(readSoakArguments(['--minutes', '2'])).toEqual({ seconds: 120 });
});

test.each([
  [['--rounds', '0'], '--rounds is `0`. Allowed: a whole number from 1 to 100000.'],
  [['--seed', '1.5'], '--seed is `1.5`. Allowed: a whole number from 0 to 1000000.'],
  [['--seed=-1'], '--seed is `-1`. Allowed: a whole number from 0 to 1000000.'],
  [['--check-every', 'x'], '--check-every is `x`. Allowed: a whole number from 1 to 100000.'],
  [['--round', '1'], "Unknown option '--round'. The options are --rounds, --seed, --faults, --check-every."],
])('refuses %j', (args, message) => {
  expect(() => readArguments(args)).toThrow(expect.objectContaining({ name: 'ArgumentError', message }));
});

test('refuses a soak that has no end', () => {
  expect(() => readSoakArguments(['--minutes', '1e9'])).toThrow(
    '--minutes is `1e9`. Allowed: a whole number from 1 to 1440.',
  );
});
