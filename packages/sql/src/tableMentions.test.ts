import { describe, expect, test } from 'vitest';
import { mentionedTables } from './tableMentions.js';

const HEX = '0123456789abcdef0123456789abcdef';
const ID = `t_${HEX}`;

describe('[PS-03] [DM-07] what stands where a table can stand', () => {
  test.each<[string, string[]]>([
    ['SELECT 1', []],
    ['SELECT a, b AS c, f(d, e) FROM t WHERE g = h GROUP BY i, j ORDER BY k, l LIMIT 1', ['t']],
    ['FROM t SELECT a, b', ['t']],
    ['SELECT a FROM t AS x, u y, "v w" WHERE 1', ['t', 'u', 'v w']],
    ['SELECT a FROM t AS settings, u', ['t', 'u']],
    ['SELECT a FROM format, settings', ['format', 'settings']],
    ['SELECT a FROM t x ANY LEFT JOIN u ON x.a = u.a AND f(b, c), v', ['t', 'u', 'v']],
    ['SELECT a FROM t JOIN u USING (b, c) JOIN v USING d', ['t', 'u', 'v']],
    ['SELECT a FROM t ARRAY JOIN b AS c, d LEFT JOIN u ON 1', ['t', 'u']],
    ['SELECT a FROM (SELECT b, c FROM t WHERE d) x, (SELECT e, f FROM u)', ['t', 'u']],
    ['WITH a AS (SELECT b, c FROM t), d AS (SELECT 1) SELECT e FROM a', ['a', 't']],
    ['SELECT a FROM t UNION ALL SELECT b, c FROM u', ['t', 'u']],
    ['SELECT a IN t, (b, c) NOT IN (u), d GLOBAL IN ((v)), e FROM w', ['t', 'u', 'v', 'w']],
    ['SELECT in(a, t), globalNotIn(b, u), c', ['a', 't', 'b', 'u']],
    ['SELECT a IN (SELECT b, c FROM t), d', ['t']],
    ["SELECT joinGet(t, 'v', k), dictGet('u', 'v', k), lower('w')", ['t', 'k', 'u', 'v']],
    ['SELECT a FROM loop(t), view(SELECT b, c FROM u), numbers(10)', ['loop', 't', 'view', 'u', 'numbers']],
    ['WITH t AS x SELECT a IN x', ['x', 't']],
    ['SELECT (t) AS x, x AS y, a IN y, b AS c', ['y', 'x', 't']],
    ['SELECT extract(day FROM a), b', ['a']],
    [
      `SELECT a FROM t_label.${HEX}, ${ID.toUpperCase().replace('T_', 't_')}`,
      ['t_label', ID, `t_${HEX.toUpperCase()}`],
    ],
    ['SELECT a.from, b FROM service.t', ['service']],
    ["SELECT '(FROM t', `FROM`, a -- FROM t\n/* FROM t */", []],
    ['SELECT ) FROM t', ['t']],
    ["SELECT a FROM 't', 'u' WHERE b = 'v'", ['t', 'u']],
    ['SELECT v.as FROM t v, u', ['t', 'u']],
    ['SELECT id AS as FROM t WHERE e.as IN u', ['t', 'u']],
    ['SELECT as FROM (SELECT 1 AS as), t', ['t']],
    ['SELECT a FROM t AS array JOIN u USING id', ['t', 'u']],
    ['SELECT a FROM t JOIN u b ON a.id = b.array JOIN v ON 1', ['t', 'u', 'v']],
    ['SELECT a FROM t ARRAY JOIN [1] AS array JOIN u USING id', ['t', 'u']],
    ['SELECT a FROM t SAMPLE 1/10 OFFSET 1/2, u', ['t', 'u']],
    ['SELECT a FROM t JOIN (SELECT 1 AS format) f ON t.id = format, u', ['t', 'u']],
  ])('%s', (sql, expected) => {
    expect([...mentionedTables(sql)].sort()).toEqual([...expected].sort());
  });
});

test('[QY-18] a long chain of aliases is read once', () => {
  const count = 20_000;
  const chain = Array.from({ length: count }, (_, n) => `a${n} AS a${n + 1}`).join(', ');
  expect(mentionedTables(`SELECT ${chain} WHERE 1 IN a${count}`).size).toBe(count + 1);
});
