import { expect, test } from 'vitest';
import { readArguments } from './arguments.js';

const NAMES = ['endpoint.a_ms', 'start.b_ms'];

test.each([
  [[], { only: '', seconds: 10, json: null }],
  [
    ['--only', 'start.', '--seconds', '3', '--json', 'out.json'],
    { only: 'start.', seconds: 3, json: 'out.json' },
  ],
  [['--only=endpoint.a_ms', '--seconds=3600'], { only: 'endpoint.a_ms', seconds: 3600, json: null }],
])('reads %j', (args, expected) => {
  expect(readArguments(args, NAMES)).toEqual(expected);
});

const whole = 'Allowed: a whole number from 1 to 3600.';

test.each([
  [['--only', 'stop'], '--only is `stop`. Allowed: the beginning of one of endpoint.a_ms, start.b_ms.'],
  [['--seconds', '0'], `--seconds is \`0\`. ${whole}`],
  [['--seconds', '3601'], `--seconds is \`3601\`. ${whole}`],
  [['--seconds', '1.5'], `--seconds is \`1.5\`. ${whole}`],
  [['--seconds=-1'], `--seconds is \`-1\`. ${whole}`],
  [['--second', '1'], "Unknown option '--second'. The options are --only, --seconds and --json."],
  [['--json'], "Option '--json <value>' argument missing. The options are --only, --seconds and --json."],
])('refuses %j', (args, message) => {
  expect(() => readArguments(args, NAMES)).toThrow(
    expect.objectContaining({ name: 'ArgumentError', message }),
  );
});
