import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { databaseErrors, faultOf } from './index.js';

const page = readFileSync(new URL('../../../../docs/database-errors.md', import.meta.url), 'utf8');

/** What a current engine calls errors that have had another name. */
const RENAMED: Readonly<Record<number, string>> = {
  190: 'SIZES_OF_ARRAYS_DONT_MATCH',
  253: 'REPLICA_ALREADY_EXISTS',
  294: 'CANNOT_WRITE_TO_FILE',
};

let server: TestServer;
/** The names of the engine that runs here, by number. */
let engineNames: Map<number, string>;

beforeAll(async () => {
  server = await TestServer.start();
  const rows = await server.rows(
    'SELECT number, errorCodeToName(toUInt32(number)) AS name FROM numbers(1, 1002) WHERE notEmpty(name)',
  );
  engineNames = new Map(rows.map(([number, name]) => [Number(number), String(name)]));
});
afterAll(() => server.stop());

test('[ERD-02] the list has 674 errors, and each number once', () => {
  const numbers = Object.values(databaseErrors);
  expect([numbers.length, new Set(numbers).size]).toEqual([674, 674]);
});

test('[ERD-02] [ERD-03] the engine has the same name for each number that it still uses', () => {
  const listed = Object.entries(databaseErrors).filter(([, number]) => engineNames.has(number));
  expect(listed.length).toBeGreaterThan(590);
  const differing = listed.filter(([name, number]) => engineNames.get(number) !== name);
  expect(differing.map(([, number]) => [number, engineNames.get(number)])).toEqual(
    Object.entries(RENAMED).map(([number, name]) => [Number(number), name]),
  );
});

test('[ERD-02] [ERD-05] docs/database-errors.md has every error with what is special about it', () => {
  const notes = { caller: '', server: 'status 500', time: 'status 408' };
  const expected = Object.entries(databaseErrors).map(([name, number]) => {
    const special = name === 'ACCESS_DENIED' ? 'status 403' : notes[faultOf(number)];
    return [number, name, special || (engineNames.has(number) ? '' : 'older')];
  });
  const rows = [...page.matchAll(/^\| (\d+) \| (\w+) \| (.*?) ?\|$/gm)];
  expect(rows.map(([, number, name, note]) => [Number(number), name, note])).toEqual(expected);
});
