import { describe, expect, test } from 'vitest';
import { checkResourceName, isResourceId, parseResourceId } from './names.js';
import { RESERVED_WORDS } from './reservedWords.js';

const HEX = '0123456789abcdef0123456789abcdef';

describe('checkResourceName', () => {
  test.each([['events'], ['_a1'], ['A'], ['events_quarantine'], ['a'.repeat(168)]])('%s is fine', (name) => {
    expect(checkResourceName(name)).toBeUndefined();
  });

  test.each([
    ['', 'The name is empty. Use letters, digits and underscores.'],
    ['1a', 'The name "1a" starts with a digit. Start with a letter or underscore.'],
    ['a-b', 'The name "a-b" holds other characters than letters, digits and underscores. Use only those.'],
    ['a\n', 'The name "a\\n" holds other characters than letters, digits and underscores. Use only those.'],
    ['é', 'The name "é" holds other characters than letters, digits and underscores. Use only those.'],
    ['a'.repeat(169), 'The name has 169 characters; at most 168 are allowed.'],
  ])('%j is refused', (name, reason) => {
    expect(checkResourceName(name)).toBe(reason);
  });

  test('[DM-04] refuses each of the 117 reserved words in any case', () => {
    expect(RESERVED_WORDS).toHaveLength(117);
    for (const word of RESERVED_WORDS) {
      for (const name of [word, word.toUpperCase(), word.toLowerCase()]) {
        expect(checkResourceName(name)).toBe(`The name "${name}" is a reserved word. Choose another name.`);
      }
    }
  });

  test.each([['[DM-01] Array'], ['[DM-02] zeros_mt'], ['[DM-03] tinybird']])('%s is among them', (title) => {
    expect(RESERVED_WORDS).toContain(title.slice(8));
  });
});

describe('parseResourceId', () => {
  test.each([
    [`t_${HEX}`],
    [`t_${HEX.toUpperCase()}`],
    [`t_label.${HEX}`],
    [`t_my_label_2.${HEX}`],
    [`t_.${HEX}`],
  ])('[GN-26] %s is an id', (text) => {
    expect(parseResourceId(text)).toBe(`t_${HEX}`);
    expect(isResourceId(text)).toBe(true);
  });

  test.each([
    [''],
    ['t_'],
    [HEX],
    [`t_${HEX}0`],
    [`t_${HEX.slice(1)}`],
    [`t_a b.${HEX}`],
    [`t_${HEX}\n`],
    [`x_a.${HEX}`],
    [`t_a.b.${HEX}`],
  ])('[DM-11] %j is none', (text) => {
    expect(parseResourceId(text)).toBeUndefined();
    expect(isResourceId(text)).toBe(false);
  });
});
