import { expect, test } from 'vitest';
import { note } from './client.js';
import { Ledger } from './ledger.js';
import type { Reply } from './send.js';

const COUNTS = '{"successful_rows":2,"quarantined_rows":1}';

function noted(wait: boolean, reply: Partial<Reply>, missed: number[] = []): unknown[] {
  const ledger = new Ledger();
  const bad = new Map([[1, { column: 'amount', reason: 'is not' }]]);
  const request = ledger.begin({ datasource: 'visits', rows: 3 }, bad, new Set(missed));
  note(ledger, { request, wait }, { status: 202, retryAfter: undefined, body: COUNTS, ...reply });
  return [request.outcome, ...ledger.wrongReplies];
}

test.each<[string, boolean, Partial<Reply>, unknown[]]>([
  ['[EV-11] 202', false, {}, ['acknowledged']],
  ['[EV-12] 200', true, { status: 200 }, ['acknowledged']],
  ['[EV-17] 429', false, { status: 429, retryAfter: '1', body: '{}' }, ['refused']],
  ['[EV-18] 503', true, { status: 503, retryAfter: '10', body: '{}' }, ['refused']],
  [
    '[EV-18] 503 that does not say when to come again',
    true,
    { status: 503, body: '{}' },
    ['refused', 'request 1 to visits: 503 without Retry-After: {}'],
  ],
  [
    '[EV-12] 202 for a request that waits',
    true,
    {},
    ['unknown', `request 1 to visits: status 202 with wait=true: ${COUNTS}`],
  ],
  [
    '[EV-18] 500',
    false,
    { status: 500, body: 'x' },
    ['unknown', 'request 1 to visits: status 500 with wait=false: x'],
  ],
  [
    '[EV-10] wrong counts',
    false,
    { body: '{"successful_rows":3,"quarantined_rows":0}' },
    [
      'acknowledged',
      'request 1 to visits: the counts are not 2 and 1: {"successful_rows":3,"quarantined_rows":0}',
    ],
  ],
])('%s', (_title, wait, reply, expected) => {
  expect(noted(wait, reply)).toEqual(expected);
});

test.each<[string, boolean, Partial<Reply>, unknown[]]>([
  ['422', true, { status: 422, body: 'a view misses 1 of 2. Why' }, ['acknowledged']],
  ['202 when nobody waits', false, {}, ['acknowledged']],
  [
    '422 with another count',
    true,
    { status: 422, body: 'a view misses 2 of 2. Why' },
    ['acknowledged', 'request 1 to visits: a view misses 1 of 2: a view misses 2 of 2. Why'],
  ],
  ['200', true, { status: 200 }, ['unknown', `request 1 to visits: status 200 with wait=true: ${COUNTS}`]],
])('[EV-16] a row on which a view fails: %s', (_title, wait, reply, expected) => {
  expect(noted(wait, reply, [2])).toEqual(expected);
});
