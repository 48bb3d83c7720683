import { expect, test } from 'vitest';
import { timestamp } from './timestamp.js';

test.each([
  ['2026-11-23T04:05:06.007Z', '2026-11-23 04:05:06.007000'],
  ['1970-01-01T00:00:00.000Z', '1970-01-01 00:00:00.000000'],
  ['2026-11-23T23:30:00.999-02:00', '2026-11-24 01:30:00.999000'],
])('[GN-22] %s is written %s', (date, text) => {
  expect(timestamp(new Date(date))).toBe(text);
});

test('[GN-22] a date that is none is refused', () => {
  expect(() => timestamp(new Date(Number.NaN))).toThrow(RangeError);
});
