import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ParseOptions } from './options.js';
import type { Problem } from './problem.js';
import { type GoldenCase, readCases } from './testing/goldenCase.js';
import { compact, readAnyFile, withoutPositions } from './testing/readAnyFile.js';

const directory = new URL('../cases/', import.meta.url);
/** So that a damaged file of cases can't pass by being empty. */
const CASES_MIN = 150;

const files = readdirSync(directory).map((name) => ({
  name,
  cases: readCases(readFileSync(new URL(name, directory), 'utf8')),
}));

function optionsOf({ includes, environment }: GoldenCase): ParseOptions {
  return {
    ...(includes === undefined ? {} : { include: (path: string) => includes.get(path) }),
    ...(environment === undefined ? {} : { expand: (name: string) => environment.get(name) }),
  };
}

function shownProblem({ line, column, message, hint }: Problem): string {
  return `${line}:${column} ${message}${hint === undefined ? '' : ` | ${hint}`}`;
}

describe.each(files)('$name', ({ cases }) => {
  test.each(cases)('$title', (golden) => {
    const read = readAnyFile(golden.input, golden.file, optionsOf(golden));
    expect(read.problems.map(shownProblem).join('\n')).toBe(golden.problems ?? '');
    if (golden.definition !== undefined)
      expect(compact(read.definition)).toEqual(JSON.parse(golden.definition));
    if (golden.printed !== undefined) expect(read.printed.trimEnd()).toBe(golden.printed);
    if (golden.problems === undefined) expectLaws(golden.file, read.definition, read.printed);
  });
});

function expectLaws(file: string, definition: object, printed: string): void {
  const again = readAnyFile(printed, file);
  expect(again.problems).toEqual([]);
  expect(withoutPositions(again.definition)).toEqual(withoutPositions(definition));
  expect(again.printed).toBe(printed);
}

test('there are as many cases as there should be, each with an expectation and a title of its own', () => {
  const all = files.flatMap(({ cases }) => cases);
  const titles = all.map(({ title }) => title);
  expect(all.length).toBeGreaterThanOrEqual(CASES_MIN);
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  expect(
    all.filter(({ definition, problems }) => definition === undefined && problems === undefined),
  ).toEqual([]);
});
