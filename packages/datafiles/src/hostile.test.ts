import { describe, expect, test } from 'vitest';
import { locate } from './block.js';
import { parseDatasource } from './datasource.js';
import { parseInclude } from './include.js';
import { INCLUDE_DEPTH_MAX, TEXT_LENGTH_MAX } from './includes.js';
import { parsePipe, pipeType } from './pipe.js';
import { PROBLEMS_MAX } from './problem.js';
import { readAnyFile, withoutPositions } from './testing/readAnyFile.js';

/** Far more than a sound reader needs for the sizes below, far less than one whose work grows with their square. */
const HANG_MS = 5_000;

/** Time of the processor, which other work on the machine does not lengthen. */
function cpuMsSince(start: NodeJS.CpuUsage): number {
  return process.cpuUsage(start).user / 1000;
}
const MEGABYTE = 1024 * 1024;
const PIPE = 'NODE n\nSQL >\n    SELECT 1\n\n    FROM t\nTYPE endpoint\n';

describe('[wild-5] line ends and byte-order marks', () => {
  test.each([
    ['CRLF', PIPE.replaceAll('\n', '\r\n')],
    ['a byte-order mark', `\ufeff${PIPE}`],
    ['both', `\ufeff${PIPE.replaceAll('\n', '\r\n')}`],
    ['no line end at the end', PIPE.trimEnd()],
  ])('%s', (_title, text) => {
    const { definition, problems } = parsePipe(text, 'a.pipe');
    expect(problems).toEqual([]);
    expect(withoutPositions(definition)).toEqual(withoutPositions(parsePipe(PIPE, 'a.pipe').definition));
  });
});

describe('[DF-19] large and hostile files neither hang nor crash', () => {
  test.each([
    ['10 MB of SQL', `NODE n\nSQL >\n${'    SELECT a, b -- c\n'.repeat(500_000)}`, 0],
    ['10 MB of SQL at column 0', `NODE n\nSQL >\n${'SELECT a, b FROM tables\n'.repeat(440_000)}`, 0],
    ['2 MB of capitals', `NODE n\nSQL >\n    a\n${'TYPF x\n'.repeat(300_000)}`, PROBLEMS_MAX + 1],
    ['10 MB on one line', `NODE ${'x'.repeat(10 * MEGABYTE)}\nSQL > SELECT 1`, 1],
    ['10 MB of spaces', `NODE${' '.repeat(10 * MEGABYTE)}n\nSQL > SELECT 1`, 0],
    ['2 MB of quotes', `NODE ${'"'.repeat(2 * MEGABYTE)}\nSQL > SELECT 1`, 1],
    ['2 MB of quotes and spaces', `TOKEN ${'" '.repeat(MEGABYTE)}\nNODE n\nSQL > SELECT 1`, 1],
    ['2 MB of unlike quotes', `TOKEN ${`"'"'`.repeat(500_000)}\nNODE n\nSQL > SELECT 1`, 1],
    ['2 MB of hashes', `TOKEN ${'# '.repeat(MEGABYTE)}\nNODE n\nSQL > SELECT 1`, 1],
    ['10 MB of carriage returns', `NODE n${'\r'.repeat(10 * MEGABYTE)}\nSQL > SELECT 1`, 0],
    ['2 MB of empty lines', `NODE n\nSQL > SELECT 1${'\n'.repeat(2 * MEGABYTE)}`, 0],
    ['10 MB of nodes', 'NODE n\nSQL > SELECT 1\n'.repeat(480_000), PROBLEMS_MAX + 1],
  ])('%s', (_title, text, problems) => {
    const start = process.cpuUsage();
    expect(readAnyFile(text, 'a.pipe').problems).toHaveLength(problems);
    expect(cpuMsSince(start)).toBeLessThan(HANG_MS);
  });

  test.each([
    ['columns', `SCHEMA >\n${'    a String,\n'.repeat(700_000)}`],
    ['brackets', `SCHEMA >\n    a ${'Array('.repeat(100_000)}\n`],
    ['lines without commas', `SCHEMA >\n${'    a String\n'.repeat(300_000)}`],
    ['open quotes', `SCHEMA >\n    ${`'"\`\n`.repeat(300_000)}`],
    ['escapes', `SCHEMA >\n    a String DEFAULT '${"\\'".repeat(300_000)}`],
    ['characters', `SCHEMA >\n    a String DEFAULT '${'x'.repeat(10 * MEGABYTE)}'`],
    ['open comments', `SCHEMA >\n    a String ${'/* '.repeat(300_000)}`],
    ['indexes', `SCHEMA > a String\nINDEXES >\n    INDEX i ${'a '.repeat(300_000)}`],
    ['brackets of keys', `SCHEMA > a String\nENGINE_SORTING_KEY ${'('.repeat(300_000)}`],
    ['fields of cron', `SCHEMA > a String\nIMPORT_QUERY x\nIMPORT_SCHEDULE ${'* '.repeat(300_000)}`],
  ])('a schema or setting of many %s', (_title, text) => {
    const start = process.cpuUsage();
    expect(parseDatasource(text, 'a.datasource').problems.length).toBeGreaterThan(0);
    expect(cpuMsSince(start)).toBeLessThan(HANG_MS);
  });

  test('a text that is no datafile is not worth a problem per line', () => {
    const { problems } = parseDatasource('<?xml version="1.0"?>\n'.repeat(1000), 'a.datasource');
    expect(problems).toHaveLength(PROBLEMS_MAX + 1);
    expect(problems.at(-1)?.message).toBe(
      `There are more than ${PROBLEMS_MAX} problems. Correct these first.`,
    );
  });
});

describe('[DF-10] includes have limits', () => {
  test('of depth', () => {
    const include = (path: string) => `INCLUDE "${path}x"`;
    const { problems } = parsePipe('INCLUDE "x"', 'a.pipe', { include });
    expect(problems.map(({ message }) => message)).toEqual([
      `More than ${INCLUDE_DEPTH_MAX} files include one another.`,
      'The Pipe has no node.',
    ]);
  });

  test('of length, before the text is made', () => {
    const include = () => `NODE n\nSQL > ${'$A'.repeat(100_000)}`;
    const { problems } = parsePipe(`INCLUDE "x" "A=${'y'.repeat(10_000)}"`, 'a.pipe', { include });
    const message = `The file and what it includes have more than ${TEXT_LENGTH_MAX} characters.`;
    expect(problems.map((problem) => problem.message)).toContain(message);
  });

  test('of the length of the file itself', () => {
    const { problems } = parseInclude(' '.repeat(TEXT_LENGTH_MAX + 1), 'a.incl');
    const message = `The file and what it includes have more than ${TEXT_LENGTH_MAX} characters.`;
    expect(problems).toEqual([
      { file: 'a.incl', line: 1, column: 1, message, hint: 'Split it into several files.' },
    ]);
  });

  test('of files that include the same twice again and again', () => {
    const include = (path: string) => `${`INCLUDE "${path}x"\n`.repeat(30)}NODE n\nSQL > SELECT 1`;
    const start = process.cpuUsage();
    expect(parsePipe('INCLUDE "x"', 'a.pipe', { include }).problems).toHaveLength(PROBLEMS_MAX + 1);
    expect(cpuMsSince(start)).toBeLessThan(HANG_MS);
  });

  test('and the caller is given the path and the variables', () => {
    const calls: unknown[] = [];
    const include = (path: string, variables: ReadonlyMap<string, string>) => {
      calls.push([path, Object.fromEntries(variables)]);
      return 'NODE n\nSQL > SELECT 1';
    };
    parsePipe('INCLUDE "../x.incl" "A=1" "B=a b"', 'pipes/a.pipe', { include });
    expect(calls).toEqual([['x.incl', { A: '1', B: 'a b' }]]);
  });
});

describe('[DF-19] positions lead back to the file', () => {
  const text = [
    'NODE n',
    'SQL >',
    '',
    '      %',
    '    SELECT a',
    '',
    '      FROM t',
    'TYPE  "endpoint"',
  ].join('\n');

  test.each([
    ['%', 4, 7],
    ['SELECT', 5, 5],
    ['FROM', 7, 7],
    ['t', 7, 12],
  ])('%s', (piece, line, column) => {
    const sql = parsePipe(text, 'p/a.pipe').definition.nodes[0]?.sql;
    if (sql === undefined) throw new Error('The node is missing.');
    expect(locate(sql, sql.text.lastIndexOf(piece))).toEqual({ file: 'p/a.pipe', line, column });
  });

  test('of a block that begins on the line of its instruction', () => {
    const sql = parsePipe('NODE n\nSQL > SELECT 1\n    FROM t', 'a.pipe').definition.nodes[0]?.sql;
    if (sql === undefined) throw new Error('The node is missing.');
    expect(sql).toEqual({
      text: 'SELECT 1\nFROM t',
      position: { file: 'a.pipe', line: 2, column: 7 },
      indent: 4,
    });
    expect(locate(sql, 7)).toEqual({ file: 'a.pipe', line: 2, column: 14 });
    expect(locate(sql, 9)).toEqual({ file: 'a.pipe', line: 3, column: 5 });
    expect(locate(sql, 1_000)).toEqual({ file: 'a.pipe', line: 3, column: 11 });
  });

  test('of values and of what an include brings', () => {
    const include = () => 'NODE m\nSQL >\n  SELECT 2\n';
    const { nodes } = parsePipe(`${text}\nINCLUDE "x.incl"`, 'p/a.pipe', { include }).definition;
    expect(nodes.map(({ position, positions }) => [position, positions.SQL, positions.TYPE])).toEqual([
      [
        { file: 'p/a.pipe', line: 1, column: 1 },
        { file: 'p/a.pipe', line: 4, column: 7 },
        { file: 'p/a.pipe', line: 8, column: 8 },
      ],
      [{ file: 'p/x.incl', line: 1, column: 1 }, { file: 'p/x.incl', line: 3, column: 3 }, undefined],
    ]);
  });
});

test.each([
  ['default', ''],
  ['endpoint', 'TYPE endpoint'],
  ['copy', 'TYPE copy\nTARGET_DATASOURCE t'],
])('[DFP-04] a Pipe is what its typed node is: %s', (type, lines) => {
  expect(
    pipeType(parsePipe(`NODE n\nSQL > SELECT 1\n${lines}\nNODE m\nSQL > SELECT 2`, 'a.pipe').definition),
  ).toBe(type);
});
