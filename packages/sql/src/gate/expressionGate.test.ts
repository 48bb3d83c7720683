import { Session } from 'chdb';
import { afterAll, describe, expect, test } from 'vitest';
import { checkExpressionAst } from './expressionGate.js';
import { GateError } from './gateError.js';

const session = new Session();
afterAll(() => session.close());

const COLUMNS = new Set(['a', 'b', 'ts', 'arr', 'location', 'file', 'my col']);

function check(expression: string, columns?: ReadonlySet<string>): void {
  checkExpressionAst(session.query(`EXPLAIN AST SELECT tuple(${expression})`, 'TabSeparatedRaw'), columns);
}

describe('checkExpressionAst', () => {
  test.each([
    'a',
    'a, b',
    '',
    'toYYYYMM(ts), cityHash64(a)',
    'ts + INTERVAL 90 DAY',
    'toDate(ts) + toIntervalDay(30)',
    "now(), 'x', 1, [1, 2], NULL, map('a', 1)",
    'CAST(a AS String)',
    'a::UInt8',
    '(a, b)',
    'arrayMap(x -> x + 1, arr)',
    'arrayMap((k, v) -> k, arr, arr)',
    'location.city',
    "a IN (1, 2) AND b NOT IN ('x')",
    'CASE WHEN a = 1 THEN 2 ELSE 3 END',
    'lower(file)',
    '`my col`',
    'generateUUIDv4()',
  ])('[EN-21] lets %j through', (expression) => {
    expect(() => check(expression, COLUMNS)).not.toThrow();
    expect(() => check(expression)).not.toThrow();
  });

  test.each([
    ['(SELECT 1)', 'syntax', 'Subquery'],
    ['a IN (SELECT a FROM t)', 'syntax', 'Subquery'],
    ['arrayMap(x -> (SELECT 1), arr)', 'syntax', 'Subquery'],
    ['EXISTS(SELECT 1)', 'syntax', 'Subquery'],
    ['*', 'syntax', 'Asterisk'],
    ['t.*', 'syntax', 'QualifiedAsterisk'],
    ["COLUMNS('x')", 'syntax', 'ColumnsRegexpMatcher'],
    ['a AS b', 'syntax', 'b'],
    ['unknown', 'syntax', 'unknown'],
    ['arrayMap(lower, arr)', 'syntax', 'lower'],
    ['other.city', 'syntax', 'other.city'],
    ['row_number() OVER ()', 'function', 'row_number'],
    ['sum(a)', 'function', 'sum'],
    ['sumState(a)', 'function', 'sumState'],
    ["file('/x')", 'function', 'file'],
    ['arrayMap(file, arr)', 'function', 'file'],
    ['hostName()', 'function', 'hostName'],
    ['currentUser', 'function', 'currentUser'],
    ['my_udf(a)', 'function', 'my_udf'],
    ['a IN b', 'function', 'in'],
    ['nullIn(a, b)', 'function', 'nullIn'],
    ["joinGet('t', 'v', a)", 'function', 'joinGet'],
    ["dictGet('d', 'v', a)", 'function', 'dictGet'],
    ['a) FROM t WHERE (a', 'syntax', 'expression'],
    ['a), tuple(b', 'syntax', 'expression'],
    ['a) + (b', 'syntax', 'expression'],
    ['a) UNION ALL SELECT tuple(b', 'syntax', 'expression'],
    ['a) FROM numbers(1', 'syntax', 'expression'],
  ])('[EN-21] refuses %j', (expression, kind, subject) => {
    expect(() => check(expression, COLUMNS)).toThrow(
      expect.objectContaining({ name: 'GateError', kind, subject }),
    );
  });

  test.each(['', 'DropQuery  t', 'SelectWithUnionQuery', 'SelectWithUnionQuery (children 2)\n A'])(
    '[EN-21] refuses the tree %j',
    (ast) => {
      expect(() => checkExpressionAst(ast)).toThrow(GateError);
    },
  );
});
