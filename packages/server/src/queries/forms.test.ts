import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  const schema = [
    'id UInt32 `json:$.id`',
    'event_type String `json:$.event_type`',
    'tags Array(String) `json:$.tags[:]`',
    'options Map(String, String) `json:$.options`',
    'data JSON `json:$.data`',
  ];
  await server.client().createDataSource('events', schema.join(', '));
  const row = (id: number, event_type: string, tags: string[]): object => {
    return { id, event_type, tags, options: { key: `v${id}` }, data: { a: { b: id } } };
  };
  const rows = [row(1, 'a', ['x', 'y']), row(2, 'b', ['x']), row(3, 'c', [])];
  await server.client().events('events', rows, { wait: true });
});
afterAll(() => server.stop());

describe('SQL that projects use', () => {
  test.each<[string, unknown[][]]>([
    [
      'SELECT id, arrayJoin(tags) AS tag FROM events ORDER BY id, tag',
      [
        [1, 'x'],
        [1, 'y'],
        [2, 'x'],
      ],
    ],
    ['SELECT arrayMap(x -> x * 2, range(3)), arrayExists(x -> x = 2, [1, 2])', [[[0, 2, 4], 1]]],
    ['SELECT arrayElement([5, 6], 2), arrayWithConstant(2, 7)', [[6, [7, 7]]]],
    ["SELECT map('a', 1)['a'], tupleElement(tuple(1, 'b'), 2)", [[1, 'b']]],
    ['SELECT coalesce(NULL, 3), assumeNotNull(toNullable(4))', [[3, 4]]],
    ["SELECT toLowCardinality('x'), round(L2Distance([0, 0], [3, 4]), 1), floor(1.9)", [['x', 5, 1]]],
    ["SELECT getSubcolumn(data, 'a.b')::Int64 AS b FROM events ORDER BY b", [[1], [2], [3]]],
    [
      "SELECT toInt16('1'), toInt32('2'), toUInt8(3), toFloat64('4.5'), toDate('2026-01-31')",
      [[1, 2, 3, 4.5, '2026-01-31']],
    ],
  ])('[PS-13] %s', async (sql, expected) => {
    expect(await server.rows(sql)).toEqual(expected);
  });

  test('[PS-14] rows have numbers', async () => {
    const sql = 'SELECT ROW_NUMBER() OVER (ORDER BY id DESC) AS n, id FROM events ORDER BY n';
    expect(await server.rows(sql)).toEqual([
      [1, 3],
      [2, 2],
      [3, 1],
    ]);
  });

  test('[PS-16] an array stands behind IN', async () => {
    const sql = "SELECT id FROM events WHERE event_type IN ['a', 'b'] ORDER BY id";
    expect(await server.rows(sql)).toEqual([[1], [2]]);
  });

  test('[PS-18] a map is asked for a key', async () => {
    const sql = "SELECT options['key'], options['none'] FROM events WHERE id = 2";
    expect(await server.rows(sql)).toEqual([['v2', '']]);
  });

  test('[PS-17] the options of an operation are two columns', async () => {
    const sql =
      "SELECT options.Names, options.Values FROM tinybird.datasources_ops_log WHERE event_type = 'create' LIMIT 1";
    await expect.poll(() => server.rows(sql), { timeout: 10_000 }).toHaveLength(1);
    const upper = sql.replaceAll('options.', 'Options.');
    expect(await server.rows(upper)).toEqual(await server.rows(sql));
  });

  test('[QY-21] a notebook reads batches of time as CSV with names', async () => {
    const q = 'SELECT id, event_type FROM events WHERE id BETWEEN 1 AND 2 ORDER BY id FORMAT CSVWithNames';
    const reply = await server.call(`GET /v0/sql?q=${encodeURIComponent(q)}`);
    expect([reply.headers.get('content-type'), reply.body]).toEqual([
      'text/csv; charset=utf-8',
      '"id","event_type"\n1,"a"\n2,"b"\n',
    ]);
  });
});

describe('an endpoint', () => {
  test('[PB-03] can be any node of a Pipe', async () => {
    const nodes = [
      { name: 'first', sql: 'SELECT 1 AS n' },
      { name: 'second', sql: 'SELECT 2 AS n' },
    ];
    await server.client().createPipe({ name: 'either', nodes });
    for (const [node, n] of [
      ['first', 1],
      ['second', 2],
    ] as const) {
      await server.client().publish('either', node);
      expect((await server.client().endpoint('either')).data).toEqual([{ n }]);
    }
  });

  test('[EP-20] says how long the engine took, what it read, and how many rows there are', async () => {
    const nodes = [{ name: 'ids', sql: 'SELECT id FROM events ORDER BY id' }];
    await server.client().createPipe({ name: 'measured', nodes });
    await server.client().publish('measured', 'ids');
    const { statistics, rows } = await server.client().endpoint('measured');
    expect(rows).toBe(3);
    expect(statistics).toEqual({ elapsed: expect.any(Number), rows_read: 3, bytes_read: expect.any(Number) });
    expect(Number(statistics?.elapsed)).toBeGreaterThan(0);
  });
});
