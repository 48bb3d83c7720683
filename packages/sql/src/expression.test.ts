import { describe, expect, test } from 'vitest';
import { SqlExpressionError } from './errors.js';
import { checkExpression } from './expression.js';

describe('checkExpression', () => {
  test.each([
    ['toYYYYMM(timestamp)'],
    ['a, b, cityHash64(c)'],
    ['timestamp + toIntervalDay(60)'],
    ["now() + INTERVAL 1 DAY, [1, 2], map('a', ';--')"],
    ['`format`'],
    ["''"],
  ])('%s is fine', (text) => {
    expect(checkExpression(` ${text}\n`)).toBe(text);
  });

  test.each<[string, string, number]>([
    ['', 'The expression is empty.', 0],
    [' \n', 'The expression is empty.', 0],
    ['a) ENGINE = Memory', "The bracket ')' has no partner.", 1],
    ['(a', "The bracket '(' has no partner.", 0],
    ['(a]', "The bracket ']' has no partner.", 2],
    [')(', "The bracket ')' has no partner.", 0],
    ['a; DROP TABLE t', "An expression may not hold ';'.", 1],
    ['a -- b', 'An expression may not hold comments.', 2],
    ['a /* b */', 'An expression may not hold comments.', 2],
    ["a 'b", 'The expression can\'t be read from "\'b" on.', 2],
    ['a\0', 'The expression can\'t be read from "\\u0000" on.', 1],
    ['(SeLeCt 1)', 'An expression may not hold the word SeLeCt; a column of that name needs backticks.', 1],
    [
      'a SETTINGS b = 1',
      'An expression may not hold the word SETTINGS; a column of that name needs backticks.',
      2,
    ],
    [
      'a FORMAT JSON',
      'An expression may not hold the word FORMAT; a column of that name needs backticks.',
      2,
    ],
  ])('refuses %j', (text, message, position) => {
    expect(() => checkExpression(text)).toThrow(new SqlExpressionError(message, position));
  });
});
