import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SqlNameError } from './errors.js';
import { lex } from './lexer.js';
import { quoteIdentifier, quoteSettings, quoteString } from './quote.js';

describe('quoteString', () => {
  test.each([
    ['', "''"],
    ["it's", "'it\\'s'"],
    ['a\\', "'a\\\\'"],
    ['\0\n\r\t', "'\\0\\n\\r\\t'"],
    ['"`é', "'\"`é'"],
  ])('%j', (value, expected) => {
    expect(quoteString(value)).toBe(expected);
  });

  test('every string is one string token of the same value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const text = quoteString(value);
        const wellFormed = value.replace(/\p{Surrogate}/gu, '\ufffd');
        expect(lex(text)).toEqual([{ kind: 'string', text, start: 0, end: text.length, value: wellFormed }]);
      }),
    );
  });
});

describe('quoteIdentifier', () => {
  test('every name without control characters is one token of the same name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        const text = quoteIdentifier(name);
        expect(lex(text)).toEqual([
          { kind: 'quotedIdentifier', text, start: 0, end: text.length, value: name },
        ]);
      }),
    );
  });

  test.each([[''], ['a\nb'], ['\0'], ['a\u2028'], ['\u0085'], ['\x7f']])('refuses %j', (name) => {
    expect(() => quoteIdentifier(name)).toThrow(SqlNameError);
  });
});

describe('quoteSettings', () => {
  test('quotes values by their type', () => {
    expect(quoteSettings({})).toBe('');
    expect(quoteSettings({ max_threads: 1, log_comment: "a'b", readonly: true, f: false, g: -0.5 })).toBe(
      "max_threads = 1, log_comment = 'a\\'b', readonly = 1, f = 0, g = -0.5",
    );
  });

  test.each<[Record<string, string | number>]>([
    [{ 'a b': 1 }],
    [{ '': 1 }],
    [{ 'a=1,b': 1 }],
    [{ a: Number.NaN }],
    [{ a: Infinity }],
  ])('refuses %j', (settings) => {
    expect(() => quoteSettings(settings)).toThrow(SqlNameError);
  });
});
