import { expect, test } from 'vitest';
import { countExpansions } from './expansions.js';

/** Each query reads the one before it twice. */
function doubling(levels: number): string {
  const queries = Array.from({ length: levels }, (_, i) => `c${i + 1} AS (SELECT a.x FROM c${i} a, c${i} b)`);
  return `WITH c0 AS (SELECT 1 x), ${queries.join(', ')} SELECT count() FROM c${levels}`;
}

test.each<[string, number]>([
  ['SELECT 1', 0],
  ['WITH a AS (SELECT 1) SELECT 1', 0],
  ['WITH a AS (SELECT 1) SELECT * FROM a', 1],
  ['WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM a, b', 3],
  ['WITH `a` AS (WITH a AS (SELECT 1) SELECT * FROM a) SELECT * FROM "a"', 1],
  ['WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM a', 2],
  ["SELECT 'a' AS (b)", 0],
  ['WITH a AS MATERIALIZED (SELECT 1), b (x, y) AS (SELECT * FROM a, a) SELECT * FROM b', 3],
  ['SELECT f(a) AS (b), a FROM t', 0],
  [doubling(3), 15],
  [doubling(8), 511],
  [doubling(500), 1_000_000],
])('[QY-18] %s becomes %i queries', (sql, count) => {
  expect(countExpansions(sql)).toBe(count);
});
