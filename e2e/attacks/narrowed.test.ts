import { TestServer } from '@goldcrest/server/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** What the Pipes leave out, and a text as long as the engine needs to find another column cheaper to look at first. */
const HIDDEN = 'CANARY-HIDDEN';
const LONG = 'x'.repeat(200);

/** Ways for a Pipe to show the rows of Ann and no others. All have the columns `code` and `k`. */
const NARROWED: Readonly<Record<string, string>> = {
  by_condition: `SELECT code, k FROM staff WHERE team LIKE 'ours%'`,
  by_condition_of_many: `SELECT code, k FROM crowd WHERE team LIKE 'ours%'`,
  by_condition_in_parts: `SELECT code, k FROM parted WHERE team LIKE 'ours%'`,
  by_query: 'SELECT code, k FROM staff WHERE team IN (SELECT team FROM staff WHERE k = 1)',
  by_join: 'SELECT code, k FROM staff JOIN (SELECT DISTINCT team FROM staff WHERE k = 1) AS t USING team',
  by_join_from_right:
    'SELECT code, k FROM (SELECT DISTINCT team FROM staff WHERE k = 1) AS t JOIN staff USING team',
  by_join_left: `SELECT s.code AS code, s.k AS k FROM staff AS s
    LEFT JOIN (SELECT DISTINCT team, 1 AS own FROM staff WHERE k = 1) AS t USING team WHERE t.own = 1`,
  by_semi_join:
    'SELECT code, k FROM staff LEFT SEMI JOIN (SELECT DISTINCT team FROM staff WHERE k = 1) AS t USING team',
  by_having: 'SELECT code, k FROM staff GROUP BY code, k HAVING k = 1',
  by_distinct: 'SELECT DISTINCT code, k FROM staff WHERE k = 1',
  by_window:
    'SELECT code, k FROM (SELECT code, k, min(k) OVER (PARTITION BY code, k) AS low FROM staff) WHERE low = 1',
  by_union: 'SELECT code, k FROM staff WHERE k = 1 UNION ALL SELECT code, k FROM staff WHERE k = 2',
  by_except: 'SELECT code, k FROM staff EXCEPT SELECT code, k FROM staff WHERE k = 7',
  by_array_join: 'SELECT one AS code, k FROM staff ARRAY JOIN arrayFilter(x -> k = 1, [code]) AS one',
  by_limit: 'SELECT code, k FROM staff ORDER BY k LIMIT 1',
};

/** Conditions that fail on a hidden row, quoting it or by failing at all, and are met by Ann's. */
const TELLING = [
  'toUInt8(code) > 0',
  'toInt32(code) IN (1, 2)',
  'throwIf(k = 7) = 0',
  `throwIf(code LIKE 'CANARY-H%') = 0`,
  'intDiv(1, k - 7) < 5',
  `toDate(concat('2020-01-0', code)) = '2020-01-01'`,
  `k = 1 AND toUInt8(code) > 0`,
  `code IN (SELECT code FROM _ WHERE toUInt8(code) > 0)`,
];

let server: TestServer;
const tokens = new Map<string, string>();

beforeAll(async () => {
  server = await TestServer.start();
  await fill();
  const client = server.client();
  for (const [name, sql] of Object.entries(NARROWED)) {
    await client.createPipe({ name, nodes: [{ name: `${name}_node`, sql }] });
    tokens.set(name, (await client.publish(name, `${name}_node`)).token ?? '');
  }
});
afterAll(() => server.stop());

describe.each(Object.keys(NARROWED))('[AU-17] a Pipe that narrows its rows %s', (name) => {
  // A LIMIT of the Pipe's own shows in the reply, as it does in that of the Pipe itself.
  const limited = name === 'by_limit' ? { rows_before_limit_at_least: expect.any(Number) } : {};
  const data = [{ code: '1', k: 1 }];
  const ann = { meta: expect.anything(), data, rows: 1, statistics: expect.anything(), ...limited };

  test.each(['1', ...TELLING])(
    'shows the row of Ann and tells of no other to whoever asks for WHERE %s',
    async (condition) => {
      const headers = { authorization: `Bearer ${tokens.get(name)}` };
      const q = `SELECT * FROM _ WHERE ${condition}`;
      const alone = await server.call('POST /v0/sql', { headers, body: q.replaceAll('_ ', `${name} `) });
      const over = await server.call(`POST /v0/pipes/${name}.json`, {
        headers,
        body: new URLSearchParams({ q }),
      });
      expect([alone.status, alone.body]).toEqual([200, ann]);
      expect([over.status, over.body]).toEqual([200, ann]);
    },
  );

  test('joins the row of Ann, and sorts and counts it, without a word of others', async () => {
    const headers = { authorization: `Bearer ${tokens.get(name)}` };
    const body = `SELECT count() AS c, max(toUInt8(a.code)) AS m FROM ${name} AS a
      JOIN ${name} AS b ON toUInt8(a.code) = toUInt8(b.code) GROUP BY toUInt8(b.code) ORDER BY toUInt8(b.code)`;
    expect((await server.call('POST /v0/sql', { headers, body })).body).toMatchObject({
      data: [{ c: 1, m: 1 }],
    });
  });
});

test('[AU-17] an admin has the engine look at his conditions first', async () => {
  const reply = await server.call('POST /v0/sql', { body: 'SELECT * FROM by_join WHERE throwIf(k = 7) = 0' });
  expect(reply.status).toBe(400);
});

/** Ann, whose team is ours, and others; `parted` keeps each code in a part of its own, and `crowd` has many rows. */
async function fill(): Promise<void> {
  const schema = 'team String `json:$.team`, code String `json:$.code`, k Int32 `json:$.k`';
  const staff = [
    { team: `ours ${LONG}`, code: '1', k: 1 },
    { team: `theirs ${LONG}`, code: HIDDEN, k: 7 },
  ];
  const crowd = Array.from({ length: 2000 }, () => ({ team: `theirs ${LONG}`, code: HIDDEN, k: 7 }));
  await server.form('POST /v0/datasources', { name: 'staff', schema });
  await server.form('POST /v0/datasources', { name: 'crowd', schema });
  await server.form('POST /v0/datasources', {
    name: 'parted',
    schema,
    engine: 'MergeTree',
    engine_partition_key: 'code',
  });
  const client = server.client();
  await client.events('staff', staff, { wait: true });
  await client.events('parted', staff, { wait: true });
  await client.events('crowd', [...staff, ...crowd], { wait: true });
}
