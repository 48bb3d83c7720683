import { type Reply, TestServer } from '@goldcrest/server/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** A value of the rows that the token may not read, and a text as long as the engine needs to look at another column first. */
const HIDDEN = 'CANARY-HIDDEN';
const LONG = 'x'.repeat(200);

/** Data Sources that the engine keeps and reads in different ways, all with the same rows. */
const TABLES: Readonly<Record<string, Record<string, string>>> = {
  plain: {},
  by_key: { engine_sorting_key: 'k' },
  by_code: { engine_sorting_key: 'code' },
  by_team: { engine_sorting_key: 'team' },
  parted: { engine_partition_key: 'code' },
  merged: { engine: 'ReplacingMergeTree', engine_sorting_key: 'k, code' },
};

/** Conditions that fail on a hidden row, quoting it or by failing at all, and are met by the row of Ann. */
const TELLING = [
  '1',
  'toUInt8(t.code) > 0',
  'throwIf(t.k = 7) = 0',
  `throwIf(t.code LIKE 'CANARY-H%') = 0`,
  'intDiv(1, t.k - 7) < 5',
  `toDate(concat('2020-01-0', t.code)) = '2020-01-01'`,
  't.k = 1 AND toUInt8(t.code) > 0',
  `t.code = '1' AND throwIf(t.k = 7) = 0`,
  'length(t.team) > 0 AND throwIf(t.k = 7) = 0',
  `t.team LIKE 'ours%' AND toUInt8(t.code) > 0`,
  'NOT if(t.k = 7, throwIf(1), 0)',
  'NOT arrayExists(x -> throwIf(x = 7), [t.k])',
  'materialize(1) AND throwIf(t.k = 7) = 0',
];

/** Ways to put a condition on a table, each of which counts one row. */
const FORMS: Readonly<Record<string, (table: string, condition: string) => string>> = {
  where: (table, on) => `SELECT count() FROM ${table} AS t WHERE ${on}`,
  'named by a text': (table, on) => `SELECT count() FROM '${table}' AS t WHERE ${on}`,
  'named by a text of a template': (table, on) =>
    `% SELECT count() FROM {{String(p, '${table}')}} AS t WHERE ${on}`,
  having: (table, on) =>
    `SELECT count() FROM (SELECT k, code, team FROM ${table} AS t GROUP BY k, code, team HAVING ${on})`,
  qualify: (table, on) =>
    `SELECT count() FROM (SELECT t.k FROM ${table} AS t QUALIFY row_number() OVER () > 0 AND (${on}))`,
  subquery: (table, on) => `SELECT count() FROM (SELECT * FROM ${table}) AS t WHERE ${on}`,
  'subquery with a condition': (table, on) =>
    `SELECT count() FROM (SELECT * FROM ${table} WHERE k > 0) AS t WHERE ${on}`,
  with: (table, on) => `WITH w AS (SELECT * FROM ${table}) SELECT count() FROM w AS t WHERE ${on}`,
  'join, left': (table, on) =>
    `SELECT count() FROM ${table} AS t JOIN numbers(3) AS n ON toUInt64(t.k) = n.number WHERE ${on}`,
  'join, right': (table, on) =>
    `SELECT count() FROM numbers(3) AS n JOIN ${table} AS t ON toUInt64(t.k) = n.number WHERE ${on}`,
  'join on it': (table, on) =>
    `SELECT count() FROM ${table} AS t JOIN numbers(3) AS n ON toUInt64(t.k) = n.number AND (${on})`,
  'join on its value': (table, on) =>
    `SELECT count() FROM ${table} AS t JOIN (SELECT 1 AS one) AS n ON toUInt8(${on}) = n.one`,
  'outer join': (table, on) =>
    `SELECT count() FROM numbers(3) AS n LEFT JOIN ${table} AS t ON toUInt64(t.k) = n.number WHERE n.number = 1 AND (${on})`,
  'semi join': (table, on) =>
    `SELECT count() FROM ${table} AS t LEFT SEMI JOIN numbers(3) AS n ON toUInt64(t.k) = n.number WHERE ${on}`,
  'join with itself': (table, on) =>
    `SELECT count() FROM ${table} AS t JOIN ${table} AS s ON t.k = s.k WHERE ${on}`,
  'cross join': (table, on) => `SELECT count() FROM ${table} AS t, ${table} AS s WHERE ${on}`,
  in: (table, on) => `SELECT toUInt8(1 IN (SELECT t.k FROM ${table} AS t WHERE ${on}))`,
  'scalar subquery': (table, on) => `SELECT (SELECT count() FROM ${table} AS t WHERE ${on})`,
  exists: (table, on) => `SELECT toUInt8(1) WHERE EXISTS (SELECT 1 FROM ${table} AS t WHERE ${on})`,
  union: (table, on) =>
    `SELECT count() FROM (SELECT * FROM ${table} UNION ALL SELECT * FROM ${table} WHERE 0) AS t WHERE ${on}`,
  'second of a union': (table, on) =>
    `SELECT max(c) FROM (SELECT 0 AS c UNION ALL SELECT count() AS c FROM ${table} AS t WHERE ${on})`,
  'array join': (table, on) => `SELECT count() FROM ${table} AS t ARRAY JOIN [1] AS z WHERE ${on}`,
  grouping: (table, on) => `SELECT count() FROM ${table} AS t GROUP BY toString(${on})`,
  order: (table, on) => `SELECT count() FROM (SELECT t.k FROM ${table} AS t ORDER BY (${on}) LIMIT 5)`,
  distinct: (table, on) => `SELECT count() FROM (SELECT DISTINCT (${on}) FROM ${table} AS t)`,
  'limit by': (table, on) => `SELECT count() FROM (SELECT t.k FROM ${table} AS t LIMIT 1 BY (${on}))`,
  window: (table, on) =>
    `SELECT max(c) FROM (SELECT count() OVER (PARTITION BY (${on})) AS c FROM ${table} AS t)`,
  aggregate: (table, on) => `SELECT countIf(${on}) FROM ${table} AS t`,
  value: (table, on) => `SELECT toUInt8(${on}) FROM ${table} AS t`,
  'a lambda of it': (table, on) =>
    `SELECT sum(arraySum(arrayMap(x -> toUInt8(${on}), [1]))) FROM ${table} AS t`,
};

let server: TestServer;
let token = '';

beforeAll(async () => {
  server = await TestServer.start();
  const schema = 'team String `json:$.team`, code String `json:$.code`, k Int32 `json:$.k`';
  const hidden = { team: `theirs ${LONG}`, code: HIDDEN, k: 7 };
  const rows = [{ team: `ours ${LONG}`, code: '1', k: 1 }, ...Array.from({ length: 1500 }, () => hidden)];
  for (const [name, options] of Object.entries(TABLES)) {
    await server.form('POST /v0/datasources', { name, schema, engine: 'MergeTree', ...options });
    await server.client().events(name, rows, { wait: true });
  }
  const scopes = Object.keys(TABLES).map((name) => `DATASOURCES:READ:${name}:team LIKE 'ours%'`);
  ({ token } = await server.makeTokens({ token: scopes }));
});
afterAll(() => server.stop());

function ask(sql: string): Promise<Reply> {
  return server.call('POST /v0/sql', { body: sql, headers: { authorization: `Bearer ${token}` } });
}

describe.each(Object.keys(TABLES))('[QY-17] [AU-06] the row of Ann in %s', (table) => {
  test.each(Object.entries(FORMS))('is all that a condition meets: %s', async (_form, write) => {
    const check = async (condition: string): Promise<void> => {
      const sql = `${write(table, condition)} FORMAT CSV`;
      const { status, body } = await ask(sql);
      expect([sql, status, body]).toEqual([sql, 200, 1]);
    };
    await Promise.all(TELLING.map(check));
  });

  test('is all that can be read with FINAL', async () => {
    if (table !== 'merged') return;
    for (const condition of TELLING) {
      const { status, body } = await ask(
        `SELECT count() FROM merged AS t FINAL WHERE ${condition} FORMAT CSV`,
      );
      expect([condition, status, body]).toEqual([condition, 200, 1]);
    }
  });

  test('is as much to read whatever is asked for, so that the amount tells of no other', async () => {
    const readRows = async (condition: string): Promise<unknown> => {
      const { body } = await ask(`SELECT count() AS c FROM ${table} AS t WHERE ${condition}`);
      return body;
    };
    const answers = ["t.code = '1'", `t.code = '${HIDDEN}'`, 't.k = 7', 't.k = 9999', 't.k BETWEEN 2 AND 8'];
    const found = await Promise.all(answers.map(readRows));
    const amounts = found.map((body) => JSON.stringify(body).match(/"rows_read":\d+/)?.[0]);
    expect(new Set(amounts).size).toBe(1);
  });
});

describe('[QY-17] what the engine answers without reading rows', () => {
  test.each([
    ['SELECT count() FROM plain', 1],
    ['SELECT min(k) + max(k) FROM by_key', 2],
    ['SELECT max(k) FROM parted', 1],
    ['SELECT uniqExact(code) FROM parted', 1],
    [`SELECT countIf(code = '${HIDDEN}') FROM parted`, 0],
    ['SELECT any(k) FROM by_team', 1],
    ['SELECT k FROM by_key ORDER BY k DESC LIMIT 1', 1],
    ['SELECT argMax(k, code) FROM by_code', 1],
    ['SELECT topK(1)(k)[1] FROM plain', 1],
    ['SELECT count() FROM (SELECT * FROM plain LIMIT 5)', 1],
    ['SELECT sum(k) FROM (SELECT k FROM plain ORDER BY k WITH FILL FROM 0 TO 1)', 1],
  ])('%s', async (sql, answer) => {
    const { status, body } = await ask(`${sql} FORMAT CSV`);
    expect([status, body]).toEqual([200, answer]);
  });
});

describe('[QY-17] names of the caller that could change what the filter means', () => {
  test.each([
    `WITH 'ours' AS team SELECT max(k) FROM plain`,
    `SELECT max(k) FROM (SELECT 'ours' AS team, k FROM plain)`,
    `SELECT max(p.k) FROM (SELECT 'ours' AS team) AS o, plain AS p`,
    `SELECT max(k) FROM plain AS team`,
    `WITH x AS (SELECT 'ours' AS team) SELECT max(p.k) FROM plain AS p, x`,
    `SELECT max(p.k) FROM plain AS p ARRAY JOIN ['ours'] AS team`,
  ])('%s', async (sql) => {
    const { status, body } = await ask(`${sql} FORMAT CSV`);
    expect([status, body]).toEqual([200, 1]);
  });

  test.each([
    `WITH (a, b) -> 1 AS like SELECT max(k) FROM plain`,
    `WITH (a, b) -> 1 AS \`like\` SELECT max(k) FROM plain`,
    `WITH plain AS (SELECT * FROM plain) SELECT max(k) FROM plain`,
    `WITH \`plain\` AS (SELECT * FROM plain) SELECT max(k) FROM plain`,
    `WITH plain (a, b, c) AS (SELECT * FROM plain) SELECT max(c) FROM plain`,
    `WITH \`merged final\` AS (SELECT * FROM merged) SELECT max(k) FROM merged FINAL`,
    'SELECT max(k) FROM plain PREWHERE throwIf(k = 7) = 0',
    'SELECT max(k) FROM parted SAMPLE 1',
    'SELECT max(_part) FROM parted',
    'SELECT max(_partition_value.1) FROM parted',
    'SELECT max(k) FROM view(SELECT * FROM plain WHERE throwIf(k = 7) = 0)',
    `SELECT max(k) FROM merge('^plain$')`,
    `SELECT joinGet('plain', 'code', 7)`,
    'SELECT max(k) FROM loop(plain) LIMIT 1',
    `SELECT max(k) FROM plain SETTINGS additional_table_filters = ''`,
    `SELECT max(k) FROM plain SETTINGS query_plan_enable_optimizations = 0`,
  ])('%s is refused', async (sql) => {
    const { status, body } = await ask(`${sql} FORMAT CSV`);
    expect([sql, [400, 403].includes(status), body]).toEqual([sql, true, { error: expect.any(String) }]);
    expect(JSON.stringify(body)).not.toMatch(new RegExp(`${HIDDEN}|theirs|ours%`));
  });
});
