import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasControlCharacter } from './controls.js';
import { SchemaError } from './errors.js';
import { type ColumnDefinition, formatSchema, parseSchema } from './schema.js';

function column(name: string, type: string, rest: Partial<ColumnDefinition> = {}): ColumnDefinition {
  return { name, type, jsonPath: null, defaultExpression: null, codec: null, nullable: false, ...rest };
}

describe('parseSchema', () => {
  test.each<[string, string, ColumnDefinition[]]>([
    [
      'JP-01',
      'id Int32 `json:$.id`, name String `json:$.a.b`',
      [column('id', 'Int32', { jsonPath: '$.id' }), column('name', 'String', { jsonPath: '$.a.b' })],
    ],
    [
      'DT-17',
      "`data` JSON(max_dynamic_types=2,max_dynamic_paths=16) `json:$` DEFAULT '{}'",
      [
        column('data', 'JSON(max_dynamic_types=2, max_dynamic_paths=16)', {
          jsonPath: '$',
          defaultExpression: "'{}'",
        }),
      ],
    ],
    [
      'DS-N2',
      'close `json:$.close` Float32 DEFAULT 1.1, b DEFAULT 2 Int8',
      [
        column('close', 'Float32', { jsonPath: '$.close', defaultExpression: '1.1' }),
        column('b', 'Int8', { defaultExpression: '2' }),
      ],
    ],
    [
      'DT-09',
      '\n\t`a`\tNullable(String),\n"p.id" LowCardinality(Nullable(String)),\n',
      [
        column('a', 'Nullable(String)', { nullable: true }),
        column('p.id', 'LowCardinality(Nullable(String))', { nullable: true }),
      ],
    ],
    ['JP-06', 'PK String `json:$.Org#Org name`', [column('PK', 'String', { jsonPath: '$.Org#Org name' })]],
    [
      'DS-N2',
      'a Int64 DEFAULT if(1, 2, 3) + 1 CODEC(Delta(8), ZSTD(1)) `json:$.a`',
      [
        column('a', 'Int64', {
          jsonPath: '$.a',
          defaultExpression: 'if(1, 2, 3) + 1',
          codec: 'CODEC(Delta(8), ZSTD(1))',
        }),
      ],
    ],
    [
      'DS-N2',
      "a String codec(ZSTD) default concat(',', x), b Int8",
      [
        column('a', 'String', { defaultExpression: "concat(',', x)", codec: 'CODEC(ZSTD)' }),
        column('b', 'Int8'),
      ],
    ],
    [
      'DS-N2',
      'default String, codec String DEFAULT codec, alias Int8',
      [
        column('default', 'String'),
        column('codec', 'String', { defaultExpression: 'codec' }),
        column('alias', 'Int8'),
      ],
    ],
    [
      'DS-N2',
      't DateTime DEFAULT now() - INTERVAL 1 DAY `json:$.t`',
      [column('t', 'DateTime', { jsonPath: '$.t', defaultExpression: 'now() - INTERVAL 1 DAY' })],
    ],
    [
      'DS-N2',
      'a Array(String) DEFAULT [], b Int8 DEFAULT -1, c Bool DEFAULT CASE WHEN a IS NOT NULL THEN true ELSE false END',
      [
        column('a', 'Array(String)', { defaultExpression: '[]' }),
        column('b', 'Int8', { defaultExpression: '-1' }),
        column('c', 'Bool', { defaultExpression: 'CASE WHEN a IS NOT NULL THEN true ELSE false END' }),
      ],
    ],
  ])('[%s] %s', (_, text, expected) => {
    expect(parseSchema(text)).toEqual(expected);
  });

  test.each<[string, string, number, string | null]>([
    ['', 'The schema is empty. Write at least one column.', 0, null],
    [' \n', 'The schema is empty. Write at least one column.', 0, null],
    [',', 'Expected a column\'s name, found ",".', 0, null],
    ['a Int8,, b Int8', 'Expected a column\'s name, found ",".', 7, null],
    ["'a' Int8", "Expected a column's name, found \"'a'\".", 0, null],
    ['`` Int8', 'Expected a column\'s name, found "``".', 0, null],
    ['`a\\nb` Int8', 'Expected a column\'s name, found "`a\\\\nb`".', 0, null],
    ['a', 'The type is missing.', 1, 'a'],
    ['a `json:$.a`, b Int8', 'The type is missing.', 12, 'a'],
    ['a Int8, a String', 'This name is there twice.', 8, 'a'],
    ['a Int8 -- id', 'A schema may not hold comments.', 7, null],
    ['a Int8 `json', 'The schema can\'t be read from "`json" on. Is a quote not closed?', 7, null],
    [
      'a Int8; DROP TABLE x',
      'Unexpected ";" after the type. A type may be followed by a JSONPath in backticks, DEFAULT and CODEC; is a comma missing?',
      6,
      'a',
    ],
    [
      'a Int8 b Int8',
      'Unexpected "b" after the type. A type may be followed by a JSONPath in backticks, DEFAULT and CODEC; is a comma missing?',
      7,
      'a',
    ],
    [
      'a Int8 DEFAULT 1 b Int8',
      'Unexpected "b" after the type. A type may be followed by a JSONPath in backticks, DEFAULT and CODEC; is a comma missing?',
      17,
      'a',
    ],
    [
      'a Int8 DEFAULT 1 TTL x',
      'Unexpected "TTL" after the type. A type may be followed by a JSONPath in backticks, DEFAULT and CODEC; is a comma missing?',
      17,
      'a',
    ],
    ['a Int8 DEFUALT 1', 'Unexpected "DEFUALT" after the type. Did you mean DEFAULT?', 7, 'a'],
    [
      'a Int8 NOT NULL',
      'Unexpected "NOT" after the type. Columns are NOT NULL; use the type Nullable(…) for others.',
      7,
      'a',
    ],
    [
      "a Int8 'json:$.a'",
      'Unexpected "\'json:$.a\'" after the type. A JSONPath is written in backticks.',
      7,
      'a',
    ],
    [
      'a Int8 MATERIALIZED 1',
      'MATERIALIZED columns are not supported. Use DEFAULT, or compute the value in a Materialized View.',
      7,
      'a',
    ],
    [
      'a alias 1',
      'ALIAS columns are not supported. Use DEFAULT, or compute the value in a Materialized View.',
      2,
      'a',
    ],
    ['a Int8 `json:id`', "A JSONPath begins with '$', as in $.id.", 13, 'a'],
    ['a Int8 `json:$.a[0]`', 'Only [:] is allowed in brackets, for every element.', 16, 'a'],
    ['a Int8 `$.a`', 'Expected a JSONPath such as `json:$.key`, found "`$.a`".', 7, 'a'],
    ['a Int8 `json:$` `json:$`', 'There are two of JSONPath; is a comma missing?', 16, 'a'],
    ['a Int8 DEFAULT', 'The expression is empty.', 14, 'a'],
    ['a Int8 DEFAULT , b Int8', 'The expression is empty.', 15, 'a'],
    ['a Int8 DEFAULT `json:$.a`', 'The expression is empty.', 15, 'a'],
    ['a Int8 DEFAULT (1', "The bracket '(' has no partner.", 15, 'a'],
    ['a Int8 DEFAULT 1), b Int8', "The bracket ')' has no partner.", 16, 'a'],
    [
      'a Int8 DEFAULT (SELECT 1)',
      'An expression may not hold the word SELECT; a column of that name needs backticks.',
      16,
      'a',
    ],
    ['a Int8 DEFAULT 1 DEFAULT 2', 'There are two of DEFAULT; is a comma missing?', 17, 'a'],
    ['a Int8 CODEC', 'CODEC needs codecs in brackets, as in CODEC(ZSTD(1)).', 12, 'a'],
    ['a Array(Int8', "Expected ',' or ')', found the end.", 12, 'a'],
  ])('refuses %j', (text, reason, position, name) => {
    expect(() => parseSchema(text)).toThrow(new SchemaError(reason, position, name));
  });

  test('[LMT-08] takes 500 columns and refuses one more', () => {
    const schema = (count: number) => Array.from({ length: count }, (_, at) => `c${at} Int8`).join(', ');
    expect(parseSchema(schema(500))).toHaveLength(500);
    expect(() => parseSchema(schema(501))).toThrow('A schema may have 500 columns at most.');
  });
});

describe('formatSchema', () => {
  test('writes what the API shows', () => {
    expect(formatSchema(parseSchema('`id` Int32 DEFAULT 1 `json:$.id`, `p.id` String codec(ZSTD)'))).toBe(
      'id Int32 `json:$.id` DEFAULT 1, `p.id` String CODEC(ZSTD)',
    );
  });

  test('parse after format gives the same columns', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !hasControlCharacter(text));
    const type = fc.constantFrom(
      'String',
      'Array(Int8)',
      "DateTime64(3, 'UTC')",
      'Tuple(a Int8, `b c` String)',
    );
    const key = name.filter((text) => !/[.[\]]/.test(text));
    const any: fc.Arbitrary<ColumnDefinition> = fc.record({
      name,
      type,
      jsonPath: fc.option(fc.array(key, { maxLength: 3 }).map((keys) => ['$', ...keys].join('.'))),
      defaultExpression: fc.option(
        fc.constantFrom("''", 'now()', '[1, 2]', "concat(',', `x`)", '-1', "'CODEC'", 'x -> x + 1'),
      ),
      codec: fc.option(fc.constantFrom('CODEC(ZSTD(1))', 'CODEC(Delta, LZ4)')),
      nullable: fc.constant(false),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(any, { minLength: 1, maxLength: 5, selector: (made) => made.name }),
        (columns) => {
          expect(parseSchema(formatSchema(columns))).toEqual(columns);
        },
      ),
    );
  });
});
