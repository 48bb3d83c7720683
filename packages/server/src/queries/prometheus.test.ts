import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

function metrics(sql: string): Promise<Reply> {
  const headers = { 'content-type': 'text/plain' };
  return server.call('POST /v0/sql', { body: `${sql} FORMAT Prometheus`, headers });
}

/** One SELECT of constant rows. The first row names the columns. */
function rows(...all: string[]): string {
  return all.map((row) => `SELECT ${row}`).join(' UNION ALL ');
}

const REQUESTS = `SELECT 'http_request_count' AS name, toFloat64(count(*)) AS value, 'Total number of HTTP requests' AS help,
    'counter' AS type, map('method', method, 'status_code', status_code) AS labels
  FROM http_requests GROUP BY method, status_code
  UNION ALL
  SELECT 'http_request_duration_seconds' AS name, avg(request_time) AS value, 'Average HTTP request duration in seconds' AS help,
    'gauge' AS type, map('method', method, 'status_code', status_code) AS labels
  FROM http_requests GROUP BY method, status_code ORDER BY name`;

describe('an endpoint', () => {
  test('[EP-11] [EP-12] [GP-09] [MON-07] two metrics with labels, HELP and TYPE, of grouped rows', async () => {
    const client = server.client();
    await client.createDataSource(
      'http_requests',
      'method LowCardinality(String) `json:$.method`, status_code LowCardinality(String) `json:$.status_code`, request_time Float64 `json:$.request_time`',
    );
    const requests = [
      { method: 'PUT', status_code: '203', request_time: 1.5 },
      { method: 'GET', status_code: '200', request_time: 75 },
      { method: 'GET', status_code: '200', request_time: 75.5 },
    ];
    await client.events('http_requests', requests, { wait: true });
    await client.createPipe({ name: 'http_metrics', nodes: [{ name: 'by_method', sql: REQUESTS }] });
    await client.publish('http_metrics', 'by_method');
    const reply = await server.call('GET /v0/pipes/http_metrics.prometheus');
    expect([reply.status, reply.headers.get('content-type'), reply.body]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      [
        '# HELP http_request_count Total number of HTTP requests',
        '# TYPE http_request_count counter',
        'http_request_count{method="GET",status_code="200"} 2',
        'http_request_count{method="PUT",status_code="203"} 1',
        '',
        '# HELP http_request_duration_seconds Average HTTP request duration in seconds',
        '# TYPE http_request_duration_seconds gauge',
        'http_request_duration_seconds{method="GET",status_code="200"} 75.25',
        'http_request_duration_seconds{method="PUT",status_code="203"} 1.5',
        '\n',
      ].join('\n'),
    ]);
  });
});

describe('metrics', () => {
  test.each<[string, string, string]>([
    ['[EP-11] the two columns that are needed', "SELECT 'up' AS name, 1 AS value", 'up 1\n'],
    [
      '[EP-11] other columns are left out',
      "SELECT 'up' AS name, 1 AS value, 2 AS other, '3' AS `na``me`",
      'up 1\n',
    ],
    ['[EP-12] a time', "SELECT 'up' AS name, 1 AS value, 1700000000000 AS timestamp", 'up 1 1700000000000\n'],
    [
      '[EP-12] no help, no type, no time and no labels where they are NULL or empty',
      "SELECT 'up' AS name, 1 AS value, NULL AS help, '' AS type, CAST(NULL AS Nullable(Int64)) AS timestamp, map() AS labels",
      'up 1\n',
    ],
    [
      '[EP-11] rows of a metric that are apart come together, once with HELP and TYPE',
      rows(
        "'b' AS name, 1 AS value, 'of b' AS help, 'gauge' AS type, map('x', '2') AS labels",
        "'a', 2, 'of a', 'counter', map()",
        "'b', 3, '', '', map('x', '1')",
        "'a', 4, '', '', map('y', '')",
      ),
      '# HELP a of a\n# TYPE a counter\na 2\na{y=""} 4\n\n# HELP b of b\n# TYPE b gauge\nb{x="1"} 3\nb{x="2"} 1\n',
    ],
    [
      "[EP-11] the query's own order and limit choose the rows",
      "SELECT concat('m', toString(number)) AS name, number AS value FROM numbers(9) ORDER BY number DESC LIMIT 2",
      'm7 7\n\nm8 8\n',
    ],
    [
      '[EP-12] division by zero and what is no number',
      rows(
        "'a' AS name, 1 / 0 AS value, map('n', '1') AS labels",
        "'a', -1 / 0, map('n', '2')",
        "'a', 0 / 0, map('n', '3')",
      ),
      'a{n="1"} +Inf\na{n="2"} -Inf\na{n="3"} NaN\n',
    ],
    [
      '[EP-11] a row without a value is no metric',
      "SELECT concat('m', toString(number)) AS name, if(number = 1, NULL, number) AS value FROM numbers(3)",
      'm0 0\n\nm2 2\n',
    ],
    ['[EP-11] a decimal', "SELECT 'a' AS name, toDecimal64(1.25, 3) AS value", 'a 1.25\n'],
    ['[EP-11] a 32-bit float', "SELECT 'a' AS name, toFloat32(0.1) AS value", 'a 0.1\n'],
    [
      '[EP-11] a large integer',
      "SELECT 'a' AS name, toUInt64(18446744073709551615) AS value",
      'a 18446744073709551615\n',
    ],
    ['[EP-11] true is 1', "SELECT 'a' AS name, true AS value", 'a 1\n'],
    [
      '[EP-11] texts of every type',
      "SELECT toLowCardinality('a') AS name, 1 AS value, CAST('h' AS Nullable(String)) AS help, CAST('gauge' AS Enum('gauge', 'counter')) AS type",
      '# HELP a h\n# TYPE a gauge\na 1\n',
    ],
    [
      '[EP-11] labels of every type',
      "SELECT 'a' AS name, 1 AS value, CAST(map('n', 1, 'o', NULL), 'Map(LowCardinality(String), Nullable(UInt8))') AS labels",
      'a{n="1",o=""} 1\n',
    ],
    [
      '[EP-12] what stands in texts can not end them',
      `SELECT 'a' AS name, 1 AS value, 'one\\ntwo "C:\\\\new"' AS help, map('x', 'q"\\\\\\n') AS labels`,
      '# HELP a one\\ntwo "C:\\\\new"\na{x="q\\"\\\\\\n"} 1\n',
    ],
    [
      '[EP-12] a histogram',
      rows(
        "'h' AS name, 2 AS value, 'histogram' AS type, map('le', '0.5') AS labels",
        "'h', 1, 'histogram', map('le', '0.1')",
        "'h', 3, 'histogram', map('le', '+Inf')",
        "'h', 9, 'histogram', map('sum', '')",
        "'h', 3, 'histogram', map('count', '')",
      ),
      '# TYPE h histogram\nh_bucket{le="0.1"} 1\nh_bucket{le="0.5"} 2\nh_bucket{le="+Inf"} 3\nh_sum 9\nh_count 3\n',
    ],
    ['[EP-12] no rows', "SELECT 'a' AS name, 1 AS value WHERE 0", ''],
    [
      '[EP-11] a query with WITH, ORDER BY and a comment at its end',
      "WITH t AS (SELECT 'a' AS name, 1 AS value) SELECT * FROM t ORDER BY name -- all",
      'a 1\n',
    ],
  ])('%s', async (_title, sql, text) => {
    const reply = await metrics(`${sql}\n`);
    expect([reply.status, reply.body]).toEqual([200, text === '' ? '' : `${text}\n`]);
  });
});

describe('what is no metric', () => {
  const NEEDS =
    'It needs the columns name (text) and value (number), and takes help and type (texts), timestamp (number) and labels (Map of texts).';
  const NAME = 'a metric has no name, or one with other characters than letters, digits, `_` and `:`.';
  const LABEL = 'a label has no name, or one with other characters than letters, digits and `_`.';
  test.each<[string, string, string]>([
    [
      '[EP-13] no name',
      'SELECT 1 AS value',
      'its column `name` is missing. Make it a text: toString(…) AS name.',
    ],
    [
      '[EP-13] no value',
      "SELECT 'a' AS name, 1 AS n",
      'its column `value` is missing. Make it a number: toFloat64(…) AS value.',
    ],
    ['[EP-13] neither', 'SELECT 1', 'its column `name` is missing. Make it a text: toString(…) AS name.'],
    [
      '[EP-11] a value that is text',
      "SELECT 'a' AS name, '1' AS value",
      'its column `value` is of the type String. Make it a number: toFloat64(…) AS value.',
    ],
    [
      '[EP-11] a name that is a number',
      'SELECT 1 AS name, 1 AS value',
      'its column `name` is of the type UInt8. Make it a text: toString(…) AS name.',
    ],
    [
      '[EP-11] labels that are no Map',
      "SELECT 'a' AS name, 1 AS value, ['x'] AS labels",
      "its column `labels` is of the type Array(String). Make it a map of texts: map('path', path) AS labels.",
    ],
    [
      '[EP-11] a time that is no number',
      "SELECT 'a' AS name, 1 AS value, toDateTime(0, 'UTC') AS timestamp",
      "its column `timestamp` is of the type DateTime('UTC'). Make it a number of milliseconds: toUnixTimestamp(…) * 1000 AS timestamp.",
    ],
    [
      '[EP-11] a type that there is not',
      "SELECT 'a' AS name, 1 AS value, 'meter' AS type",
      'the `type` of a metric is not counter, gauge, histogram, summary, untyped or empty.',
    ],
    ['[EP-12] a name that would forge another line', "SELECT 'a 1\\nb' AS name, 1 AS value", NAME],
    ['[EP-12] an empty name', "SELECT '' AS name, 1 AS value", NAME],
    ['[EP-12] no name in a row', "SELECT arrayJoin(['a', NULL]) AS name, 1 AS value", NAME],
    ['[EP-12] a label with a space', "SELECT 'a' AS name, 1 AS value, map('x y', '1') AS labels", LABEL],
  ])('%s', async (_title, sql, reason) => {
    const reply = await metrics(sql);
    expect([reply.status, reply.headers.get('x-db-exception-code'), reply.body]).toEqual([
      400,
      '36',
      { error: `The result can not be written as Prometheus metrics: ${reason} ${NEEDS}` },
    ]);
  });

  test("[EP-13] an error that the query itself throws is the query's", async () => {
    const reply = await metrics("SELECT 'a' AS name, throwIf(number = 1, 'Mine') AS value FROM numbers(2)");
    expect([reply.status, reply.headers.get('x-db-exception-code'), reply.body]).toEqual([
      400,
      '395',
      { error: expect.stringMatching(/^Mine: while executing/) },
    ]);
  });
});
