import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';
import { untilRows } from './testing/logged.js';

/** Calls of each Workspace before the tests begin. */
const CALLS = 30;

let server: TestServer;
/** The admin token of another Workspace on the same server. */
let other = '';
let readToken = '';

/** Makes the same Pipe in a Workspace and calls it. @returns the token that reads the Pipe */
async function callOften(token: string, name: string): Promise<string> {
  const client = server.client(token);
  await client.createPipe({ name, nodes: [{ name: `${name}_node`, sql: 'SELECT 1 AS one' }] });
  const { token: own = '' } = await client.publish(name, `${name}_node`);
  const headers = { authorization: `Bearer ${own}`, 'user-agent': name };
  const urls = Array.from(
    { length: CALLS },
    (_, i) => `GET /v0/pipes/${name}.${i < 3 ? 'none' : 'json'}?i=${i}`,
  );
  await Promise.all(urls.map((url) => server.call(url, { headers })));
  return own;
}

beforeAll(async () => {
  server = await TestServer.start();
  await server.restart({ workspace: 'other' });
  const reply = await server.call('GET /tokens');
  other = (reply.body as { workspace_admin_token: string }).workspace_admin_token;
  readToken = await callOften(server.token, 'mine');
  await callOften(other, 'theirs');
  await untilRows(server, "SELECT 1 FROM tinybird.pipe_stats_rt WHERE pipe_name = 'mine'", CALLS);
  await untilRows(server, "SELECT 1 FROM tinybird.pipe_stats_rt WHERE pipe_name = 'theirs'", CALLS, other);
  await untilRows(server, 'SELECT 1 FROM tinybird.endpoint_errors', 3, other);
});
afterAll(() => server.stop());

function sql(text: string, token = server.token): Promise<Reply> {
  return server.call('POST /v0/sql', { body: text, headers: { authorization: `Bearer ${token}` } });
}

describe('[SV-05] a Workspace sees its own rows only, however it asks', () => {
  const RT = 'tinybird.pipe_stats_rt';

  test('each has its own', async () => {
    const names = `SELECT DISTINCT pipe_name FROM ${RT} WHERE pipe_name != 'query_api'`;
    expect(await server.rows(names)).toEqual([['mine']]);
    expect((await server.client(other).sql(names)).data).toEqual([{ pipe_name: 'theirs' }]);
  });

  /** Each is 0 when no row of the other Workspace is read, and an error when one is looked at. */
  test.each([
    ['a plain question', `SELECT countIf(pipe_name = 'theirs') FROM ${RT}`],
    ['a condition', `SELECT count() FROM ${RT} WHERE pipe_name = 'theirs'`],
    [
      'a condition that is always true',
      `SELECT countIf(pipe_name = 'theirs') FROM ${RT} WHERE 1 OR pipe_name = 'mine'`,
    ],
    ['an alias', `SELECT countIf(t.pipe_name = 'theirs') FROM ${RT} AS t`],
    ['FINAL', `SELECT countIf(pipe_name = 'theirs') FROM ${RT} FINAL`],
    ['SAMPLE', `SELECT countIf(pipe_name = 'theirs') FROM ${RT} SAMPLE 1`],
    ['a subquery', `SELECT countIf(pipe_name = 'theirs') FROM (SELECT * FROM ${RT})`],
    ['a scalar subquery', `SELECT (SELECT countIf(pipe_name = 'theirs') FROM ${RT})`],
    ['WITH', `WITH c AS (SELECT * FROM ${RT}) SELECT countIf(pipe_name = 'theirs') FROM c`],
    [
      'UNION',
      `SELECT countIf(pipe_name = 'theirs') FROM (SELECT pipe_name FROM ${RT} UNION ALL SELECT pipe_name FROM tinybird.pipe_stats)`,
    ],
    ['IN', `SELECT 'theirs' IN (SELECT pipe_name FROM ${RT})`],
    ['GLOBAL IN', `SELECT 'theirs' GLOBAL IN (SELECT pipe_name FROM ${RT})`],
    [
      'a join, left',
      `SELECT countIf(a.pipe_name = 'theirs') FROM ${RT} AS a JOIN numbers(5) AS n ON n.number > 0`,
    ],
    ['a join, right', `SELECT countIf(b.pipe_name = 'theirs') FROM numbers(5) AS n CROSS JOIN ${RT} AS b`],
    [
      'a join of two tables',
      `SELECT countIf(e.pipe_name = 'theirs' OR r.pipe_name = 'theirs') FROM ${RT} r FULL JOIN tinybird.endpoint_errors e USING request_id`,
    ],
    [
      'an EXCEPT',
      `SELECT count() FROM (SELECT DISTINCT pipe_name FROM ${RT} EXCEPT SELECT arrayJoin(['mine', 'query_api']))`,
    ],
    ['view()', `SELECT countIf(pipe_name = 'theirs') FROM view(SELECT * FROM ${RT})`],
    ['a window', `SELECT max(c) FROM (SELECT countIf(pipe_name = 'theirs') OVER () AS c FROM ${RT})`],
    ['errors', "SELECT countIf(pipe_name != 'mine') FROM tinybird.endpoint_errors"],
    ['days', "SELECT countIf(pipe_name = 'theirs') FROM tinybird.pipe_stats"],
    ['days without FINAL', "SELECT sumIf(view_count, pipe_name = 'theirs') FROM tinybird.pipe_stats"],
    [
      'a column named like the one that is hidden',
      `SELECT countIf(pipe_name = 'theirs') FROM (SELECT 'x' AS workspace_database, * FROM ${RT} WHERE workspace_database = 'x')`,
    ],
    [
      'an error in a condition',
      `SELECT count() - count() FROM ${RT} WHERE throwIf(pipe_name = 'theirs') = 0`,
    ],
    [
      'an error in a condition on the start',
      `SELECT count() - count() FROM ${RT} WHERE throwIf(user_agent = 'theirs') = 0 AND start_datetime > 0`,
    ],
    [
      'a division in a condition',
      `SELECT count() - count() FROM ${RT} WHERE intDiv(1, pipe_name != 'theirs') = 1`,
    ],
    [
      'an error in a condition of a join',
      `SELECT count() - count() FROM ${RT} a JOIN numbers(2) n ON n.number = a.error AND throwIf(a.pipe_name = 'theirs') = 0`,
    ],
    [
      'an error in the grouping',
      `SELECT max(e) FROM (SELECT throwIf(pipe_name = 'theirs') AS e FROM ${RT} GROUP BY e)`,
    ],
    ['an error in the order', `SELECT throwIf(pipe_name = 'theirs') AS e FROM ${RT} ORDER BY e DESC LIMIT 1`],
    [
      'an error over days',
      "SELECT count() - count() FROM tinybird.pipe_stats WHERE throwIf(pipe_name = 'theirs') = 0",
    ],
    [
      'an error over errors',
      "SELECT count() - count() FROM tinybird.endpoint_errors WHERE throwIf(pipe_name = 'theirs') = 0",
    ],
  ])('%s', async (_title, text) => {
    const reply = await sql(`${text} FORMAT CSV`);
    expect([reply.status, reply.body]).toEqual([200, 0]);
  });

  test('counts that an engine answers without reading', async () => {
    const [[all, first] = []] = await server.rows(
      `SELECT count() = countIf(pipe_name IN ('mine', 'query_api')), min(start_datetime) >= minIf(start_datetime, pipe_name != '') FROM ${RT}`,
    );
    expect([all, first]).toEqual([1, 1]);
  });

  test('through a Pipe, and a Pipe that reads it', async () => {
    for (const token of [server.token, other]) {
      const nodes = [
        {
          name: 'calls_node',
          sql: `SELECT DISTINCT pipe_name AS name FROM ${RT} WHERE pipe_name != 'query_api'`,
        },
      ];
      await server.client(token).createPipe({ name: 'calls', nodes });
      const above = [{ name: 'above_node', sql: 'SELECT * FROM calls' }];
      await server.client(token).createPipe({ name: 'above_calls', nodes: above });
      await server.client(token).publish('above_calls', 'above_node');
      const headers = { authorization: `Bearer ${token}` };
      const { body } = await server.call('GET /v0/pipes/above_calls.ndjson', { headers });
      expect(body).toEqual({ name: token === other ? 'theirs' : 'mine' });
    }
  });

  test.each([
    'goldcrest.pipe_stats_rt',
    'goldcrest.pipe_stats_feed',
    'GOLDCREST.pipe_stats_rt',
    '`goldcrest`.`pipe_stats_rt`',
    '"goldcrest.pipe_stats_rt"',
    "merge('goldcrest', '.*')",
    "merge('tinybird', '.*')",
    "viewIfPermitted(SELECT * FROM goldcrest.pipe_stats_rt ELSE null('x Int8'))",
  ])('the rows of all, %s, can not be named', async (table) => {
    const reply = await sql(`SELECT count() FROM ${table}`);
    expect([400, 403]).toContain(reply.status);
    expect((await sql(`SELECT workspace_database FROM ${RT}`)).status).toBe(400);
  });
});

describe('who may read', () => {
  const needsAdmin =
    'Only a token with the scope ADMIN may query `tinybird.pipe_stats_rt` itself. Make a Pipe that reads it, and give the token the right to read the Pipe.';

  test('[AU-17] a token that reads a Pipe reads what the Pipe reads, and not the table itself', async () => {
    const nodes = [
      { name: 'count_node', sql: "SELECT count() AS c FROM tinybird.pipe_stats_rt WHERE pipe_name = 'mine'" },
    ];
    await server.client().createPipe({ name: 'count_calls', nodes });
    const { token = '' } = await server.client().publish('count_calls', 'count_node');
    expect((await sql('SELECT c FROM count_calls FORMAT CSV', token)).body).toBe(CALLS);
    const headers = { authorization: `Bearer ${token}` };
    expect((await server.call('GET /v0/pipes/count_calls.ndjson', { headers })).body).toEqual({ c: CALLS });
    for (const text of [
      'SELECT * FROM tinybird.pipe_stats_rt',
      'SELECT * FROM count_calls, tinybird.pipe_stats_rt',
      'SELECT c IN (SELECT 1 FROM tinybird.pipe_stats_rt) FROM count_calls',
    ]) {
      const reply = await sql(text, token);
      expect([text, reply.status, reply.body]).toEqual([text, 403, { error: needsAdmin }]);
    }
    expect((await sql('SELECT * FROM tinybird.endpoint_errors', readToken)).status).toBe(403);
  });

  test.each([
    ['tinybird.pipe_stats_rtt', 'Did you mean `tinybird.pipe_stats_rt`?'],
    ['tinybird.Pipe_Stats', 'Did you mean `tinybird.pipe_stats`?'],
    ['organization.pipe_stats', 'Did you mean `tinybird.pipe_stats`?'],
    ['tinybird.datasource_ops_log', 'Did you mean `tinybird.datasources_ops_log`?'],
    [
      'tinybird.jobs_log',
      'It has tinybird.block_log, tinybird.datasources_ops_log, tinybird.datasources_ops_stats, tinybird.endpoint_errors, tinybird.pipe_stats, tinybird.pipe_stats_rt.',
    ],
  ])('[SV-01] %s does not exist, and is answered with what does', async (name, hint) => {
    const reply = await sql(`SELECT * FROM ${name}`);
    const error = `There is no Service Data Source \`${name}\` on this server. ${hint} (UNKNOWN_TABLE)`;
    expect([reply.status, reply.body]).toEqual([400, { error }]);
    expect(reply.headers.get('x-db-exception-code')).toBe('60');
  });

  test('[SV-01] a Pipe may have the name of a Service Data Source that it reads', async () => {
    const nodes = [
      { name: 'stats_node', sql: "SELECT count() AS c FROM tinybird.pipe_stats WHERE pipe_name = 'mine'" },
    ];
    await server.client().createPipe({ name: 'pipe_stats', nodes });
    expect(await server.rows('SELECT c FROM pipe_stats')).toEqual([[1]]);
    expect(
      await server.rows("SELECT sum(view_count) FROM tinybird.pipe_stats WHERE pipe_name = 'mine'"),
    ).toEqual([[CALLS]]);
  });

  test('[SV-01] they are no Data Sources of the Workspace', async () => {
    expect(await server.client().dataSources()).toEqual([]);
    expect((await server.call('GET /v0/datasources/pipe_stats_rt')).status).toBe(404);
    expect((await server.call('GET /v0/datasources/tinybird.pipe_stats_rt')).status).toBe(404);
  });
});

test.each([
  [
    '[SVT-01] pipe_stats_rt',
    `start_datetime DateTime, pipe_id String, pipe_name String, duration Float32, read_bytes Nullable(UInt64), read_rows Nullable(UInt64),
    result_rows UInt64, url String, error UInt8, request_id String, token String, token_name String, status_code Int32,
    method String, parameters Map(String;String), release String, user_agent Nullable(String), resource_tags Array(String),
    cpu_time Float32`,
  ],
  [
    '[SVT-04] pipe_stats',
    `date Date, pipe_id String, pipe_name String, view_count UInt64, error_count UInt64,
    avg_duration_state AggregateFunction(avg;Float32),
    quantile_timing_state AggregateFunction(quantilesTiming(0.9;0.95;0.99);Float64), read_bytes_sum UInt64,
    read_rows_sum UInt64, resource_tags Array(String)`,
  ],
  [
    '[SVT-23] endpoint_errors',
    `start_datetime DateTime, request_id String, pipe_id String, pipe_name String, params Nullable(String),
    url Nullable(String), status_code Nullable(Int32), error Nullable(String), resource_tags Array(String)`,
  ],
  [
    '[SVT-10] datasources_ops_log',
    `timestamp DateTime, event_type String, operation_id String, datasource_id String, datasource_name String, result String,
    elapsed_time Float32, error Nullable(String), import_id Nullable(String), job_id Nullable(String), request_id String,
    rows Nullable(UInt64), rows_quarantine Nullable(UInt64), blocks_ids Array(String), Options.Names Array(String),
    Options.Values Array(String), read_bytes UInt64, read_rows UInt64, written_rows UInt64, written_bytes UInt64,
    written_rows_quarantine UInt64, written_bytes_quarantine UInt64, pipe_id String, pipe_name String, release String,
    resource_tags Array(String), cpu_time Float32`,
  ],
  [
    '[SVT-22] datasources_ops_stats',
    `event_date Date, workspace_id String, event_type String, pipe_id String, pipe_name String, error_count UInt64,
    executions UInt64, avg_elapsed_time_state AggregateFunction(avg;Float32),
    quantiles_state AggregateFunction(quantilesTiming(0.9;0.95;0.99);Float64), read_bytes UInt64, read_rows UInt64,
    written_rows UInt64, written_bytes UInt64, written_rows_quarantine UInt64, written_bytes_quarantine UInt64,
    resource_tags Array(String)`,
  ],
  [
    '[SVT-08] block_log',
    `timestamp DateTime, import_id String, job_id Nullable(String), request_id String, source String, block_id String,
    status String, datasource_id String, datasource_name String, start_offset Nullable(Int64), end_offset Nullable(Int64),
    rows Nullable(Int32), parser Nullable(String), quarantine_lines Nullable(UInt32), empty_lines Nullable(UInt32),
    bytes Nullable(UInt32), processing_time Nullable(Float32), processing_error Nullable(String)`,
  ],
])('[SV-08] %s has the documented columns, in their order', async (title, columns) => {
  const { meta } = await server.client().sql(`SELECT * FROM tinybird.${title.split(' ').at(-1)} LIMIT 0`);
  const documented = columns.split(',').map((column) => column.trim().replaceAll(';', ', '));
  expect(meta.map(({ name, type }) => `${name} ${type}`)).toEqual(documented);
});
