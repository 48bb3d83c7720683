import { expect, test } from 'vitest';
import { replaceFinalTables } from './finalTables.js';

const REPLACEMENTS = new Map([['t', 't final']]);

test.each([
  ['SELECT * FROM t FINAL', 'SELECT * FROM `t final` AS `t` '],
  ['SELECT * FROM t AS a FINAL WHERE a.x', 'SELECT * FROM `t final` AS a  WHERE a.x'],
  ['SELECT * FROM `t` a final', 'SELECT * FROM `t final` a '],
  ['SELECT * FROM u FINAL JOIN t FINAL USING k', 'SELECT * FROM u FINAL JOIN `t final` AS `t`  USING k'],
  ['SELECT * FROM u, t FINAL, t', 'SELECT * FROM u, `t final` AS `t` , t'],
  ['FROM t /* FINAL */ FINAL SELECT t.x', 'FROM `t final` AS `t` /* FINAL */  SELECT t.x'],
  ['SELECT * FROM (SELECT * FROM t FINAL)', 'SELECT * FROM (SELECT * FROM `t final` AS `t` )'],
])('[QY-17] %s reads another name', (sql, other) => {
  expect(replaceFinalTables(sql, REPLACEMENTS)).toEqual({ sql: other, replaced: new Set(['t']) });
});

test.each([
  'SELECT * FROM t',
  'SELECT * FROM t AS final',
  "SELECT 't FINAL' FROM t",
  'SELECT t FROM u FINAL',
  'SELECT final FROM t WHERE t = final',
  'SELECT * FROM t -- FINAL',
])('[QY-17] %s stays as it is', (sql) => {
  expect(replaceFinalTables(sql, REPLACEMENTS)).toEqual({ sql, replaced: new Set() });
});
