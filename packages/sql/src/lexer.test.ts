import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSignificant, lex } from './lexer.js';

const kinds = (sql: string) => lex(sql).map((token) => `${token.kind} ${token.text}`);

describe('lex', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['SELECT 1', ['word SELECT', 'space  ', 'number 1']],
    ['a--b\nc', ['word a', 'comment --b', 'space \n', 'word c']],
    ['a//b', ['word a', 'comment //b']],
    ['# a\n#!b', ['comment # a', 'space \n', 'comment #!b']],
    ['#a', ['error #', 'word a']],
    ['/* a /* b */ */c', ['comment /* a /* b */ */', 'word c']],
    ['/* a /* b */', ['error /* a /* b */']],
    ["'it''s'';'", ["string 'it''s'';'"]],
    ["'a\\';", ["error 'a\\';"]],
    ['`a``b``', ['error `a``b``']],
    ['‘a\\’;“b”', ['string ‘a\\’', 'punctuation ;', 'quotedIdentifier “b”']],
    ['$t$;$$;$t$;', ['heredoc $t$;$$;$t$', 'punctuation ;']],
    ['$t$;', ['word $t$', 'punctuation ;']],
    ['$ a', ['punctuation $', 'space  ', 'word a']],
    ['a$$b$$', ['word a$$b$$']],
    ['1$$b$$', ['number 1', 'heredoc $$b$$']],
    ["x'41' b'01' x'4g'", ["string x'41'", 'space  ', "string b'01'", 'space  ', "error x'4g'"]],
    [
      '0x1F 0b1 1_0 1.5e-3',
      ['number 0x1F', 'number 0b1', 'number 1_0', 'number 1.5e-3'].flatMap((t, i) =>
        i ? ['space  ', t] : [t],
      ),
    ],
    ['t.1.2', ['word t', 'punctuation .', 'number 1', 'punctuation .', 'number 2']],
    ['+.5', ['punctuation +', 'number .5']],
    ['1st 1.5a', ['word 1st', 'space  ', 'error 1.5a']],
    [
      'a<=>b::c->d||@@e',
      [
        'word a',
        'punctuation <=>',
        'word b',
        'punctuation ::',
        'word c',
        'punctuation ->',
        'word d',
        'punctuation ||',
        'punctuation @@',
        'word e',
      ],
    ],
    ['{a:T}', ['punctuation {', 'word a', 'punctuation :', 'word T', 'punctuation }']],
    ['1−2', ['number 1', 'punctuation −', 'number 2']],
    ['a\u00a0\u2003\ufeff\u200bb', ['word a', 'space \u00a0\u2003\ufeff\u200b', 'word b']],
    ['é & \\G', ['error é', 'space  ', 'error &', 'space  ', 'error \\', 'word G']],
  ])('%j', (sql, expected) => {
    expect(kinds(sql)).toEqual(expected);
  });

  test.each([["'a\0b'"], ['`a\0b`'], ['-- a\0b'], ['/* \0 */'], ['$$\0$$'], ['\0']])(
    'a NUL makes an error of %j, because the embedded engine stops there',
    (sql) => {
      expect(lex(sql)).toEqual([{ kind: 'error', text: sql, start: 0, end: sql.length }]);
    },
  );

  test('positions and values', () => {
    expect(lex("a '\\x41'")).toEqual([
      { kind: 'word', text: 'a', start: 0, end: 1 },
      { kind: 'space', text: ' ', start: 1, end: 2 },
      { kind: 'string', text: "'\\x41'", start: 2, end: 8, value: 'A' },
    ]);
  });

  test('is total: the texts joined are the input, and only literals and quoted names have a value', () => {
    const pieces = [
      "'",
      '"',
      '`',
      '\\',
      '$',
      '$a$',
      '--',
      '/*',
      '*/',
      '\n',
      ' ',
      '‘',
      '’',
      '1',
      '.',
      'e',
      'x',
      '\0',
      '\ud800',
    ];
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...pieces)).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (sql) => {
        const tokens = lex(sql);
        expect(tokens.map((token) => token.text).join('')).toBe(sql);
        for (const token of tokens) {
          expect(sql.slice(token.start, token.end)).toBe(token.text);
          expect(token.value !== undefined).toBe(
            ['quotedIdentifier', 'string', 'heredoc'].includes(token.kind),
          );
        }
      }),
    );
  });

  test('time grows with the text, also for tags that are never closed', () => {
    const sql = Array.from({ length: 40_000 }, (_, index) => `$${index}$ `).join('');
    const started = performance.now();
    expect(lex(sql).filter(isSignificant)).toHaveLength(40_000);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
