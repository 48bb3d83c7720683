import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printDatasource } from './datasource.js';
import { printPipe } from './pipe.js';
import { datasourceDefinition, pipeDefinition } from './testing/arbitrary.js';
import { readCases } from './testing/goldenCase.js';
import { readAnyFile, withoutPositions } from './testing/readAnyFile.js';

const directory = new URL('../cases/', import.meta.url);
const cases = readdirSync(directory).flatMap((name) =>
  readCases(readFileSync(new URL(name, directory), 'utf8')),
);
const FILES = ['a.datasource', 'a.pipe', 'a.connection', 'a.incl'];

describe('[DF-19] what is printed is read back the same', () => {
  test('Data Sources', () => {
    fc.assert(
      fc.property(datasourceDefinition, (definition) => {
        const printed = printDatasource(definition);
        const read = readAnyFile(printed, 'a.datasource');
        expect(read.problems).toEqual([]);
        expect(withoutPositions(read.definition)).toEqual(withoutPositions(definition));
        expect(read.printed).toBe(printed);
      }),
      { numRuns: 500 },
    );
  });

  test('Pipes', () => {
    fc.assert(
      fc.property(pipeDefinition, (definition) => {
        const printed = printPipe(definition);
        const read = readAnyFile(printed, 'a.pipe');
        expect(read.problems).toEqual([]);
        expect(withoutPositions(read.definition)).toEqual(withoutPositions(definition));
        expect(read.printed).toBe(printed);
      }),
      { numRuns: 500 },
    );
  });
});

/** A text is refused with problems inside it, or read and printed stably. */
function expectSound(text: string, file: string): void {
  const read = readAnyFile(text, file);
  const lines = text.split('\n').length;
  for (const { line, column, message } of read.problems) {
    expect(line >= 1 && line <= lines && column >= 1 && message !== '').toBe(true);
  }
  if (read.problems.length > 0) return;
  const again = readAnyFile(read.printed, file);
  expect(again.problems).toEqual([]);
  expect(withoutPositions(again.definition)).toEqual(withoutPositions(read.definition));
  expect(again.printed).toBe(read.printed);
}

describe('[DF-19] any text is read or refused, and what is read is printed stably', () => {
  const line = fc.oneof(
    fc.constantFrom(...cases.flatMap(({ input }) => input.split('\n'))),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
  );

  test('lines of the cases in any order, with others between', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.constantFrom(...FILES), (lines, file) =>
        expectSound(lines.join('\n'), file),
      ),
      { numRuns: 2000 },
    );
  });

  test('cases with a piece cut out', () => {
    fc.assert(
      fc.property(fc.constantFrom(...cases), fc.nat(400), fc.nat(12), (golden, start, length) =>
        expectSound(golden.input.slice(0, start) + golden.input.slice(start + length), golden.file),
      ),
      { numRuns: 2000 },
    );
  });

  test('text of any characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...FILES), expectSound),
      { numRuns: 1000 },
    );
  });
});
