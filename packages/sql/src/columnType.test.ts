import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ColumnType,
  formatColumnType,
  isNullable,
  parseColumnType,
  type TypeArgument,
  unwrap,
} from './columnType.js';
import { ColumnTypeError } from './errors.js';

/** Types seen in public projects; one for each shape. */
const SEEN = readFileSync(new URL('./columnTypes.seen.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

const type = (name: string, ...args: TypeArgument[]): ColumnType => ({ name, args });
const inner = (name: string, ...args: TypeArgument[]): TypeArgument => ({
  kind: 'type',
  type: type(name, ...args),
});

describe('parseColumnType', () => {
  test.each<[string, ColumnType]>([
    ['String', type('String')],
    [' Nullable ( Int8 ) ', type('Nullable', inner('Int8'))],
    [
      "DateTime64(3,'UTC')",
      type('DateTime64', { kind: 'number', text: '3' }, { kind: 'string', value: 'UTC' }),
    ],
    [
      "Enum8('a''b'=-1, 'c')",
      type('Enum8', { kind: 'enumValue', name: "a'b", value: '-1' }, { kind: 'string', value: 'c' }),
    ],
    [
      'Tuple(a Int8, `b c` String)',
      type(
        'Tuple',
        { kind: 'field', path: ['a'], type: type('Int8') },
        { kind: 'field', path: ['b c'], type: type('String') },
      ),
    ],
    [
      'JSON(max_dynamic_types=2, a.b Int8)',
      type(
        'JSON',
        { kind: 'setting', name: 'max_dynamic_types', value: '2' },
        { kind: 'field', path: ['a', 'b'], type: type('Int8') },
      ),
    ],
    [
      "JSON(SKIP a.`b c`, skip regexp 'x.*')",
      type('JSON', { kind: 'skip', path: ['a', 'b c'] }, { kind: 'skipRegexp', pattern: 'x.*' }),
    ],
    [
      'AggregateFunction(quantiles(0.5, 0.9), Int8)',
      type(
        'AggregateFunction',
        {
          kind: 'function',
          name: 'quantiles',
          args: [
            { kind: 'number', text: '0.5' },
            { kind: 'number', text: '0.9' },
          ],
        },
        inner('Int8'),
      ),
    ],
    [
      'AggregateFunction(1, sumMap, Map(String, Int8))',
      type(
        'AggregateFunction',
        { kind: 'number', text: '1' },
        { kind: 'function', name: 'sumMap', args: [] },
        inner('Map', inner('String'), inner('Int8')),
      ),
    ],
  ])('%s', (text, expected) => {
    expect(parseColumnType(text)).toEqual(expected);
  });

  test.each(SEEN.map((text) => [text]))('[DT-01] as seen: %s', (text) => {
    expect(formatColumnType(parseColumnType(text))).toBe(text);
  });

  test.each([
    ['', 'Expected a type, found the end. (at position 0)'],
    ['Array(', 'Expected a type, found the end. (at position 6)'],
    ['Array(String', "Expected ',' or ')', found the end. (at position 12)"],
    ['String, x', 'Unexpected "," after the type String. (at position 6)'],
    ['String; DROP TABLE t', 'Unexpected ";" after the type String. (at position 6)'],
    ['String -- x', 'Unexpected "-- x" after the type String. (at position 7)'],
    ['Array(/* x */ String)', 'Expected a type, found "/* x */". (at position 6)'],
    ['`String`', 'Expected a type, found "`String`". (at position 0)'],
    ['double precision', 'Unexpected "precision" after the type double. (at position 7)'],
    ['Tuple(`a\nb` Int8)', 'Expected a field name, found "`a\\nb`". (at position 6)'],
    ["Enum8('a' = b)", 'Expected a number, found "b". (at position 12)'],
    ['AggregateFunction(sum(x), Int8)', 'Expected a number or a string, found "x". (at position 22)'],
    ['Array(1a)', 'Expected a type, found "1a". (at position 6)'],
    ['String DEFAULT 1', 'Unexpected "DEFAULT" after the type String. (at position 7)'],
  ])('refuses %j', (text, message) => {
    expect(() => parseColumnType(text)).toThrow(
      new ColumnTypeError(message.replace(/ \(at.*/, ''), Number(/\d+(?=\)$)/.exec(message))),
    );
  });

  test('bounds the depth', () => {
    const nested = (depth: number) => `${'Array('.repeat(depth - 1)}Int8${')'.repeat(depth - 1)}`;
    expect(formatColumnType(parseColumnType(nested(32)))).toBe(nested(32));
    expect(() => parseColumnType(nested(33))).toThrow('A type may be nested 32 deep at most.');
    expect(() => parseColumnType('Array('.repeat(100_000))).toThrow(ColumnTypeError);
  });

  test('parse after format gives the same type', () => {
    fc.assert(
      fc.property(anyType(4), (made) => {
        expect(parseColumnType(formatColumnType(made))).toEqual(made);
      }),
    );
  });
});

describe('[DT-09] helpers', () => {
  test.each<[string, boolean, string]>([
    ['String', false, 'String'],
    ['Nullable(Int8)', true, 'Int8'],
    ['LowCardinality(Nullable(String))', true, 'String'],
    ['LowCardinality(FixedString(2))', false, 'FixedString(2)'],
    ['Array(Nullable(String))', false, 'Array(Nullable(String))'],
    ['Nullable', true, 'Nullable'],
  ])('%s', (text, nullable, bare) => {
    expect(isNullable(parseColumnType(text))).toBe(nullable);
    expect(formatColumnType(unwrap(parseColumnType(text)))).toBe(bare);
  });
});

function anyType(depth: number): fc.Arbitrary<ColumnType> {
  const name = fc.constantFrom('String', 'Int8', 'Array', 'Tuple', 'Nullable', 'Enum8');
  return fc.record({
    name,
    args: depth === 0 ? fc.constant([]) : fc.array(anyArgument(depth), { maxLength: 3 }),
  });
}

function anyArgument(depth: number): fc.Arbitrary<TypeArgument> {
  const text = fc.string({ unit: 'grapheme' });
  const part = fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => quotable(name));
  const number = fc.oneof(fc.nat().map(String), fc.integer({ max: -1 }).map(String), fc.constant('0.5'));
  return fc.oneof(
    anyType(depth - 1).map((made): TypeArgument => ({ kind: 'type', type: made })),
    fc.record({
      kind: fc.constant('field' as const),
      path: fc.array(part, { minLength: 1, maxLength: 3 }),
      type: anyType(depth - 1),
    }),
    number.map((value): TypeArgument => ({ kind: 'number', text: value })),
    text.map((value): TypeArgument => ({ kind: 'string', value })),
    fc.record({ kind: fc.constant('enumValue' as const), name: text, value: number }),
    number.map((value): TypeArgument => ({ kind: 'setting', name: 'max_dynamic_paths', value })),
  );
}

/** Control characters are refused, and SKIP bare would be another argument. */
function quotable(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly what is refused
  return !/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(name) && name.toLowerCase() !== 'skip';
}
