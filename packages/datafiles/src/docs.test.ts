import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { INSTRUCTIONS, type Place } from './catalogue/index.js';
import { instructionTable } from './testing/instructionTable.js';
import { readAnyFile, withoutPositions } from './testing/readAnyFile.js';

const guide = readFileSync(new URL('../../../docs/datafiles.md', import.meta.url), 'utf8');
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

const examples = [guide, readme].flatMap((text) =>
  [...text.matchAll(/^```text (\S+)\n([\s\S]*?)^```/gm)].map(([, file = '', example = '']) => ({
    file,
    example,
  })),
);
const byPath = new Map(examples.map(({ file, example }) => [file, example]));

describe('[DF-01] the examples of the documentation', () => {
  test.each(examples)('$file', ({ file, example }) => {
    const options = { include: (path: string) => byPath.get(path), expand: () => 'value' };
    const { problems, definition, printed } = readAnyFile(example, file, options);
    expect(problems).toEqual([]);
    expect(withoutPositions(readAnyFile(printed, file).definition)).toEqual(withoutPositions(definition));
  });

  test('are there, one of each kind at least', () => {
    const extensions = new Set(examples.map(({ file }) => file.slice(file.lastIndexOf('.'))));
    expect([...extensions].sort()).toEqual(['.connection', '.datasource', '.incl', '.pipe']);
  });
});

describe('[DF-02] the reference is the table of instructions', () => {
  const tables = [...guide.matchAll(/<!-- instructions: (\w+) (\S+) -->\n\n([\s\S]*?)\n\n<!-- end -->/g)];

  test.each(tables.map(([, place = '', prefix = '', table = '']) => ({ place, prefix, table })))(
    '$place $prefix',
    ({ place, prefix, table }) => {
      // The places in the guide are written by hand; a wrong one gives an empty table, which differs.
      expect(table).toBe(instructionTable(place as Place, new RegExp(prefix)));
    },
  );

  test('and lists every instruction in every place where it may stand', () => {
    const listed = tables.flatMap(([, place, , table = '']) =>
      [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => `${place} ${name}`),
    );
    const all = Object.entries(INSTRUCTIONS).flatMap(([name, { in: places }]) =>
      places.map((place) => `${place} ${name}`),
    );
    expect(listed.sort()).toEqual(all.sort());
  });

  test('and every instruction says what it means and what it is built for', () => {
    const silent = Object.entries(INSTRUCTIONS).filter(([, { ids, doc }]) => ids.length === 0 || doc === '');
    expect(silent).toEqual([]);
  });
});
