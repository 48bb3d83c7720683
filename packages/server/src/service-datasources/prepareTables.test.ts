import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareServiceTables } from './prepareTables.js';
import { openTestEngine, type TestEngine } from './testing/tables.js';

let tables: TestEngine;

beforeAll(async () => {
  tables = await openTestEngine();
  await tables.engine.command({ sql: 'CREATE DATABASE w_one' });
  // As an earlier version may have made it: a table and its view, both with fewer columns.
  for (const sql of [
    'CREATE DATABASE goldcrest',
    'CREATE DATABASE tinybird',
    `CREATE TABLE goldcrest.endpoint_errors (workspace_database LowCardinality(String), start_datetime DateTime, pipe_id String)
     ENGINE = MergeTree PARTITION BY toDate(start_datetime) ORDER BY (workspace_database, pipe_id, start_datetime)`,
    'CREATE VIEW tinybird.endpoint_errors AS SELECT pipe_id FROM goldcrest.endpoint_errors WHERE workspace_database = currentDatabase()',
    "INSERT INTO goldcrest.endpoint_errors VALUES ('w_one', now(), 'p')",
    `CREATE TABLE goldcrest.pipe_stats_rt (workspace_database LowCardinality(String), start_datetime DateTime, pipe_id String,
     duration Float32, read_bytes UInt64) ENGINE = MergeTree PARTITION BY toDate(start_datetime)
     ORDER BY (workspace_database, pipe_id, start_datetime)`,
    `CREATE TABLE goldcrest.pipe_stats (workspace_database LowCardinality(String), date Date, pipe_id String, pipe_name String,
     read_bytes_sum SimpleAggregateFunction(sum, UInt64)) ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(date)
     ORDER BY (workspace_database, pipe_id, date, pipe_name)`,
    `CREATE MATERIALIZED VIEW goldcrest.pipe_stats_feed TO goldcrest.pipe_stats AS
     SELECT workspace_database, toDate(start_datetime) AS date, pipe_id, sum(read_bytes) AS read_bytes_sum
     FROM goldcrest.pipe_stats_rt GROUP BY workspace_database, pipe_id, date`,
    "INSERT INTO goldcrest.pipe_stats_rt VALUES ('w_one', now(), 'old', 1, 7)",
  ])
    await tables.engine.command({ sql });
  await Promise.all([1, 2, 3].map(() => prepareServiceTables(tables.engine)));
});
afterAll(() => tables.stop());

test('[SV-01] tables of an earlier version get their new columns, and keep their rows', async () => {
  const rows = await tables.rows(
    'SELECT pipe_id, error, status_code, resource_tags FROM tinybird.endpoint_errors',
    'w_one',
  );
  expect(rows).toEqual([['p', null, null, []]]);
});

test('[SV-01] [SVT-01] a column of an earlier version gets the type of now, and what is made of it is made as now', async () => {
  await tables.engine.command({
    sql: "INSERT INTO goldcrest.pipe_stats_rt (workspace_database, start_datetime, pipe_id, read_bytes) VALUES ('w_one', now(), 'old', NULL)",
  });
  expect(
    await tables.rows(
      "SELECT read_bytes, toTypeName(read_bytes) FROM tinybird.pipe_stats_rt WHERE pipe_id = 'old' ORDER BY read_bytes",
      'w_one',
    ),
  ).toEqual([
    [7, 'Nullable(UInt64)'],
    [null, 'Nullable(UInt64)'],
  ]);
  expect(
    await tables.rows(
      "SELECT view_count, read_bytes_sum, read_rows_sum FROM tinybird.pipe_stats WHERE pipe_id = 'old'",
      'w_one',
    ),
  ).toEqual([[1, 7, 0]]);
});

test('[SV-05] a query that runs in no Workspace sees nothing', async () => {
  expect(await tables.rows('SELECT count() FROM tinybird.endpoint_errors')).toEqual([[0]]);
});

test('[LMT-32] [SVT-01] [SVT-04] calls are kept for seven days, their daily sums for longer', async () => {
  for (const days of [1, 9])
    await tables.engine.command({
      sql: `INSERT INTO goldcrest.pipe_stats_rt (workspace_database, start_datetime, pipe_id)
            VALUES ('w_one', now() - INTERVAL ${days} DAY, 'p')`,
    });
  await tables.engine.command({ sql: 'OPTIMIZE TABLE goldcrest.pipe_stats_rt FINAL' });
  await tables.engine.command({ sql: 'OPTIMIZE TABLE goldcrest.pipe_stats FINAL' });
  expect(
    await tables.rows(
      "SELECT dateDiff('day', start_datetime, now()) FROM tinybird.pipe_stats_rt WHERE pipe_id = 'p'",
      'w_one',
    ),
  ).toEqual([[1]]);
  expect(
    await tables.rows("SELECT sum(view_count) FROM tinybird.pipe_stats WHERE pipe_id = 'p'", 'w_one'),
  ).toEqual([[2]]);
});

test.each([
  ['pipe_stats_rt', 'TTL start_datetime + toIntervalDay(7)'],
  ['pipe_stats', null],
  ['endpoint_errors', 'TTL start_datetime + toIntervalDay(30)'],
  ['datasources_ops_log', 'TTL timestamp + toIntervalDay(31)'],
  ['datasources_ops_stats', null],
  ['block_log', 'TTL timestamp + toIntervalDay(31)'],
])('[LMT-32] how long %s is kept', async (table, kept) => {
  const [[engine] = []] = await tables.rows(
    `SELECT engine_full FROM system.tables WHERE database = 'goldcrest' AND name = '${table}'`,
  );
  expect(/TTL .*?(?= SETTINGS|$)/.exec(String(engine))?.[0] ?? null).toBe(kept);
});
