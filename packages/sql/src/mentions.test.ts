import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SqlNameError } from './errors.js';
import { mentionedNames, replaceNames } from './mentions.js';

const HEX = '0123456789abcdef0123456789abcdef';
const ID = `t_${HEX}`;

describe('mentionedNames', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['SELECT a FROM t AS `x y` -- z', ['SELECT', 'a', 'FROM', 't', 'AS', 'x y']],
    ["SELECT 'str', $$doc$$, 1 FROM _", ['SELECT', 'FROM', '_']],
    [
      "SELECT joinGet('j', 'v', 1), dictGetOrNull( 'db.d', 'x', 1)",
      ['SELECT', 'joinGet', 'j', 'dictGetOrNull', 'db.d'],
    ],
    ["SELECT DICTHAS('d', 'v')", ['SELECT', 'DICTHAS', 'd']],
    ["SELECT lower('j')", ['SELECT', 'lower']],
    ['FROM "ws"."ds"', ['FROM', 'ws', 'ds']],
    [`FROM t_a.${HEX}`, ['FROM', 't_a', ID, HEX]],
  ])('%s', (sql, expected) => {
    expect([...mentionedNames(sql)].sort()).toEqual([...expected].sort());
  });
});

describe('replaceNames', () => {
  const rename = (name: string) => ({ old: 'new', [ID]: 'events', shared: 'ws.ds', bad: 'a\nb' })[name];

  test.each<[string, string, string]>([
    ['GN-25', `SELECT 1 FROM ${ID}`, 'SELECT 1 FROM `events`'],
    ['GN-26', `SELECT 1 FROM t_my_label.${HEX} AS x`, 'SELECT 1 FROM `events` AS x'],
    ['GN-26', `FROM \`t_my_label.${HEX}\`,t_x.${HEX.toUpperCase()}`, 'FROM `events`,`events`'],
    ['GN-26', `FROM t_my_label . ${HEX}`, `FROM t_my_label . ${HEX}`],
    ['DM-11', `t_a.${HEX}.col`, '`events`.col'],
    ['DM-11', `${ID}.col`, '`events`.col'],
    ['DM-10', 'old, `old`, "old", “old”', '`new`, `new`, `new`, `new`'],
    ['DM-10', "'old' -- old\n/* old */ $$old$$", "'old' -- old\n/* old */ $$old$$"],
    ['DM-10', 'FROM shared', 'FROM `ws`.`ds`'],
    ['DM-10', 'older OLD', 'older OLD'],
  ])('[%s] %s', (_, sql, expected) => {
    expect(replaceNames(sql, rename)).toBe(expected);
  });

  test('[GN-26] an id that begins with digits, or is digits only, is found', () => {
    const digits = '1'.repeat(32);
    expect(
      replaceNames(`t_a.${digits} t_a.12e4${'f'.repeat(28)}`, (name) =>
        name.startsWith('t_') ? 'x' : undefined,
      ),
    ).toBe('`x` `x`');
  });

  test('refuses a new name that is no identifier', () => {
    expect(() => replaceNames('bad', rename)).toThrow(SqlNameError);
  });

  test('without replacements the text stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (sql) => {
        expect(replaceNames(sql, () => undefined)).toBe(sql);
      }),
    );
  });
});
