import { expect, test } from 'vitest';
import { RateLimits } from './rateLimits.js';

/** Limits whose clock the test sets. */
function limitsAt(requests: number, bytes: number): { limits: RateLimits; clock: { ms: number } } {
  const clock = { ms: 1_700_000_000_000 };
  return { limits: new RateLimits({ requests, bytes }, () => clock.ms), clock };
}

test('[EV-17] so many requests in a second, and again in the next', () => {
  const { limits, clock } = limitsAt(3, 0);
  expect([1, 2, 3, 4, 5].map(() => limits.take('a', 1e9))).toEqual([0, 0, 0, 1, 1]);
  expect(limits.remaining('a')).toBe(0);
  clock.ms += 999;
  expect(limits.take('a', 0)).toBe(1);
  clock.ms += 1;
  expect([limits.take('a', 0), limits.remaining('a')]).toEqual([0, 2]);
});

test('[EV-30] each Data Source has limits of its own', () => {
  const { limits } = limitsAt(1, 0);
  expect([limits.take('a', 0), limits.take('a', 0), limits.take('b', 0)]).toEqual([0, 1, 0]);
  expect([limits.remaining('b'), limits.remaining('c')]).toEqual([0, 1]);
});

test('[EV-30] bytes: one body may be larger than a second holds, and the seconds after it pay', () => {
  const { limits, clock } = limitsAt(0, 100);
  expect([limits.take('a', 99), limits.take('a', 350), limits.take('a', 1)]).toEqual([0, 0, 4]);
  clock.ms += 3999;
  expect(limits.take('a', 1)).toBe(1);
  clock.ms += 1000;
  expect(limits.take('a', 1)).toBe(0);
});

test('[EV-30] bytes of many small bodies', () => {
  const { limits, clock } = limitsAt(1000, 100);
  const taken = (): number =>
    Array.from({ length: 50 }, () => limits.take('a', 10)).filter((wait) => wait === 0).length;
  expect(taken()).toBe(10);
  clock.ms += 1000;
  expect(taken()).toBe(10);
});

test('0 is no limit', () => {
  const { limits } = limitsAt(0, 0);
  expect(Array.from({ length: 10_000 }, () => limits.take('a', 1e12)).every((wait) => wait === 0)).toBe(true);
});

test('a clock that is set back begins a window', () => {
  const { limits, clock } = limitsAt(1, 10);
  expect([limits.take('a', 5), limits.take('a', 5)]).toEqual([0, 1]);
  clock.ms -= 3_600_000;
  expect([limits.take('a', 5), limits.take('a', 5)]).toEqual([0, 1]);
});

test('memory is bounded for any number of Data Sources: the oldest is forgotten', () => {
  const { limits } = limitsAt(1, 0);
  expect([limits.take('first', 0), limits.take('first', 0)]).toEqual([0, 1]);
  for (let n = 0; n < 10_000; n++) limits.take(`other ${n}`, 0);
  expect([limits.take('first', 0), limits.take('other 9999', 0)]).toEqual([0, 1]);
});
