import { isSignificant, lex, quoteIdentifier } from '@goldcrest/sql';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS } from './functions/index.js';
import { SCALAR_TYPES } from './functions/typeNames.js';
import { compileTemplate, TemplateError } from './index.js';

const RUNS = 150;
const HOSTILE = [
  "'",
  "''",
  "\\'",
  '\\',
  "x' OR 1=1 --",
  '"',
  '`',
  '; DROP TABLE t',
  '--',
  '/*',
  '*/',
  '# x',
  '#!',
  '//',
  '$$',
  '$a$',
  '\0',
  '\n',
  '\r\n',
  '\u2028',
  '\u2018',
  '\u2019',
  '\u201c',
  '\u201d',
  '\uff07',
  '\ud800',
  '\ufeff',
  "x'41'",
  '{{error(1)}}',
  '{% end %}',
  ') FROM secrets --',
  '-5',
  '--5',
  '1e5',
  'NULL',
  'true',
  '-',
  '[1]',
  '*',
  ',',
  '%',
  "'.join('",
  'é',
  'x'.repeat(5000),
];
const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 3 })), {
      maxLength: 6,
    })
    .map((parts) => parts.join('')),
);

/** What the author wrote: kinds of tokens, and their text where no value can be. */
function structure(sql: string): string[] {
  return lex(sql)
    .filter(isSignificant)
    .map(({ kind, text }) => (kind === 'word' || kind === 'punctuation' ? text : kind));
}

/** The structure, or undefined when the value is refused. Anything but a TemplateError fails the test. */
function rendered(template: string, value: unknown): string[] | undefined {
  try {
    const { sql, shape } = compileTemplate(template).render({ parameters: { p: value } });
    // What is decided by the shape is decided for the SQL.
    expect(structure(shape)).toEqual(structure(sql));
    return structure(sql);
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

/** Every way in which a text parameter becomes SQL, with a value that is accepted. */
const TEXT_OUTPUTS: [string, string][] = [
  ['{{p}}', 'a'],
  ['{{String(p)}}', 'a'],
  ["{{String(p, 'd')}}", 'a'],
  ['{{UUID(p)}}', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
  ['{{Date(p)}}', '2024-01-01'],
  ['{{DateTime(p)}}', '2024-01-01 00:00:00'],
  ['{{DateTime64(p)}}', '2024-01-01 00:00:00'],
  ["{{Date(p, format='%d.%m.%Y')}}", '01.01.2024'],
  ['{{[p]}}', 'a'],
  ["{{[p, 1, {'k': p}]}}", 'a'],
  ["{{ {'k': p, 'l': [p]} }}", 'a'],
  ['{{ {p: 1} }}', 'a'],
  ["{{'a' + p + 'b'}}", 'a'],
  ['{{p * 2}}', 'a'],
  ["{{p if p else 'x'}}", 'a'],
  ["{{p or 'x'}}", 'a'],
  ['{{p[:3]}}', 'a'],
  ['{{p.lower()}}', 'a'],
  ["{{p.replace('a', p)}}", 'a'],
  ["{{p.strip('-')}}", 'a'],
  ["{{','.join([p, p])}}", 'a'],
  ['{{str(p)}}', 'a'],
  ['{{sql_unescape(p)}}', 'a'],
  ["{{max(p, 'a')}}", 'a'],
  ['{{sorted([p])}}', 'a'],
  ["{{tb_secret('s', p)}}", 'a'],
  ['{{sql_and(a__gt=String(p), b__in=String(p))}}', 'a'],
  ["{{split_to_array(p, 'x', 'no value has this')}}", 'a'],
  ['{% set v = p %}{{v}}', 'a'],
  ['{% for v in [p] %}{{v}},{% end %}', 'a'],
  ["'{{p}}'", 'a'],
  ["'%{{String(p)}}%'", 'a'],
  ['-- {{p}}\n1', 'a'],
  ['/* {{p}} /* {{p}} */ */ 1', 'a'],
  ['# {{p}}\n1', 'a'],
  ['x{{p}}', 'a'],
  ['LIKE{{p}}', 'a'],
  ["'a'{{p}}'b'", 'a'],
  ['-{{p}}-{{p}}', 'a'],
  ['{{column(p)}}', 'a'],
  ["{{column(p, 'd')}}", 'a'],
  ['a{{symbol(p)}}b', 'a'],
  ["{{symbol(p, '\"')}}", 'a'],
  ['{{TABLE(p)}}', 'a'],
  ['{{table(p)}}', 'a'],
  ['{{Int8(p)}}', '5'],
  ['top_{{UInt64(p)}}', '5'],
  ['{{Float64(p)}}', '5'],
  ['{{Boolean(p) + 1}}', '1'],
];

describe('[TPL-20] the SQL has the tokens that the author wrote, whatever a value is', () => {
  test.each(TEXT_OUTPUTS)('%s', (output, harmless) => {
    const template = `% SELECT ${output} FROM t WHERE 'q' = "c" -- end\nAND 1`;
    const expected = rendered(template, harmless);
    expect(expected).toBeDefined();
    const property = fc.property(hostile, (value) => {
      const actual = rendered(template, value);
      // A sign belongs to a number, a dot to a qualified name; neither can come from any other text.
      if (actual !== undefined) expect(simplify(actual)).toEqual(simplify(expected ?? []));
    });
    fc.assert(property, { numRuns: RUNS });
  });

  test.each([...SCALAR_TYPES.keys()])('Array of %s', (type) => {
    const property = fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), (values) => {
      const actual = rendered(`% SELECT {{Array(p, '${type}')}} AS x`, values);
      if (actual === undefined) return;
      const elements = values.flatMap((_, index) => (index === 0 ? ['literal'] : [',', 'literal']));
      expect(simplify(actual)).toEqual(['SELECT', '[', ...elements, ']', 'AS', 'x']);
    });
    fc.assert(property, { numRuns: RUNS });
  });

  test('comma-separated arrays and columns', () => {
    const property = fc.property(hostile, (value) => {
      const parts = value.split(',').flatMap((_, index) => (index === 0 ? ['literal'] : [',', 'literal']));
      const array = rendered('% SELECT {{Array(p)}}', value);
      expect(simplify(array ?? [])).toEqual(['SELECT', '[', ...parts, ']']);
      const columns = rendered('% SELECT {{columns(p)}}', value);
      if (columns !== undefined)
        expect(columns.every((token) => ['SELECT', ',', '.', 'quotedIdentifier'].includes(token))).toBe(true);
    });
    fc.assert(property, { numRuns: RUNS * 4 });
  });

  test('JSON of any content', () => {
    const property = fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const actual = rendered('% SELECT {{JSON(p)}} AS x', JSON.stringify(value));
      expect(actual?.slice(-2)).toEqual(['AS', 'x']);
      const inner = simplify(actual ?? [])
        .slice(1, -2)
        .filter((token) => !['[', ']', ',', '-'].includes(token));
      expect(inner.every((token) => ['literal', 'NULL'].includes(token))).toBe(true);
    });
    fc.assert(property, { numRuns: RUNS * 4 });
  });

  test('a value reaches the SQL unchanged', () => {
    const property = fc.property(hostile, (value) => {
      const { sql } = compileTemplate('% SELECT {{String(p)}}').render({ parameters: { p: value } });
      expect(lex(sql).map((token) => token.value ?? token.text)).toEqual([
        'SELECT',
        ' ',
        value.replace(/\p{Surrogate}/gu, '\ufffd'),
      ]);
    });
    fc.assert(property, { numRuns: RUNS * 4 });
  });

  test('wherever a text of the template leaves off, a value changes no token', () => {
    const pieces = [
      "'",
      '"',
      '`',
      '--',
      '-',
      '/',
      '*',
      '#',
      ' ',
      '!',
      '\n',
      '\\',
      '$',
      'a',
      '$a$',
      '{{p}}',
      '{{q}}',
      '1',
      '(',
      '\u2018',
      '\u2019',
      '\u201c',
      '\u201d',
      "x'",
      '{% if 1 %}',
      '{% end %}',
    ];
    const property = fc.property(
      fc.array(fc.constantFrom(...pieces), { maxLength: 14 }),
      hostile,
      (parts, value) => {
        const template = `% ${parts.join('')}`;
        const results = ['a', value].map((p) => renderedTwo(template, p));
        // A value may be refused where it stands; that never depends on the value.
        expect(results[1]).toEqual(results[0]);
      },
    );
    fc.assert(property, { numRuns: RUNS * 40 });
  });
});

function renderedTwo(template: string, p: string): string[] | undefined {
  try {
    const { sql } = compileTemplate(template).render({ parameters: { p, q: p } });
    // Space at both ends is taken away, so a comment's own end may be lost; an end is put behind.
    return simplify(structure(`${sql}\n`));
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

/** Numbers with a sign, wide numbers, booleans and texts are each one literal; a qualified name is one name. */
function simplify(tokens: readonly string[]): string[] {
  return tokens
    .join(' ')
    .replace(/toU?Int(?:128|256) \( string \)/g, 'string')
    .replace(/- number/g, 'number')
    .replace(/quotedIdentifier(?: \. quotedIdentifier)+/g, 'quotedIdentifier')
    .split(' ')
    .map((token) => (['string', 'number', 'true', 'false'].includes(token) ? 'literal' : token));
}

test('every function is called with hostile values and throws nothing but TemplateError', () => {
  for (const name of FUNCTIONS.keys()) {
    for (const value of [...HOSTILE, null, 5, 1.5, true, [], ['a', 'b'], { a: 1 }, [[['a']]]]) {
      rendered(`% SELECT {{${name}(p)}}`, value);
      rendered(`% SELECT {{${name}(p, p)}}`, value);
      rendered(`% SELECT {{${name}(p, p, p)}} `, value);
    }
  }
  expect(FUNCTIONS.size).toBeGreaterThan(50);
});

test('random templates throw nothing but TemplateError and end', () => {
  const words = [
    '{{',
    '}}',
    '{%',
    '%}',
    '{#',
    '#}',
    'if',
    'end',
    'for',
    'x',
    'in',
    'set',
    '=',
    '[',
    ']',
    '(',
    ')',
    '{',
    '}',
    ':',
    ',',
    '.',
    "'",
    '"',
    'a',
    '1',
    '1.5',
    '+',
    '-',
    '*',
    '/',
    '%',
    '**',
    '==',
    '<',
    'not',
    'and',
    'or',
    'is',
    'None',
    'String',
    'Int32',
    'Array',
    'range',
    'len',
    'get',
    'split',
    ' ',
    '\n',
    '\\',
    'else',
    'elif',
    'break',
    'p',
  ];
  const property = fc.property(fc.array(fc.constantFrom(...words), { maxLength: 40 }), (parts) => {
    rendered(`% ${parts.join(' ')}`, 'a,b');
    rendered(`% {{ ${parts.join(' ')} }}`, ['a', 'b']);
  });
  fc.assert(property, { numRuns: 3000 });
});

describe('nothing of the host can be reached', () => {
  test.each([
    '{{ constructor }}',
    '{{ p.constructor }}',
    "{{ p.constructor('x')() }}",
    '{{ p.__proto__ }}',
    "{{ p['__proto__'] }}",
    "{{ p['constructor'] }}",
    '{{ p.__class__.__mro__ }}',
    "{{ {}['toString'] }}",
    "{{ {}.get('constructor')() }}",
    '{{ [].constructor }}',
    "{{ ''.__len__() }}",
    '{{ process }}',
    '{{ process.env }}',
    "{{ globalThis['process'] }}",
    "{{ require('fs') }}",
    "{{ import('fs') }}",
    "{{ eval('1') }}",
    "{{ exec('1') }}",
    "{{ open('/etc/passwd') }}",
    "{{ getattr(p, 'x') }}",
    '{{ globals() }}',
    '{{ this }}',
    '{{ hasOwnProperty }}',
    '{{ toString() }}',
    '{{ valueOf }}',
    '{{ __import__ }}',
    "{{ '{0.__class__}'.format(p) }}",
    '{{ lambda: 1 }}',
    '{% import os %}',
    '{% set __proto__ = 1 %}',
    '{% for __x__ in [1] %}{% end %}',
    '{{ `process` }}',
    '{{ $process }}',
    '{{ p; process }}',
    '{{ [x for x in p.__dict__] }}',
  ])('%s', (output) => {
    const { parameters } = { parameters: { p: { a: 'x' } } };
    expect(() => compileTemplate(`% SELECT ${output}`).render({ parameters })).toThrow(TemplateError);
  });

  test('names of the prototype are missing parameters', () => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
      const { render } = compileTemplate(`% {{defined(${name})}}`);
      expect(render({ parameters: {} }).sql).toBe('false');
    }
  });

  test('a parameter may have any name, also one of the prototype', () => {
    const { render } = compileTemplate('% {{String(constructor)}}');
    expect(render({ parameters: { constructor: 'x' } }).sql).toBe("'x'");
  });
});

test('[TPL-21] whatever is accepted as a column is one quoted identifier for the lexer', () => {
  const property = fc.property(fc.string({ unit: 'grapheme', maxLength: 12 }), (value) => {
    const actual = rendered('% {{column(p)}}', value);
    if (actual !== undefined) expect(simplify(actual)).toEqual(structure(quoteIdentifier('a')));
  });
  fc.assert(property, { numRuns: 2000 });
});

test('[TPL-20] renderings of equal shape differ in nothing but the values of literals', () => {
  const { render } = compileTemplate(
    "% SELECT '{{p}}', {{p}}, top_{{Int8(n)}}, {{Int64(n)}}, {{column(c)}} FROM t -- {{p}}",
  );
  const shape = (parameters: Record<string, unknown>) => render({ parameters }).shape;
  const one = shape({ p: 'a', n: '1', c: 'x' });
  expect(one).toBe("SELECT '', '', top_1, 0, `x` FROM t --");
  expect(shape({ p: "b' --", n: '1', c: 'x' })).toBe(one);
  expect(shape({ p: 'a', n: '1', c: 'y' })).not.toBe(one);
  expect(shape({ p: 'a', n: '2', c: 'x' })).not.toBe(one);
});

test('[TPL-20] a number that the text goes on with is part of a name, so its digits decide', () => {
  const shapeOf = (template: string, a: string) =>
    compileTemplate(template).render({ parameters: { a } }).shape;
  expect([shapeOf('% FROM {{Int8(a)}}abc', '0'), shapeOf('% FROM {{Int8(a)}}abc', '1')]).toEqual([
    'FROM 0abc',
    'FROM 1abc',
  ]);
  expect([
    shapeOf('% {{Int8(a)}}x41', '5'),
    shapeOf('% {{Int8(a)}} x', '5'),
    shapeOf('% {{Int8(a)}}', '5'),
  ]).toEqual(['5x41', '0 x', '0']);
  expect(shapeOf('% {{Float64(a)}}', '-0.0')).toBe('0.0');
});
