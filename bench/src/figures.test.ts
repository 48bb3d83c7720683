import { expect, test } from 'vitest';
import { figureLine, median } from './figures.js';

test.each([
  [[7], 7],
  [[3, 1, 2], 2],
  [[10, 1, 2, 3], 2.5],
  [[100, -1], 49.5],
  [[5, 5, 5, 5], 5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('no values have no median', () => {
  expect(() => median([])).toThrow('There is no median of no values: measure for longer with --seconds.');
});

test('the values keep their order', () => {
  const values = [3, 1, 2];
  median(values);
  expect(values).toEqual([3, 1, 2]);
});

test.each([
  [1, 'x.y_ms=1.000\n'],
  [0.84266, 'x.y_ms=0.843\n'],
  [-0.5, 'x.y_ms=-0.500\n'],
])('%d is printed as %j', (value, line) => {
  expect(figureLine('x.y_ms', value)).toBe(line);
});
