import { query } from 'chdb';
import { expect, test } from 'vitest';
import { compileTemplate } from './index.js';

/** What the engine makes of the rendered values: the one judge of whether a literal says what the parameter said. */
function ask(template: string, parameters: Record<string, unknown>): unknown {
  const { sql } = compileTemplate(template).render({ parameters });
  return JSON.parse(query(sql, 'JSONCompactEachRow').toString().trim());
}

test.each([
  "it's",
  '\\',
  "\\' OR 1=1 --",
  'a\nb\r\tc',
  '‘ “ ` " ’ ”',
  '/* */ -- # $$',
  '名 🐦',
  '%_{}',
  'x'.repeat(10_000),
])('[TPL-20] the engine reads back %j', (value) => {
  const template =
    "% SELECT {{String(a)}}, 'x{{String(a)}}', {{Array(b)}}, {{split_to_array(b)}}[1], {{b}}[1]";
  expect(ask(template, { a: value, b: [value] })).toEqual([value, `x${value}`, [value], value, value]);
});

test('[TPF-31] integers of all widths are exact', () => {
  const ends = [
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 64n - 1n,
    2n ** 127n - 1n,
    -(2n ** 127n),
    2n ** 255n - 1n,
    -(2n ** 255n),
  ];
  for (const end of ends)
    expect(ask('% SELECT toString({{Int256(a)}})', { a: String(end) })).toEqual([String(end)]);
  expect(ask('% SELECT toString({{UInt256(a)}})', { a: String(2n ** 256n - 1n) })).toEqual([
    String(2n ** 256n - 1n),
  ]);
});

test('[TPL-19] literals have the types that their functions name', () => {
  const template =
    "% SELECT toTypeName({{Float32(a, 20)}}), toTypeName({{Boolean(b, 1)}}), toTypeName({{Array(c, 'Float64', '1')}})";
  expect(ask(template, {})).toEqual(['Float64', 'Bool', 'Array(Float64)']);
});

test('[TPF-29] arrays stand on the right of IN, also empty ones', () => {
  const template =
    "% SELECT 1 IN {{Array(a, 'Int32')}}, 'x' IN {{Array(b)}}, -1 NOT IN {{Array(a, 'Int32')}}";
  expect(ask(template, { a: '1,2', b: 'x' })).toEqual([1, 1, 1]);
  expect(ask(template, { a: '', b: '' })).toEqual([0, 0, 1]);
});

test('[TPF-36] dates and times compare with columns', () => {
  const template =
    "% SELECT toDate('2024-01-31') = {{Date(a)}}, toDateTime('2024-01-31 10:11:12', 'UTC') = {{DateTime(a)}}, " +
    "toDateTime64('2024-01-31 10:11:12.345', 3, 'UTC') = {{DateTime64(a)}}";
  expect(ask(template, { a: '2024-01-31T10:11:12.345Z' })).toEqual([1, 1, 1]);
});

test('[TPF-02] a quoted column is that column', () => {
  const template =
    '% SELECT {{columns(cols)}}, sum({{column(a)}}) AS {{symbol(a)}} FROM (SELECT 1 AS x, 2 AS y, 3 AS `select`) AS t GROUP BY {{columns(cols)}}';
  expect(ask(template, { cols: 'x,t.y', a: 'select' })).toEqual([1, 2, 3]);
});
