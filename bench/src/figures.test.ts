import { expect, test } from 'vitest';
import { figureLine, median, percentile } from './figures.js';

test.each([
  [[7], 7],
  [[3, 1, 2], 2],
  [[10, 1, 2, 3], 2.5],
  [[100, -1], 49.5],
  [[5, 5, 5, 5], 5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test.each([
  [[7], 0.99, 7],
  [[3, 1, 2], 0.5, 2],
  [[4, 3, 2, 1], 0.5, 2],
  [[4, 3, 2, 1], 1, 4],
  [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 0.9, 9],
  [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 0.91, 10],
])('of %j a share of %d is at most %d', (values, share, expected) => {
  expect(percentile(values, share)).toBe(expected);
});

test('one slow call in a hundred is not in the 99th percentile, two are', () => {
  const fast = Array.from({ length: 98 }, () => 1);
  expect([percentile([50, ...fast, 1], 0.99), percentile([50, ...fast, 50], 0.99)]).toEqual([1, 50]);
});

test.each([
  ['median', () => median([])],
  ['percentile', () => percentile([], 0.99)],
])('no values have no %s', (_what, figure) => {
  expect(figure).toThrow('There are no values to make a figure of: measure for longer with --seconds.');
});

test('the values keep their order', () => {
  const values = [3, 1, 2];
  median(values);
  percentile(values, 0.5);
  expect(values).toEqual([3, 1, 2]);
});

test.each([
  [1, 'x.y_ms=1.000\n'],
  [0.84266, 'x.y_ms=0.843\n'],
  [-0.5, 'x.y_ms=-0.500\n'],
])('%d is printed as %j', (value, line) => {
  expect(figureLine('x.y_ms', value)).toBe(line);
});
