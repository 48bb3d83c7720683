import { formatSchema, parseSchema } from '@goldcrest/sql';
import { parse } from 'lossless-json';
import { describe, expect, test } from 'vitest';
import { Inference } from './index.js';

/** The schema of events that are given as texts. */
function schemaOf(...events: string[]): string {
  const inference = new Inference();
  for (const event of events) inference.add(parse(event) as Record<string, unknown>);
  const schema = formatSchema(inference.columns());
  expect(formatSchema(parseSchema(schema))).toBe(schema);
  return schema;
}

/** The type of the column `a` whose values are given as JSON. */
function typeOf(...values: string[]): string {
  const [, type = ''] = /^a (.*) `json/.exec(schemaOf(...values.map((value) => `{"a":${value}}`))) ?? [];
  return type;
}

describe('[FM-21] types', () => {
  test.each([
    [['1'], 'Int64'],
    [['1', '-7'], 'Int64'],
    [['9223372036854775807'], 'Int64'],
    [['9223372036854775808'], 'UInt64'],
    [['18446744073709551615', '0'], 'UInt64'],
    [['18446744073709551615', '-1'], 'Int256'],
    [['18446744073709551616'], 'Int256'],
    [[`1${'0'.repeat(79)}`], 'String'],
    [[`1${'0'.repeat(100_000)}`], 'String'],
    [['1.5'], 'Float64'],
    [['1.0'], 'Float64'],
    [['1', '1.5'], 'Float64'],
    [['1e3'], 'Float64'],
    [['1e999'], 'String'],
    [['true'], 'UInt8'],
    [['true', '1'], 'String'],
    [['"x"'], 'String'],
    [['"1"'], 'String'],
    [['"x"', '1'], 'String'],
    [['"2024-06-20"'], 'Date'],
    [['"1969-12-31"'], 'Date32'],
    [['"0001-01-01"'], 'String'],
    [['"2024-02-30"'], 'String'],
    [['"2024-06-20 19:06:15"'], 'DateTime'],
    [['"2024-06-20T19:06:15Z"', '"2024-06-20T19:06:15+02:00"'], 'DateTime'],
    [['"2024-06-20"', '"2024-06-20 19:06:15"'], 'DateTime'],
    [['"1960-06-20 19:06:15"'], 'DateTime64(3)'],
    [['"2024-06-20T19:06:15.373Z"'], 'DateTime64(3)'],
    [['"2024-06-20 19:06:15"', '"2024-06-20 19:06:15.123456"'], 'DateTime64(6)'],
    [['"2024-06-20 19:06:15.123456789"'], 'DateTime64(9)'],
    [['"0001-01-01T00:00:00Z"'], 'String'],
    [['"2024-06-20 25:00:00"'], 'String'],
    [['"2024-06-20 19:06:15"', '""'], 'String'],
    [['"2024-06-20 19:06"'], 'String'],
    [['null'], 'Nullable(String)'],
    [['1', 'null'], 'Nullable(Int64)'],
    [['"2024-06-20"', 'null'], 'Nullable(Date)'],
    [['{}'], 'String'],
    [['{}', 'null'], 'Nullable(String)'],
    [['{"b":1}', '5'], 'String'],
    [['{"b":1}', '[5]'], 'String'],
    [['[1,2]'], 'Array(Int64)'],
    [['[1,2.5]'], 'Array(Float64)'],
    [['[1,"x"]'], 'Array(String)'],
    [['[1,null]'], 'Array(Nullable(Int64))'],
    [['[]'], 'Array(String)'],
    [['[null]'], 'Array(Nullable(String))'],
    [['[]', '[true]'], 'Array(UInt8)'],
    [['[1]', 'null'], 'Array(Int64)'],
    [['[[1,2],[3]]'], 'Array(String)'],
    [['[{"b":1},2]'], 'Array(String)'],
    [['[{}]'], 'Array(String)'],
  ])('%j → %s', (values, type) => {
    expect(typeOf(...values)).toBe(type);
  });
});

describe('[EV-21] [FM-20] columns', () => {
  const deep = (levels: number): string => `${'{"k":'.repeat(levels)}1${'}'.repeat(levels)}`;

  test.each<[title: string, events: string[], schema: string]>([
    ['a nested object', ['{"a":{"b":{"c":1}}}'], 'a_b_c Int64 `json:$.a.b.c`'],
    [
      '[EV-22] a delivery of Firehose',
      ['{"requestId":"r","timestamp":1700000000123,"records":[{"data":"eA=="},{"data":"eQ=="}]}'],
      'requestId String `json:$.requestId`, timestamp Int64 `json:$.timestamp`, records__data Array(String) `json:$.records[:].data`',
    ],
    [
      '[AN-04] the sample of the Analyze API, with wider numbers',
      [
        '{"field":"test","nested":{"nested_field":"bla"},"an_array":[1,2],"a_nested_array":{"nested_array":[1]}}',
      ],
      'field String `json:$.field`, nested_nested_field String `json:$.nested.nested_field`, an_array Array(Int64) `json:$.an_array[:]`, a_nested_array_nested_array Array(Int64) `json:$.a_nested_array.nested_array[:]`',
    ],
    [
      'a key that some events do not have, also inside an object that some do not have',
      ['{"a":1,"o":{"x":1}}', '{"b":2,"o":{"x":2,"y":3}}', '{"a":1}'],
      'a Nullable(Int64) `json:$.a`, o_x Nullable(Int64) `json:$.o.x`, o_y Nullable(Int64) `json:$.o.y`, b Nullable(Int64) `json:$.b`',
    ],
    [
      'a list that some events do not have is empty there',
      ['{"a":1,"l":[1],"r":[{"x":1},{"x":2}]}', '{"a":1}'],
      'a Int64 `json:$.a`, l Array(Int64) `json:$.l[:]` DEFAULT [], r__x Array(Int64) `json:$.r[:].x` DEFAULT []',
    ],
    [
      'objects in a list with other keys each, and with objects and lists inside',
      ['{"r":[{"x":1},{"y":"t"},null,{"o":{"z":1},"l":[1]}]}'],
      'r__x Array(Nullable(Int64)) `json:$.r[:].x`, r__y Array(Nullable(String)) `json:$.r[:].y`, r__o_z Array(Nullable(Int64)) `json:$.r[:].o.z`, r__l Array(Nullable(String)) `json:$.r[:].l`',
    ],
    [
      'keys that are no names',
      ['{"a-b":1,"c d":1,"1st":1,"":1,"größe":1,"日":1}'],
      'a_b Int64 `json:$.a-b`, c_d Int64 `json:$.c d`, _1st Int64 `json:$.1st`, gr__e Int64 `json:$.größe`, _ Int64 `json:$.日`, root String `json:$`',
    ],
    [
      'names that are there already',
      ['{"a-b":1,"a_b":1,"a":{"b":1},"a b":1}'],
      'a_b Int64 `json:$.a-b`, a_b_2 Int64 `json:$.a_b`, a_b_3 Int64 `json:$.a.b`, a_b_4 Int64 `json:$.a b`',
    ],
    [
      'names that mean something else',
      ['{"null":1,"True":1,"insertion_date":1,"from":1}'],
      '_null Int64 `json:$.null`, _True Int64 `json:$.True`, _insertion_date Int64 `json:$.insertion_date`, from Int64 `json:$.from`',
    ],
    [
      'keys that no JSONPath has a way to write: the event, or the object around them, as text',
      ['{"x":1,"service.name":"s","o":{"a.b":1,"c":2},"l":[{"a[0]":1}]}'],
      'x Int64 `json:$.x`, o String `json:$.o`, l Array(String) `json:$.l[:]`, root String `json:$`',
    ],
    ['keys with quotes', ['{"a`b\\\\c\'":1}'], "a_b_c_ Int64 `json:$.a\\`b\\\\c'`"],
    ['an event without keys', ['{}'], 'root String `json:$`'],
    [
      'a key that every object of JavaScript has',
      ['{"constructor":1}'],
      'constructor Int64 `json:$.constructor`',
    ],
    ['ten levels', [deep(10)], `${'k_'.repeat(9)}k Int64 \`json:$${'.k'.repeat(10)}\``],
    ['eleven levels', [deep(11)], `${'k_'.repeat(9)}k String \`json:$${'.k'.repeat(10)}\``],
  ])('%s', (_title, events, schema) => {
    expect(schemaOf(...events)).toBe(schema);
  });

  /** An object with `count` keys. */
  const wide = (count: number, value = '1'): string =>
    `{${Array.from({ length: count }, (_, n) => `"k${n}":${value}`).join(',')}}`;

  test('[LMT-08] at most 500 columns: fewer levels, or the whole event as text', () => {
    expect(schemaOf(wide(500)).split(', ')).toHaveLength(500);
    expect(schemaOf(wide(501))).toBe('root String `json:$`');
    expect(schemaOf(`{"a":${wide(501)},"b":1}`)).toBe('a String `json:$.a`, b Int64 `json:$.b`');
    expect(schemaOf(`{"a":${wide(300)},"b":${wide(300)}}`)).toBe('a String `json:$.a`, b String `json:$.b`');
    expect(schemaOf(`{"a.b":1,${wide(500).slice(1)}`)).toBe('root String `json:$`');
  });

  test('keys that are data are not told apart without bound', () => {
    const inference = new Inference(100);
    for (let n = 0; n < 1000; n++) inference.add({ id: n, by: { [`user${n}`]: 1 } });
    expect(formatSchema(inference.columns())).toBe('id Int64 `json:$.id`, by String `json:$.by`');
  });
});
