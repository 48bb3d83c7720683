import { expect, test } from 'vitest';
import { problemsOf, type Second, type Soak, summaryOf } from './samples.js';

/** Replies of a load that is too much. */
const REFUSED: [number, number][] = [
  [503, 2],
  [202, 18],
];

/** A soak of nine seconds. */
function soakOf(change: Partial<Soak> = {}, seconds: (second: number) => Partial<Second> = () => ({})): Soak {
  return {
    seconds: Array.from({ length: 9 }, (_, i) => ({ rssMib: 500, latencies: [10, 20], ...seconds(i) })),
    statuses: new Map([
      [503, 2],
      [202, 18],
      [429, 1],
    ]),
    withoutRetryAfter: 0,
    broken: 0,
    accepted: new Map([['visits', 18]]),
    stored: new Map([['visits', 18]]),
    ...change,
  };
}

test('[EV-17] [EV-18] a soak in which nothing grew and nothing but 429 and 503 was refused passes', () => {
  expect(problemsOf(soakOf())).toEqual([]);
  expect(problemsOf(soakOf({}, () => ({ rssMib: null })))).toEqual([]);
  expect(summaryOf(soakOf())).toBe(
    '9 seconds: replies 18 with 202, 1 with 429, 2 with 503; 18 rows stored; by thirds: memory at most 500, 500, 500 MiB, p99 of accepted requests 20, 20, 20 ms',
  );
});

test('memory may grow at first, and a little afterwards', () => {
  expect(problemsOf(soakOf({}, (second) => ({ rssMib: second < 3 ? 200 : 500 })))).toEqual([]);
  expect(problemsOf(soakOf({}, (second) => ({ rssMib: second < 8 ? 500 : 614 })))).toEqual([]);
});

test.each<[string, Soak, string[]]>([
  [
    'memory that grows',
    soakOf({}, (second) => ({ rssMib: second < 8 ? 500 : 615 })),
    ['memory grew from 500 to 615 MiB, the bound is 614'],
  ],
  [
    'requests that take longer and longer',
    soakOf({}, (second) => ({ latencies: [second < 8 ? 20 : 91] })),
    ['p99 of accepted requests grew from 20 to 91 ms, the bound is 90'],
  ],
  [
    'rows that are lost or doubled',
    soakOf({
      stored: new Map([
        ['visits', 17],
        ['sales', 1],
      ]),
    }),
    [
      'of 18 rows that were accepted for visits, 17 are stored',
      'of 0 rows that were accepted for sales, 1 are stored',
    ],
  ],
  [
    'an unexpected error',
    soakOf({ statuses: new Map([...REFUSED, [500, 3]]) }),
    ['3 replies had the status 500'],
  ],
  [
    'a refusal that is none of ours',
    soakOf({ statuses: new Map([...REFUSED, [404, 3]]) }),
    ['3 replies had the status 404'],
  ],
  [
    'a load that was not too much',
    soakOf({ statuses: new Map([[202, 18]]) }),
    ['no request was refused with 503: the load was none that is too much'],
  ],
  ['refusals without advice', soakOf({ withoutRetryAfter: 2 }), ['2 refusals had no Retry-After']],
  ['broken connections', soakOf({ broken: 1 }), ['1 connections broke']],
  ['a server that accepts nothing', soakOf({}, () => ({ latencies: [] })), ['no request was accepted']],
])('[EV-18] finds %s', (_title, soak, expected) => {
  expect(problemsOf(soak)).toEqual(expected);
});
