import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { events } from './events.js';
import { toLine } from './pageHit.js';

const lines = (count: number, seed: number): string[] => Array.from(events(count, seed), toLine);

test('a seed gives the same events everywhere and for ever', () => {
  const digest = createHash('sha256').update(lines(2000, 1).join('\n')).digest('hex');
  expect(digest).toBe('ea1fc68ff9a92254053a598c17dd9a997f3fcfe1c40ca3b08ace27eb9b80df5b');
});

test('another seed gives other events; a larger count only goes on for longer', () => {
  expect(lines(5000, 3).slice(0, 500)).toEqual(lines(500, 3));
  const others = new Set(lines(500, 4));
  expect(lines(500, 3).filter((line) => others.has(line))).toEqual([]);
});

test.each([0, 1, 2, 999])('gives exactly %i events', (count) => {
  expect(lines(count, 5)).toHaveLength(count);
});

test('every line is one JSON object, and a few arrive late', () => {
  const sent = lines(20_000, 6);
  const times = sent.map((line): unknown => JSON.parse(line).ts).map(String);
  const late = times.filter((time, i) => time < (times[i - 1] ?? ''));
  expect(sent.some((line) => line.includes('\n'))).toBe(false);
  expect(late.length).toBeGreaterThan(20);
  expect(late.length).toBeLessThan(200);
});

test('pages and visitors have a heavy head and a long tail, and nights are quiet', () => {
  const hits = [...events(40_000, 7)];
  const perPage = new Map<string, number>();
  for (const { payload } of hits) perPage.set(payload.pathname, (perPage.get(payload.pathname) ?? 0) + 1);
  const counts = [...perPage.values()].sort((a, b) => b - a);
  expect(counts[0]).toBeGreaterThan(4000);
  expect(counts.length).toBeGreaterThan(1000);
  const inHours = (first: string, last: string): number =>
    hits.filter(({ ts }) => ts.slice(11, 13) >= first && ts.slice(11, 13) <= last).length;
  expect(inHours('18', '20')).toBeGreaterThan(8 * inHours('02', '04'));
});

test('one session never has two hits in one millisecond, so its first hit is certain', () => {
  const keys = Array.from(events(50_000, 8), (hit) => `${hit.session_id} ${hit.ts}`);
  expect(new Set(keys).size).toBe(keys.length);
});

test.each([
  ['quotes', '"'],
  ['backslashes', '\\'],
  ['other scripts', '餌'],
  ['characters outside the basic plane', '🐦'],
])('some text holds %s', (_what, text) => {
  const hits = [...events(3000, 9)];
  expect(hits.some(({ payload }) => (payload.pathname + payload.referrer).includes(text))).toBe(true);
});

test('some numbers are the largest and smallest of their columns', () => {
  const hits = [...events(60_000, 10)];
  const loads = hits.map(({ payload }) => payload.load_ms);
  expect([loads.includes(0), loads.includes(2 ** 32 - 1), loads.includes(undefined)]).toEqual([
    true,
    true,
    true,
  ]);
  expect(hits.some(({ visitor }) => visitor === 2n ** 64n - 1n)).toBe(true);
});
