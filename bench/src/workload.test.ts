import { expect, test } from 'vitest';
import { VALUES } from './measuredEndpoint.js';
import { cycle, sqlFor } from './workload.js';

test('puts the value where the parameter was', () => {
  const workload = { sql: "SELECT 1 WHERE 2 >= toInt32('1999999999')", settings: {} };
  expect(sqlFor(workload, 7)).toBe("SELECT 1 WHERE 2 >= toInt32('7')");
});

test.each(['SELECT 1', 'SELECT 1999999999, 1999999999'])(
  'refuses `%s`, which is not what it expects',
  (sql) => {
    expect(() => sqlFor({ sql, settings: {} }, 7)).toThrow("The parameter is not once in the endpoint's SQL");
  },
);

test('gives every value once before it begins anew', () => {
  const next = cycle();
  const values = Array.from({ length: VALUES }, next);
  expect({ distinct: new Set(values).size, again: next() }).toEqual({ distinct: VALUES, again: values[0] });
});
