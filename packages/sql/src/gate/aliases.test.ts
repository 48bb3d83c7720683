import { Session } from 'chdb';
import { afterAll, describe, expect, test } from 'vitest';
import { checkQuery } from './gate.js';
import { GateError } from './gateError.js';
import type { GatePolicy } from './tableRules.js';

const session = new Session();
afterAll(() => session.close());

const resources = new Set(['t', 'u', 'pipe']);
const own: GatePolicy = { resources, table: (name) => resources.has(name) };
const around: GatePolicy = { ...own, aroundPipes: true };

/** What is refused, or whether a table is named after IN. */
function check(sql: string, policy: GatePolicy): string | boolean {
  try {
    return checkQuery(sql, session.query(`EXPLAIN AST ${sql}`, 'TabSeparatedRaw'), policy).tablesAfterIn;
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    return `${error.kind} ${error.subject}`;
  }
}

describe('[AU-17] lambdas', () => {
  test.each([
    ['WITH (a, b) -> 1 AS equals SELECT * FROM t', 'alias equals'],
    ['WITH (a, b) -> 1 AS f, f AS equals SELECT * FROM t', 'alias equals'],
    ['WITH (a, b) -> 1 AS "In" SELECT * FROM t', 'alias In'],
    ['WITH x -> 1 AS countIfOrNull SELECT * FROM t', 'alias countIfOrNull'],
    ['SELECT arrayMap((x -> 1) AS lower, [1]) FROM t', 'alias lower'],
    ['WITH x -> 1 AS hostName SELECT * FROM t', 'alias hostName'],
    ['WITH (a, b) -> 1 AS same SELECT same(1, 2) FROM t', false],
    ['SELECT count() AS count, a AS lower FROM t', false],
    ['WITH lower AS f SELECT f FROM t', false],
  ])('%s', (sql, expected) => {
    expect(check(sql, own)).toBe(expected);
  });
});

describe('[AU-17] tables after IN, in a query of its author and in one around his', () => {
  test.each<[string, string | boolean, string | boolean]>([
    ["WITH pipe AS (SELECT a FROM t WHERE a IN u) SELECT ['x'] AS u, * FROM pipe", true, 'alias u'],
    [
      "WITH pipe AS (WITH n AS (SELECT 1) SELECT a FROM t WHERE a IN n) SELECT ['x'] n FROM pipe",
      true,
      'alias n',
    ],
    ["WITH pipe AS (SELECT a FROM t WHERE globalNotIn(a, u)) SELECT ['x'] AS u FROM pipe", true, 'alias u'],
    ["WITH pipe AS (SELECT a FROM t WHERE a IN u) SELECT ['x'] AS v FROM pipe", true, true],
    ["WITH pipe AS (SELECT a FROM t WHERE a IN (SELECT a FROM u)) SELECT ['x'] AS u FROM pipe", false, false],
    ["WITH pipe AS (SELECT a FROM t) SELECT ['x'] AS list, a IN list FROM pipe", false, false],
  ])('%s', (sql, ownResult, aroundResult) => {
    expect([check(sql, own), check(sql, around)]).toEqual([ownResult, aroundResult]);
  });
});
