import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { untilRows } from './testing/logged.js';

/** The queries of the documentation's pages on these tables, with what they find in a Workspace with the calls below. */
const LAST_DAY = 'start_datetime >= now() - INTERVAL 24 HOUR';
const SAMPLES: [string, string, unknown][] = [
  [
    '[GP-01] [SVQ-06] [QY-10] queries of one application',
    "SELECT * FROM tinybird.pipe_stats_rt WHERE parameters['app_name'] = 'explorer'",
    [
      expect.objectContaining({
        pipe_name: 'query_api',
        parameters: { app_name: 'explorer', my_limit: '10' },
      }),
    ],
  ],
  [
    '[GP-01] [SVQ-01] errors in the last hour',
    `SELECT pipe_name, status_code, count() as error_count FROM tinybird.pipe_stats_rt
     WHERE status_code >= 400 AND start_datetime > now() - INTERVAL 1 HOUR
     GROUP BY pipe_name, status_code ORDER BY status_code desc`,
    [{ pipe_name: 'top', status_code: 404, error_count: 1 }],
  ],
  [
    '[GP-01] [SVQ-02] duration by minute',
    `%
     SELECT toStartOfMinute(start_datetime) t, pipe_name, avg(duration) avg_duration, quantile(.95)(duration) p95_duration, count() requests
     FROM tinybird.pipe_stats_rt WHERE start_datetime >= {{DateTime(start_date_time, '2022-05-01 00:00:00', description="Start date time")}}
     AND start_datetime < {{DateTime(end_date_time, '2100-05-25 00:00:00', description="End date time")}}
     GROUP BY t, pipe_name ORDER BY t desc, pipe_name`,
    expect.arrayContaining([expect.objectContaining({ pipe_name: 'top', avg_duration: expect.any(Number) })]),
  ],
  [
    '[GP-01] [SVQ-03] the endpoints that process the most data',
    `WITH (SELECT sum(read_bytes) FROM tinybird.pipe_stats_rt WHERE ${LAST_DAY}) as total, sum(read_bytes) as processed_byte
     SELECT pipe_id, quantile(0.9)(duration) as p90, formatReadableSize(processed_byte) AS processed_formatted,
     processed_byte*100/total as percentage FROM tinybird.pipe_stats_rt WHERE ${LAST_DAY} GROUP BY pipe_id ORDER BY percentage DESC`,
    expect.arrayContaining([expect.objectContaining({ pipe_id: 'query_api' })]),
  ],
  [
    '[GP-01] [SVQ-05] [QY-19] the same with the queries of the Query API told apart',
    `WITH (SELECT sum(read_bytes) FROM tinybird.pipe_stats_rt WHERE ${LAST_DAY}) as total, sum(read_bytes) as processed_byte
     SELECT if(pipe_name = 'query_api', normalizeQuery(extractURLParameter(decodeURLComponent(url), 'q')),pipe_name) as pipe_name,
     quantile(0.9)(duration) as p90, formatReadableSize(processed_byte) AS processed_formatted,
     processed_byte*100/total as percentage FROM tinybird.pipe_stats_rt WHERE ${LAST_DAY} GROUP BY pipe_name ORDER BY percentage DESC`,
    expect.arrayContaining([expect.objectContaining({ pipe_name: 'SELECT ? AS of_api' })]),
  ],
  [
    '[GP-01] [SVQ-04] tokens and what they read',
    `SELECT count() requests, formatReadableSize(sum(read_bytes)) as total_read_bytes, token_name FROM tinybird.pipe_stats_rt
     WHERE ${LAST_DAY} GROUP BY token_name ORDER BY requests DESC`,
    expect.arrayContaining([expect.objectContaining({ token_name: 'workspace admin token' })]),
  ],
  [
    '[SVQ-07] a Pipe by the hour',
    `SELECT toStartOfHour(start_datetime) as hour, count() as view_count, round(avg(duration), 2) as avg_time,
     arrayElement(quantiles(0.50)(duration),1) as quantile_50, arrayElement(quantiles(0.95)(duration),1) as quantile_95,
     arrayElement(quantiles(0.99)(duration),1) as quantile_99
     FROM tinybird.pipe_stats_rt WHERE pipe_id = 'PIPE_ID' GROUP BY hour ORDER BY hour`,
    expect.arrayContaining([expect.objectContaining({ quantile_99: expect.any(Number) })]),
  ],
  [
    '[SVQ-08] a Pipe by the day',
    `SELECT date, sum(view_count) view_count, sum(error_count) error_count, avgMerge(avg_duration_state) avg_time,
     quantilesTimingMerge(0.9, 0.95, 0.99)(quantile_timing_state) quantiles_timing_in_millis_array
     FROM tinybird.pipe_stats WHERE pipe_id = 'PIPE_ID' GROUP BY date ORDER BY date`,
    expect.arrayContaining([
      expect.objectContaining({ quantiles_timing_in_millis_array: expect.any(Array) }),
    ]),
  ],
  [
    '[SV-07] states are merged',
    `SELECT date, avgMerge(avg_duration_state) avg_time, quantilesTimingMerge(0.9, 0.95, 0.99)(quantile_timing_state) quantiles_timing_in_ms_array
     FROM tinybird.pipe_stats where pipe_id = 'PIPE_ID' group by date`,
    expect.arrayContaining([expect.objectContaining({ avg_time: expect.any(Number) })]),
  ],
  [
    '[SVQ-16] calls with different parameters',
    `SELECT arraySort(extractURLParameterNames(assumeNotNull(url))) AS names, count() AS calls, max(length(url)) > 0 AS some
     FROM tinybird.pipe_stats_rt WHERE pipe_id = 'PIPE_ID' AND url IS NOT NULL AND error = 0 GROUP BY names ORDER BY names`,
    [
      { names: [], calls: 1, some: 1 },
      { names: ['a', 'b'], calls: 2, some: 1 },
    ],
  ],
  [
    '[MON-10] [GP-04] latency over time',
    `SELECT toStartOfMinute(start_datetime) AS minute, avg(duration) AS latency FROM tinybird.pipe_stats_rt GROUP BY minute ORDER BY minute`,
    expect.arrayContaining([expect.objectContaining({ latency: expect.any(Number) })]),
  ],
  [
    '[MON-10] [GP-04] latency by day',
    'SELECT date, avgMerge(avg_duration_state) AS latency FROM tinybird.pipe_stats GROUP BY date ORDER BY date',
    expect.arrayContaining([expect.objectContaining({ latency: expect.any(Number) })]),
  ],
];

let server: TestServer;
let id = '';

beforeAll(async () => {
  server = await TestServer.start();
  const client = server.client();
  await client.createDataSource('visits', 'path String `json:$.path`');
  await client.events('visits', [{ path: '/' }], { wait: true });
  const nodes = [{ name: 'top_node', sql: 'SELECT path FROM visits' }];
  ({ id } = await client.createPipe({ name: 'top', nodes }));
  await client.publish('top', 'top_node');
  for (const call of ['top.json', 'top.json?a=1&b=2', 'top.json?b=1&a=3', 'top.none'])
    await server.call(`GET /v0/pipes/${call}`);
  await server.call('POST /v0/sql?my_limit=10&app_name=explorer', { body: 'SELECT * FROM visits LIMIT 10' });
  await server.call(`GET /v0/sql?q=${encodeURIComponent('SELECT 1 AS of_api')}`);
  await untilRows(server, "SELECT 1 FROM tinybird.pipe_stats_rt WHERE url LIKE '%of_api%'", 1);
});
afterAll(() => server.stop());

describe('queries of the documentation run as they are', () => {
  test.each(SAMPLES)('%s', async (_title, sql, expected) => {
    expect((await server.client().sql(sql.replace('PIPE_ID', id))).data).toEqual(expected);
  });

  test('[SV-03] in an endpoint, with its parameters', async () => {
    const [, sql = ''] = SAMPLES.find(([title]) => title.includes('SVQ-07')) ?? [];
    const nodes = [{ name: 'by_hour_node', sql: `%\n${sql.replace("'PIPE_ID'", '{{String(pipe)}}')}` }];
    await server.client().createPipe({ name: 'pipe_stats_rt_by_hr', nodes });
    await server.client().publish('pipe_stats_rt_by_hr', 'by_hour_node');
    const views = async (pipe: string): Promise<unknown> => {
      const reply = await server.call(`GET /v0/pipes/pipe_stats_rt_by_hr.json?pipe=${pipe}`);
      expect(reply.status).toBe(200);
      return (reply.body as { data: unknown }).data;
    };
    expect(await views(id)).toEqual([expect.objectContaining({ view_count: expect.any(Number) })]);
    expect(await views('t_none')).toEqual([]);
  });

  test('[GP-04] a reply says how long it took', async () => {
    const reply = await server.call('GET /v0/pipes/top.json');
    expect(reply.body).toMatchObject({
      statistics: { elapsed: expect.any(Number), rows_read: 1, bytes_read: expect.any(Number) },
    });
  });
});
