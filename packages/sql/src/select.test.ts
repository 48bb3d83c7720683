import { describe, expect, test } from 'vitest';
import { SqlTextError } from './errors.js';
import { type SelectSetting, splitSelect } from './select.js';

const set = (name: string, value: string): SelectSetting => ({ name, value });

describe('splitSelect', () => {
  test.each<[string, string, SelectSetting[], string | null]>([
    ['SELECT 1', 'SELECT 1', [], null],
    [' -- a\nselect 1 ; -- b', 'select 1', [], null],
    ['SELECT 1 -- FORMAT JSON', 'SELECT 1', [], null],
    ['SELECT 1 format JSON', 'SELECT 1', [], 'JSON'],
    ['SELECT 1 FORMAT `CSV`;', 'SELECT 1', [], 'CSV'],
    ["SELECT 1 SETTINGS a = 1, b='x''y'", 'SELECT 1', [set('a', '1'), set('b', "x'y")], null],
    [
      'SELECT 1 SETTINGS a = -1.5, b = TRUE FORMAT TSV',
      'SELECT 1',
      [set('a', '-1.5'), set('b', 'true')],
      'TSV',
    ],
    ['SELECT 1 FORMAT TSV SETTINGS a = 1', 'SELECT 1', [set('a', '1')], 'TSV'],
    ['SELECT 1 SETTINGS a = 1 FORMAT TSV SETTINGS a = 2', 'SELECT 1', [set('a', '1'), set('a', '2')], 'TSV'],
    ['SELECT a FROM t GROUP BY ALL FORMAT JSON', 'SELECT a FROM t GROUP BY ALL', [], 'JSON'],
    ['SELECT a FROM t ORDER BY ALL SETTINGS a = 1', 'SELECT a FROM t ORDER BY ALL', [set('a', '1')], null],
    ['SELECT * FORMAT JSON', 'SELECT *', [], 'JSON'],
    ['SELECT t.* FORMAT JSON', 'SELECT t.*', [], 'JSON'],
    ['SELECT count(*) FORMAT JSON', 'SELECT count(*)', [], 'JSON'],
    ['SELECT 1 AS settings FORMAT JSON', 'SELECT 1 AS settings', [], 'JSON'],
    ['SELECT 1 AS by FORMAT JSON', 'SELECT 1 AS by', [], 'JSON'],
    [
      'SELECT a FROM t ORDER BY t.format DESC FORMAT JSON',
      'SELECT a FROM t ORDER BY t.format DESC',
      [],
      'JSON',
    ],
    ['(SELECT 1) UNION ALL (SELECT 2) FORMAT CSV', '(SELECT 1) UNION ALL (SELECT 2)', [], 'CSV'],
    ['FROM t SELECT a', 'FROM t SELECT a', [], null],
    ['WITH 1 AS x SELECT x', 'WITH 1 AS x SELECT x', [], null],
  ])('%s', (sql, body, settings, format) => {
    expect(splitSelect(sql)).toEqual({ body, settings, format });
  });

  test.each([
    ['SELECT format FROM t'],
    ['SELECT format x FROM t'],
    ['SELECT format x'],
    ['SELECT 2 * format x'],
    ['SELECT a, format b'],
    ['SELECT 1 AS settings'],
    ['SELECT 1 AS format, 2 AS settings'],
    ['SELECT t.format'],
    ['SELECT a FROM t ORDER BY format'],
    ['SELECT a FROM t ORDER BY format DESC'],
    ['SELECT a FROM format x'],
    ['SELECT a FROM t WHERE settings = 1'],
    ['SELECT a FROM t WHERE x AND settings = 1'],
    ["SELECT ' FORMAT JSON'"],
    ['SELECT "a FORMAT JSON"'],
    ['SELECT * FROM (SELECT 1 SETTINGS a = 1)'],
    ['SELECT 1 SETTINGS a = 1 UNION ALL SELECT 2'],
    ['SELECT 1 SETTINGS a = {b:String}'],
    ['SELECT 1 SETTINGS a = 1,'],
    ['SELECT format(1, 2)'],
  ])('leaves %s as it is', (sql) => {
    expect(splitSelect(sql)).toEqual({ body: sql, settings: [], format: null });
  });

  test.each<[string, string, number]>([
    ['', 'The SQL is empty. Write a SELECT.', 0],
    [' -- x', 'The SQL is empty. Write a SELECT.', 0],
    [';', 'The SQL is empty. Write a SELECT.', 0],
    ['SELECT 1; SELECT 2', "Only one statement is allowed; nothing may follow the ';'.", 10],
    ['SELECT 1;;', "Only one statement is allowed; nothing may follow the ';'.", 9],
    ['DROP TABLE t', 'Only SELECT queries are allowed, not DROP.', 0],
    ['EXPLAIN SELECT 1', 'Only SELECT queries are allowed, not EXPLAIN.', 0],
    ['`select` 1', 'Only SELECT queries are allowed, not `select`.', 0],
    ['SELECT 1) UNION ALL (SELECT 2', "The bracket ')' has no partner.", 8],
    ['SELECT (1', "The bracket '(' has no partner.", 7],
    ["SELECT 'a", 'The SQL can\'t be read from "\'a" on.', 7],
    ['SELECT 1 -- \0\n, 2', 'The SQL can\'t be read from "-- \\u0000" on.', 9],
    ['SELECT 1 AS `a\nb`', 'A quoted name holds a line break or control character; remove it.', 12],
    ['SELECT 1 AS "a\\nb"', 'A quoted name holds a line break or control character; remove it.', 12],
    ['SELECT 1 AS `\\x7f`', 'A quoted name holds a line break or control character; remove it.', 12],
    ['SELECT 1 AS `\\xc2\\x85`', 'A quoted name holds a line break or control character; remove it.', 12],
    ['SELECT 1 AS “a\u2028”', 'A quoted name holds a line break or control character; remove it.', 12],
  ])('refuses %j', (sql, message, position) => {
    expect(() => splitSelect(sql)).toThrow(new SqlTextError(message, position));
  });
});
