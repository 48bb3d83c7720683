import { Session } from 'chdb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leaksOf } from './leaks.js';
import { World } from './world.js';

/** Whatever the engine has a name for, asked of the engine itself: what a new version brings is attacked from its first day. */
const names = namesOfEngine();
/** Requests that are under way at the same time. */
const AT_ONCE = 8;

let world: World;
let before: unknown;

beforeAll(async () => {
  world = await World.make();
  before = await world.state();
});
afterAll(() => world.end());

function namesOfEngine(): Record<
  'functions' | 'tableFunctions' | 'settings' | 'formats' | 'tables' | 'types',
  string[]
> {
  const session = new Session();
  const list = (sql: string): string[] => session.query(sql, 'TabSeparatedRaw').trim().split('\n');
  const found = {
    functions: list('SELECT name FROM system.functions ORDER BY name'),
    tableFunctions: list('SELECT name FROM system.table_functions ORDER BY name'),
    settings: list('SELECT name FROM system.settings ORDER BY name'),
    formats: list('SELECT name FROM system.formats ORDER BY name'),
    tables: list("SELECT concat(database, '.', name) FROM system.tables ORDER BY ALL"),
    types: list('SELECT name FROM system.data_type_families ORDER BY name'),
  };
  session.close();
  return found;
}

/** Sends queries, none of which may say what nobody is to know. @returns those that were answered with rows */
async function answered(queries: readonly string[]): Promise<string[]> {
  const passed: string[] = [];
  const ask = async (query: string): Promise<void> => {
    const sent = world.fill(query);
    const reply = await world.server.call('POST /v0/sql', { body: sent });
    expect([query, leaksOf(world, reply, sent)]).toEqual([query, []]);
    if (reply.status === 200) passed.push(query);
  };
  for (let at = 0; at < queries.length; at += AT_ONCE) {
    await Promise.all(queries.slice(at, at + AT_ONCE).map(ask));
  }
  return passed.sort();
}

test('[PS-07] no function tells what it should not, whatever it is given', async () => {
  const given = [
    '',
    "'{file}'",
    "'{other}', 'foreign_orders', 'name'",
    "'{other}.foreign_orders', 'name', 'x'",
  ];
  const queries = names.functions.flatMap((name) => given.map((list) => `SELECT \`${name}\`(${list})`));
  expect((await answered(queries)).length).toBeGreaterThan(300);
}, 120_000);

test('[PS-08] no table function reads anything, wherever it stands', async () => {
  const given = [
    "'{file}'",
    "'http://127.0.0.1:{port}/x'",
    "'127.0.0.1:{port}', '{other}', 'foreign_orders'",
    '{other}, foreign_orders',
  ];
  const calls = names.tableFunctions.flatMap((name) => given.map((list) => `${name}(${list})`));
  const queries = calls.flatMap((call) => [
    `SELECT * FROM ${call}`,
    `SELECT 1 IN (SELECT * FROM ${call})`,
    `WITH t AS (SELECT * FROM ${call}) SELECT * FROM t`,
    `SELECT count() FROM visits JOIN ${call} AS x ON 1`,
  ]);
  const passed = await answered(queries);
  expect([...new Set(passed.map((query) => /(\w+)\('/.exec(query)?.[1]))]).toEqual([
    'SQLStandardValues',
    'values',
  ]);
}, 120_000);

test('[EN-21] no setting can be set but those that are harmless', async () => {
  const queries = names.settings.map((name) => `SELECT 1 SETTINGS ${name} = 1`);
  expect(await answered(queries)).toEqual([
    'SELECT 1 SETTINGS aggregate_functions_null_for_empty = 1',
    'SELECT 1 SETTINGS allow_suspicious_types_in_group_by = 1',
    'SELECT 1 SETTINGS allow_suspicious_types_in_order_by = 1',
    'SELECT 1 SETTINGS group_by_use_nulls = 1',
    'SELECT 1 SETTINGS join_use_nulls = 1',
    'SELECT 1 SETTINGS joined_subquery_requires_alias = 1',
  ]);
}, 120_000);

test('[QY-11] no format can be asked for but the documented ones', async () => {
  const queries = names.formats.map((name) => `SELECT 'x' AS name, 1 AS value FORMAT ${name}`);
  expect((await answered(queries)).map((query) => query.split(' ').at(-1))).toEqual([
    ...[
      'CSV',
      'CSVWithNames',
      'JSON',
      'JSONCompact',
      'JSONEachRow',
      'Parquet',
      'PrettyCompact',
      'Prometheus',
    ],
    ...['TSV', 'TSVWithNames', 'TabSeparated', 'TabSeparatedWithNames'],
  ]);
}, 120_000);

test("[QY-14] no table of the engine's own can be read but two of numbers", async () => {
  const queries = names.tables.map((name) => `SELECT * FROM ${name} LIMIT 1`);
  expect(await answered(queries)).toEqual([
    'SELECT * FROM system.numbers LIMIT 1',
    'SELECT * FROM system.one LIMIT 1',
  ]);
}, 120_000);

test('[PS-07] no type tells what it should not', async () => {
  const types = names.types.flatMap((name) => [name, `${name}('{file}')`, `${name}(foreign_orders)`]);
  await answered(types.map((type) => `SELECT CAST('{file}' AS ${type})`));
}, 120_000);

test('nothing was written, and nobody was called', async () => {
  expect(await world.state()).toEqual(before);
});
