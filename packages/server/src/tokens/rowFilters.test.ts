import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEmbeddedEngine } from '@goldcrest/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DataSource } from '../datasources/store.js';
import { createTableSql } from '../datasources/tables.js';
import { ApiError } from '../errors/index.js';
import { aDataSource } from '../metadata/testing/records.js';
import { Rights } from './rights.js';
import { fitsQuarantine, RowFilterChecker } from './rowFilters.js';

const DATABASE = 'w_0';
const directory = mkdtempSync(join(tmpdir(), 'goldcrest-filters-'));
const staff = dataSource({
  team: 'String',
  size: 'Int32',
  ok: 'Bool',
  note: 'Nullable(String)',
  kind: 'LowCardinality(String)',
  tags: 'Array(String)',
  day: 'Date',
  'a.b': 'String',
  select: 'Int8',
});

let engine: Engine;
let checker: RowFilterChecker;

beforeAll(async () => {
  engine = await openEmbeddedEngine({ path: directory });
  checker = new RowFilterChecker(engine);
  await engine.command({ sql: `CREATE DATABASE ${DATABASE}` });
  await engine.command({ sql: createTableSql(DATABASE, staff) });
});
afterAll(async () => {
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A Data Source with these columns: types by name. */
function dataSource(columns: Readonly<Record<string, string>>, engineName = 'MergeTree'): DataSource {
  const rest = { jsonPath: null, defaultExpression: null, codec: null };
  const options = { sortingKey: 'tuple()', partitionKey: '', primaryKey: '', ttl: '', settings: {} };
  return aDataSource('', {
    name: 'staff',
    columns: Object.entries(columns).map(([name, type]) => ({
      ...rest,
      name,
      type,
      nullable: type.startsWith('Nullable'),
    })),
    engine: { engine: engineName, ...options },
  });
}

/** What the check gives: the condition, or the error's code and text. */
async function check(filter: string, datasource = staff): Promise<unknown> {
  try {
    return await checker.check(DATABASE, datasource, filter);
  } catch (error) {
    return error instanceof ApiError ? [error.code, error.message] : error;
  }
}

describe('[AU-06] [AU-14] a filter is a condition over the columns of its Data Source', () => {
  test.each([
    'size = 692851',
    'size==1',
    "team = 'red' and size in (1, 2, 3) OR not ok",
    "day > '2018-01-01' AND kind == 'foo'",
    "team LIKE '%:%' AND note IS NOT NULL",
    'ok',
    "note = 'x'",
    "lower(kind) = 'a'",
    "has(tags, 'x')",
    'arrayExists(x -> x = team, tags)',
    '`a.b` = team',
    '`select` = 1',
    "CASE WHEN size > 1 THEN team = 'red' ELSE 0 END",
    "day >= today() - INTERVAL 7 DAY AND team BETWEEN 'a' AND 'b'",
    "(size, team) IN ((1, 'a'), (2, 'b\"c'))",
    '1',
    'NULL',
  ])('%s', async (filter) => {
    expect(await check(` ${filter}\n`)).toBe(filter);
  });

  test.each([
    ['', 'The expression is empty. (at position 0)'],
    ['size = ', /Syntax error/],
    ['size = 1)', "The bracket ')' has no partner. (at position 8)"],
    ['size = 1) OR (1', "The bracket ')' has no partner. (at position 8)"],
    ['size = 1 -- all', 'An expression may not hold comments. (at position 9)'],
    ['size = 1; SELECT 1', "An expression may not hold ';'. (at position 8)"],
    ['size = (SELECT 1)', /may not hold the word SELECT/],
    ['size = 1 SETTINGS max_threads = 1', /may not hold the word SETTINGS/],
    ['nowhere = 1', "There is no column 'nowhere'."],
    ['staff.size = 1', "There is no column 'staff.size'."],
    ['_part = 1', "There is no column '_part'."],
    ['size IN staff', 'The function in could read a table here, which is not possible here.'],
    ["joinGet('t', 'c', size) = 1", /^The function joinGet could read a table here/],
    ["dictGet('d', 'c', size) = 1", /^The function dictGet is not allowed/],
    ['count() > 1', 'The function count aggregates rows, which is not possible here.'],
    ['sleep(1)', /^The function sleep is not allowed/],
    ["file('/etc/passwd') = ''", /^The function file is not allowed/],
    ['size = 1 AS a', "The alias 'a' is not allowed here; remove it."],
    ['size = {x:Int8}', /UNKNOWN_QUERY_PARAMETER/],
    ['size = @@version', "The alias '@@version' is not allowed here; remove it."],
    ['`size\n    Literal 1` = 1', /UNKNOWN_IDENTIFIER|cannot be checked/],
    ['*', /Asterisk is not allowed/],
    ['size = 1, 1', /^it is of the type Tuple/],
    ['size', 'it is of the type Int32 and not true or false. Compare it with something.'],
    ['team', 'it is of the type String and not true or false. Compare it with something.'],
    ['tags', 'it is of the type Array(String) and not true or false. Compare it with something.'],
    ["size = 'x'", /TYPE_MISMATCH|CANNOT_PARSE_TEXT/],
    [`team = '${'x'.repeat(16 * 1024)}'`, 'it has more than 16384 characters.'],
  ])('not %s', async (filter, reason) => {
    const start = 'The filter for rows of the Data Source `staff` can not be used: ';
    const shown = typeof reason === 'string' ? start + reason : expect.stringMatching(reason);
    const found = await check(filter);
    const [code, message] = Array.isArray(found) ? found : [found, ''];
    expect([code, typeof reason === 'string' ? message : String(message).slice(start.length)]).toEqual([
      'invalid_filter',
      shown,
    ]);
    expect(message).not.toContain('w_0');
  });

  test('and not one of a Join, which is read whole', async () => {
    expect(await check('size = 1', dataSource({ size: 'Int32' }, 'Join'))).toEqual([
      'invalid_filter',
      'The filter for rows of the Data Source `staff` can not be used: a Data Source with the engine Join is always read whole.',
    ]);
  });

  test('and is looked at again when the columns are others', async () => {
    expect(await check("team = 'red'")).toBe("team = 'red'");
    expect(await check("team = 'red'", dataSource({ size: 'Int32' }))).toEqual([
      'invalid_filter',
      "The filter for rows of the Data Source `staff` can not be used: There is no column 'team'.",
    ]);
  });
});

test.each([
  ["team = 'red'", true],
  ["note = 'x' OR kind = 'y' OR `a.b` = 'z'", true],
  ['1', true],
  ['size = 1', false],
  ["size < '5'", false],
  ["`size` < '5'", false],
  ["team = 'red' OR day > '2018-01-01'", false],
  ["has(tags, 'x')", false],
])('[AU-05] whether %s means the same in the quarantine: %s', (condition, fits) => {
  expect(fitsQuarantine(condition, staff)).toBe(fits);
});

describe('[AU-13] the filters of a token', () => {
  const resource = 't_1';
  const type = 'DATASOURCES:READ';

  test.each([
    ['one', [{ type, resource, filter: 'a' }], [['t_1', ['a']]]],
    [
      'several',
      [
        { type, resource, filter: 'a' },
        { type, resource, filter: 'b' },
      ],
      [['t_1', ['a', 'b']]],
    ],
    [
      'none beside a scope for all rows',
      [
        { type, resource, filter: 'a' },
        { type, resource },
      ],
      [],
    ],
    ['none of an admin', [{ type, resource, filter: 'a' }, { type: 'ADMIN' }], []],
    ['none for other rights', [{ type: 'DATASOURCES:APPEND', resource, filter: 'a' }], []],
  ])('%s', (_title, scopes, filters) => {
    expect([...new Rights('a token', scopes).filters]).toEqual(filters);
  });

  test('let its Data Source be queried, and give no right to the whole of it', () => {
    const events = { id: resource, name: 'events' };
    const rights = new Rights('a token', [{ type, resource, filter: 'a' }]);
    const other = rights.readsRowsOf({ id: 't_2', name: 'other' });
    expect([rights.readsRowsOf(events), rights.has(type, events), other]).toEqual([true, false, false]);
  });
});
