import { describe, expect, test } from 'vitest';
import { compileTemplate, isTemplate, TemplateError } from './index.js';
import { STEPS_MAX, TEMPLATE_MAX } from './limits.js';

/** No single bad template may hold the server longer, in milliseconds. Generous, because other work shares the machine. */
const PATIENCE_MS = 4_000;

function failure(template: string, parameters: Record<string, unknown> = {}): string {
  const start = performance.now();
  try {
    compileTemplate(template).render({ parameters });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    expect(performance.now() - start).toBeLessThan(PATIENCE_MS);
    return error.kind;
  }
  return 'none';
}

describe('limits', () => {
  test.each<[string, string, string]>([
    ['a template of 10 MB', `% ${'x'.repeat(10_000_000)}`, 'limit'],
    ['brackets that nest too deeply', `% {{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`, 'syntax'],
    ['lists that nest too deeply', `% {{ ${'['.repeat(500)}${']'.repeat(500)} }}`, 'syntax'],
    ['nots that nest too deeply', `% {{ ${'not '.repeat(5000)}1 }}`, 'syntax'],
    ['signs that nest too deeply', `% {{ ${'-'.repeat(5000)}1 }}`, 'syntax'],
    ['powers that nest too deeply', `% {{ ${'1 ** '.repeat(5000)}1 }}`, 'syntax'],
    ['subscripts that nest too deeply', `% {{ a${'[0]'.repeat(5000)} }}`, 'syntax'],
    ['methods that nest too deeply', `% {{ a${'.lower()'.repeat(5000)} }}`, 'syntax'],
    ['conditions that nest too deeply', `% {{ ${'1 if 1 else '.repeat(5000)}1 }}`, 'syntax'],
    ['calls that nest too deeply', `% {{ ${'str('.repeat(5000)}1${')'.repeat(5000)} }}`, 'syntax'],
    ['blocks that nest too deeply', `% ${'{% if 1 %}'.repeat(5000)}${'{% end %}'.repeat(5000)}`, 'limit'],
    ['a long sum', `% {{ ${'1 + '.repeat(50_000)}1 }}`, 'none'],
    ['a long chain of or', `% {{ ${'0 or '.repeat(100_000)}1 }}`, 'none'],
    ['a long chain of elif', `% {% if 0 %}${'{% elif 0 %}'.repeat(20_000)}{% end %}`, 'none'],
    [
      'loops in loops',
      `% ${'{% for a in range(1000) %}'.repeat(5)}{% set b = 1 %}${'{% end %}'.repeat(5)}`,
      'limit',
    ],
    [
      'comprehensions in comprehensions',
      '% {{ len([[[x for x in range(1000)] for y in range(1000)] for z in range(1000)]) }}',
      'limit',
    ],
    [
      'a text that doubles',
      "% {% set s = 'x' %}{% for i in range(100) %}{% set s = s + s %}{% end %}",
      'limit',
    ],
    [
      'a list that doubles',
      '% {% set s = [1] %}{% for i in range(100) %}{% set s = s + s %}{% end %}',
      'limit',
    ],
    [
      'a list that holds itself twice',
      '% {% set s = [1] %}{% for i in range(100) %}{% set s = [s, s] %}{% end %}{{s}}',
      'limit',
    ],
    [
      'a dict that holds itself twice',
      "% {% set s = 1 %}{% for i in range(100) %}{% set s = {'a': s, 'b': s} %}{% end %}{{s}}",
      'limit',
    ],
    [
      'a number that squares',
      '% {% set s = 3 %}{% for i in range(100) %}{% set s = s * s %}{% end %}',
      'limit',
    ],
    ['a text that is repeated', "% {{ 'x' * 1000000000 }}", 'limit'],
    ['SQL without end', "% {% set s = 'x' * 1000 %}{% for i in range(100000) %}{{s}}{% end %}", 'limit'],
    ['a replacement that grows', "% {% set s = 'x' * 3000 %}{{ s.replace('x', s) }}", 'limit'],
    ['a join that grows', "% {{ ('x' * 100000).join(range(1000)) }}", 'limit'],
    [
      'a search again and again',
      "% {% set s = 'x' * 1000000 %}{% for i in range(100000) %}{% if 'y' in s %}{% end %}{% end %}",
      'limit',
    ],
    [
      'a comparison again and again',
      '% {% set s = range(100000) %}{% for i in range(100000) %}{% if s == range(100000) %}{% end %}{% end %}',
      'limit',
    ],
    ['many values in a quoted text', "% SELECT '{% for i in range(50000) %}- {{i}}{% end %}'", 'none'],
    ['unclosed dollars', `% ${'$a '.repeat(100_000)}{{p}}`, 'none'],
    ['many parameters', `% ${'{{p}}\n'.repeat(140_000)}`, 'none'],
    [
      'many different parameters',
      `% ${Array.from({ length: 70_000 }, (_, i) => `{{b${i}}}`).join('')}`,
      'missing',
    ],
    ['many opening braces', `% ${'{'.repeat(500_000)}`, 'syntax'],
    ['many comments that are not closed', `% ${'{# '.repeat(100_000)}`, 'syntax'],
    ['many quotes that are not closed', `% {{ ${"'a' ".repeat(100_000)}' }}`, 'syntax'],
  ])('%s', (_, template, kind) => {
    expect(failure(template, { p: 'x' })).toBe(kind);
  });

  test('values of a request', () => {
    const deep = JSON.parse(`${'['.repeat(3000)}${']'.repeat(3000)}`);
    expect(failure('% {{p}}', { p: deep })).toBe('value');
    expect(failure('% {{p}}', { p: 'x'.repeat(5_000_000) })).toBe('limit');
    expect(failure('% {{p}}', { p: Array.from({ length: 200_000 }, () => 'x') })).toBe('limit');
    expect(failure('% {{Array(p)}}', { p: ','.repeat(200_000) })).toBe('limit');
    expect(failure('% {{JSON(p)}}', { p: `${'['.repeat(100_000)}` })).toBe('value');
    expect(failure('% {{JSON(p)}}', { p: `${'['.repeat(100_000)}${']'.repeat(100_000)}` })).toBe('value');
    expect(failure('% {{Int256(p)}}', { p: '9'.repeat(1_000_000) })).toBe('value');
    expect(failure('% {{DateTime(p)}}', { p: `2024-01-01${' '.repeat(100_000)}x` })).toBe('value');
    expect(failure('% {{p}}', { p: () => 1 })).toBe('value');
    expect(failure('% {{p}}', { p: Symbol('x') })).toBe('value');
  });

  test('the longest template and just above it', () => {
    expect(failure(`% ${'x'.repeat(TEMPLATE_MAX - 2)}`)).toBe('none');
    expect(failure(`% ${'x'.repeat(TEMPLATE_MAX - 1)}`)).toBe('limit');
  });

  test('the most turns and just above', () => {
    const template = '% {% for i in range(n) %}{% for j in range(100) %}{% end %}{% end %}';
    expect(failure(template, { n: Math.floor(STEPS_MAX / 150) })).toBe('none');
    expect(failure(template, { n: Math.ceil(STEPS_MAX / 100) })).toBe('limit');
  });
});

test('[TPL-01] a template is SQL that begins with the sign, after space and a byte-order mark', () => {
  const texts = [
    '%',
    ' %',
    '\n\t%\nSELECT',
    '\ufeff% x',
    '\ufeff\r\n%',
    'SELECT 1 % 2',
    '',
    '-- %',
    '\ufeff',
    '/**/ %',
  ];
  expect(texts.filter(isTemplate)).toEqual(texts.slice(0, 5));
});

test('[TPL-27] line breaks of Windows and a byte-order mark are accepted, and positions are right', () => {
  const { render } = compileTemplate(
    '\ufeff%\r\nSELECT {{Int32(a,\r\n 1)}}\r\n, {% if 1 %}\r\n2{% end %}\r\n',
  );
  expect(render({ parameters: {} }).sql).toBe('SELECT 1\r\n, \r\n2');
  const broken = () => compileTemplate('\ufeff%\r\nSELECT 1,\r\n  {{ nope() }}');
  expect(broken).toThrow(expect.objectContaining({ kind: 'syntax', status: 400, line: 3, column: 6 }));
});

test('half a surrogate pair is replaced, as the engine receives it', () => {
  const { render } = compileTemplate('% SELECT {{p}}');
  expect(new TextEncoder().encode(render({ parameters: { p: 'a\ud800' } }).sql)).toEqual(
    new TextEncoder().encode("SELECT 'a\ufffd'"),
  );
});

test('renderings do not share anything', () => {
  const { render } = compileTemplate(
    "% {% set n = Int32(a, 0) + 1 %}{{n}}{{max_threads(n)}}{{activate('x')}}",
  );
  const results = [1, 2].map((a) => render({ parameters: { a } }));
  expect(results).toEqual([
    { sql: '2', shape: '0', settings: { max_threads: 2 }, activated: ['x'], usedParameters: ['a'] },
    { sql: '3', shape: '0', settings: { max_threads: 3 }, activated: ['x'], usedParameters: ['a'] },
  ]);
});

test('the request is not changed', () => {
  const parameters = Object.freeze({ a: Object.freeze(['x', 'y']), b: Object.freeze({ k: 1 }) });
  const { render } = compileTemplate('% {% for x in a %}{{x}}{% end %}{{b}}{% set a = 1 %}');
  expect(render({ parameters }).sql).toBe("'x' 'y' '{\"k\":1}'");
  expect(parameters).toEqual({ a: ['x', 'y'], b: { k: 1 } });
});

test('[TPF-45] without variables every secret is unknown', () => {
  const { render } = compileTemplate("% {{tb_secret('a')}}");
  expect(() => render({ parameters: {} })).toThrow(/There is no variable 'a'/);
});

test('[TPF-47] now() is the current time by default', () => {
  const before = new Date().toISOString().slice(0, 19).replace('T', ' ');
  const { sql } = compileTemplate('% {{now()}}').render({ parameters: {} });
  expect(sql.slice(1, -1) >= before).toBe(true);
});
