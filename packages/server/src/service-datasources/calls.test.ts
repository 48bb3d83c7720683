import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';
import { rowOf, untilRows } from './testing/logged.js';

let server: TestServer;
let readToken = '';
/** When the calls began, in seconds. */
let began = 0;
const ids: Record<string, string> = {};
const replies = new Map<string, Reply>();

const PIPES = {
  paths: 'SELECT path, count() AS hits FROM visits GROUP BY path ORDER BY path',
  broken: "SELECT intDiv(1, count()) AS x FROM visits WHERE path = 'none'",
  slow: 'SELECT count() AS c FROM numbers(1000000000000) WHERE sipHash64(number) = 1',
  hidden: 'SELECT path FROM visits',
};

beforeAll(async () => {
  server = await TestServer.start({ 'query-seconds': '1' });
  const client = server.client();
  await client.createDataSource('visits', 'path String `json:$.path`');
  await client.events('visits', [{ path: '/' }, { path: '/a' }, { path: '/a' }], { wait: true });
  for (const [name, sql] of Object.entries(PIPES)) {
    ids[name] = (await client.createPipe({ name, nodes: [{ name: `${name}_node`, sql }] })).id;
    if (name === 'hidden') continue;
    const { token = '' } = await client.publish(name, `${name}_node`);
    if (name === 'paths') readToken = token;
  }
  began = Math.floor(Date.now() / 1000);
  await Promise.all(
    [...CALLS, ...ERRORS].map(async ({ title, call }) => {
      replies.set(title, await call());
    }),
  );
});
afterAll(() => server.stop());

const SECOND = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;

/** A whole row, of which `different` says what the call makes of it. */
function expectedCall(reply: Reply, different: Record<string, unknown>): Record<string, unknown> {
  return {
    start_datetime: expect.stringMatching(SECOND),
    pipe_id: ids['paths'],
    pipe_name: 'paths',
    duration: expect.any(Number),
    read_bytes: expect.any(Number),
    read_rows: expect.any(Number),
    result_rows: expect.any(Number),
    url: '/v0/pipes/paths.json',
    error: reply.status >= 400 ? 1 : 0,
    request_id: reply.headers.get('x-request-id'),
    token: expect.stringMatching(/^[0-9a-f-]{36}$/),
    token_name: 'workspace admin token',
    status_code: reply.status,
    method: 'GET',
    parameters: {},
    release: '',
    user_agent: 'node',
    resource_tags: [],
    cpu_time: expect.any(Number),
    ...different,
  };
}

const q = "SELECT path FROM visits WHERE path = '/a?&='";
const encoded = new URLSearchParams({ q }).toString();

/** A call, the status of its reply, and what its row has that others have not. */
interface Case {
  title: string;
  call: () => Promise<Reply>;
  status: number;
  row: Record<string, unknown>;
}

const OF_QUERY_API = { pipe_id: 'query_api', pipe_name: 'query_api' };

const as = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });

const CALLS: Case[] = [
  {
    title: '[SVT-02] [SVT-03] GET of an endpoint: its parameters, and no token',
    call: () => server.call('GET /v0/pipes/paths.json?a=1&t%6Fken=of-nobody&b=%20x&a=2&token=other'),
    status: 200,
    row: { url: '/v0/pipes/paths.json?a=1&b=%20x&a=2', parameters: { a: '2', b: ' x' } },
  },
  {
    title: '[SVT-03] POST to an endpoint leaves no trace of its body',
    call: () => server.form('POST /v0/pipes/paths.json', { secret: 'x' }),
    status: 200,
    row: { method: 'POST' },
  },
  {
    title: '[SVT-02] another format, with an empty user agent',
    call: () => server.call('GET /v0/pipes/paths.csv', { headers: { 'user-agent': '' } }),
    status: 200,
    row: { url: '/v0/pipes/paths.csv', user_agent: '', read_rows: null, read_bytes: null },
  },
  {
    title: '[SVT-20] the token is told by its id and its name',
    call: () => server.call('GET /v0/pipes/paths.json', as(readToken)),
    status: 200,
    row: { token_name: expect.stringMatching(/paths/) },
  },
  {
    title: '[QY-19] [SVT-02] GET of the Query API: `q`, and no token',
    call: () => server.call(`GET /v0/sql?token=x&${encoded}`),
    status: 200,
    row: { ...OF_QUERY_API, url: `/v0/sql?${encoded}`, parameters: { q } },
  },
  {
    title: '[QY-10] metadata parameters of the Query API',
    call: () => server.call('POST /v0/sql?app_name=explorer', { body: q }),
    status: 200,
    row: {
      ...OF_QUERY_API,
      method: 'POST',
      url: '/v0/sql?app_name=explorer',
      parameters: { app_name: 'explorer' },
    },
  },
  {
    title: 'a query that is refused',
    call: () => server.call('POST /v0/sql', { body: 'SELECT * FROM system.tables' }),
    status: 403,
    row: { ...OF_QUERY_API, method: 'POST', url: '/v0/sql' },
  },
];

const ERRORS: (Omit<Case, 'row'> & { pipe: string; params?: string })[] = [
  {
    title: 'the engine refuses',
    pipe: 'broken',
    call: () => server.call('GET /v0/pipes/broken.json?a=1&token=x'),
    status: 400,
    params: '{"a":"1"}',
  },
  {
    title: 'it takes too long',
    pipe: 'slow',
    call: () => server.call('GET /v0/pipes/slow.json'),
    status: 408,
  },
  {
    title: 'it is not published',
    pipe: 'hidden',
    call: () => server.call('GET /v0/pipes/hidden.json'),
    status: 404,
  },
  {
    title: 'the token has no right',
    pipe: 'broken',
    call: () => server.call('GET /v0/pipes/broken.json', as(readToken)),
    status: 403,
  },
  {
    title: 'there is no such format',
    pipe: 'paths',
    call: () => server.call('GET /v0/pipes/paths.xlsx'),
    status: 404,
  },
];

function replyTo(title: string): Reply {
  const reply = replies.get(title);
  if (reply === undefined) throw new Error(`no call ${title}`);
  return reply;
}

describe.concurrent('[SVT-01] [EP-19] every call is in pipe_stats_rt', () => {
  test.each(CALLS)('$title', async ({ title, status, row }) => {
    const reply = replyTo(title);
    expect(reply.status).toBe(status);
    expect(await rowOf(server, 'pipe_stats_rt', reply)).toEqual(expectedCall(reply, row));
  });

  test('[SV-08] [SV-09] the name and the tags that the Pipe had when it was called', async () => {
    const nodes = [
      { name: 'tagged_node', sql: "SELECT intDiv(1, count()) AS x FROM visits WHERE path = '-'" },
    ];
    const { id: pipeId } = await server.client().createPipe({ name: 'tagged', tags: ['b', 'a'], nodes });
    await server.client().publish('tagged', 'tagged_node');
    const reply = await server.call('GET /v0/pipes/tagged.json');
    await server.client().changePipe('tagged', { tags: ['c'], name: 'renamed' });
    const before = { pipe_id: pipeId, pipe_name: 'tagged', resource_tags: ['b', 'a'] };
    expect(await rowOf(server, 'endpoint_errors', reply)).toMatchObject(before);
    expect(await rowOf(server, 'pipe_stats_rt', reply)).toMatchObject(before);
    const later = await server.call('GET /v0/pipes/renamed.json');
    const after = { pipe_id: pipeId, pipe_name: 'renamed', resource_tags: ['c'] };
    expect(await rowOf(server, 'pipe_stats_rt', later)).toMatchObject(after);
    // A call can be read a moment before the day that it counts for.
    const days = await untilRows(
      server,
      `SELECT arraySort(groupUniqArrayArray(resource_tags)) AS tags FROM tinybird.pipe_stats
       WHERE pipe_id = '${pipeId}' HAVING sum(view_count) = 2`,
      1,
    );
    expect(days).toEqual([{ tags: ['a', 'b', 'c'] }]);
  });

  test('[SVT-02] a password of another server in the SQL is not kept', async () => {
    const sql = new URLSearchParams({ q: "SELECT * FROM postgresql('h:1', 'd', 't', 'u', 'hunter2')" });
    const reply = await server.call(`GET /v0/sql?a=1&${sql}&b=2`);
    expect(await rowOf(server, 'pipe_stats_rt', reply)).toMatchObject({
      url: '/v0/sql?a=1&q=***&b=2',
      parameters: { a: '1', q: '***', b: '2' },
    });
  });

  test('[SVT-01] what the call has read, given back and used', async () => {
    // A setting that no other test asks for: the call shares no run with one before it, which would have read the rows.
    const alone = { output_format_json_quote_denormals: '1' };
    const reply = await server.call(`GET /v0/pipes/paths.json?${new URLSearchParams(alone)}`);
    const row = await rowOf(server, 'pipe_stats_rt', reply);
    expect(row).toMatchObject({ read_rows: 3, result_rows: 2, parameters: alone });
    expect(row['read_bytes']).toBeGreaterThan(0);
    expect(row['cpu_time']).toBeGreaterThan(0);
    expect(row['cpu_time']).toBeLessThan(Number(row['duration']));
  });

  test.each([
    ['JSON', 3],
    ['JSONCompact', 3],
    ['CSV', null],
    ['CSVWithNames', null],
    ['TSV', null],
    ['JSONEachRow', null],
    ['Parquet', null],
    ['PrettyCompact', null],
  ])('[SVT-01] what %s has read is right or unknown, never that of the answer', async (format, readRows) => {
    const body = `SELECT path, count() AS c FROM visits GROUP BY path LIMIT 1 FORMAT ${format}`;
    const reply = await server.call('POST /v0/sql', { body });
    const bytes = readRows === null ? null : expect.any(Number);
    const expected = { read_rows: readRows, read_bytes: bytes, status_code: 200 };
    expect(await rowOf(server, 'pipe_stats_rt', reply)).toMatchObject(expected);
  });

  test('[SVT-01] what a query has read that failed is unknown; what was refused has read nothing', async () => {
    const body = "SELECT throwIf(path != '') FROM visits";
    const failed = await server.call('POST /v0/sql', { body });
    const unknown = { read_rows: null, read_bytes: null, status_code: 400 };
    expect(await rowOf(server, 'pipe_stats_rt', failed)).toMatchObject(unknown);
    const nothing = { read_rows: 0, read_bytes: 0, status_code: 403 };
    expect(await rowOf(server, 'pipe_stats_rt', replyTo('a query that is refused'))).toMatchObject(nothing);
  });

  test('[SVT-02] the start is when the request came, and the duration is in seconds', async () => {
    const reply = replyTo('it takes too long');
    const { start_datetime: start, duration } = await rowOf(server, 'pipe_stats_rt', reply);
    const [[second]] = (await server.rows(`SELECT toUnixTimestamp('${String(start)}')`)) as [[number]];
    expect([second >= began, second <= Date.now() / 1000 - 1]).toEqual([true, true]);
    expect(duration).toBeGreaterThan(1);
    expect(duration).toBeLessThan(10);
  });
});

describe.concurrent('[SVT-23] [EP-19] what goes wrong with an endpoint is in endpoint_errors', () => {
  test.each(ERRORS)('$title', async ({ title, pipe: name, status, params = null }) => {
    const reply = replyTo(title);
    const { error } = reply.body as { error: string };
    const id = ids[name];
    const path = new RegExp(`^/v0/pipes/${name}\\.\\w+$`);
    expect(reply.status).toBe(status);
    expect(await rowOf(server, 'endpoint_errors', reply)).toEqual({
      start_datetime: expect.stringMatching(SECOND),
      request_id: reply.headers.get('x-request-id'),
      pipe_id: id,
      pipe_name: name,
      params,
      url: expect.stringMatching(path),
      status_code: status,
      error,
      resource_tags: [],
    });
    expect(await rowOf(server, 'pipe_stats_rt', reply)).toMatchObject({
      pipe_id: id,
      status_code: status,
      error: 1,
    });
  });

  test('a call of an endpoint that does not exist is an error, but no call of a Pipe', async () => {
    const reply = await server.call('GET /v0/pipes/path.json?a=1');
    const row = await rowOf(server, 'endpoint_errors', reply);
    expect(row).toMatchObject({ pipe_id: '', pipe_name: 'path', params: '{"a":"1"}', status_code: 404 });
    const later = await server.call('GET /v0/pipes/paths.json');
    await rowOf(server, 'pipe_stats_rt', later);
    expect(await server.rows("SELECT count() FROM tinybird.pipe_stats_rt WHERE pipe_name = 'path'")).toEqual([
      [0],
    ]);
  });

  test('[GN-11] a call whose client goes away has status 499', async () => {
    const path = '/v0/pipes/slow.json?gone=1';
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\n\r\n`, () =>
      setTimeout(() => socket.destroy(), 100),
    );
    const [row] = await untilRows(server, `SELECT * FROM tinybird.pipe_stats_rt WHERE url = '${path}'`, 1);
    expect(row).toMatchObject({ pipe_name: 'slow', status_code: 499, error: 1 });
  });

  test('[SVT-02] an answer that breaks off has the status that was sent, and is an error', async () => {
    const sql = 'SELECT throwIf(number = 3000000) AS t, toString(number) AS s FROM numbers(10000000)';
    await server.client().createPipe({ name: 'breaking', nodes: [{ name: 'breaking_node', sql }] });
    await server.client().publish('breaking', 'breaking_node');
    await expect(server.call('GET /v0/pipes/breaking.ndjson')).rejects.toThrow('terminated');
    const rows = "SELECT * FROM tinybird.endpoint_errors WHERE pipe_name = 'breaking'";
    const [error] = await untilRows(server, rows, 1);
    expect(error).toMatchObject({ status_code: 200, error: expect.stringMatching(/THROW_IF|TIMEOUT/) });
    const calls = `SELECT * FROM tinybird.pipe_stats_rt WHERE request_id = '${error?.['request_id']}'`;
    const [call] = await untilRows(server, calls, 1);
    expect(call).toMatchObject({ status_code: 200, error: 1 });
    expect(call?.['result_rows']).toBeGreaterThan(0);
  });

  test('the Query API is no endpoint', async () => {
    const reply = await server.call('POST /v0/sql', { body: 'SELECT nope' });
    expect((await rowOf(server, 'pipe_stats_rt', reply))['error']).toBe(1);
    const id = String(reply.headers.get('x-request-id'));
    expect(
      await server.rows(`SELECT count() FROM tinybird.endpoint_errors WHERE request_id = '${id}'`),
    ).toEqual([[0]]);
  });
});

test('what is not a call of an endpoint or of the Query API is not logged', async () => {
  for (const call of ['GET /v0/pipes', 'GET /v0/pipes/paths', 'GET /v0/datasources', 'GET /nothing'])
    await server.call(call);
  await server.call('GET /v0/sql?q=SELECT+1', { headers: { authorization: 'Bearer wrong' } });
  await rowOf(server, 'pipe_stats_rt', await server.call('GET /v0/pipes/paths.json'));
  const urls = await server.rows("SELECT DISTINCT extract(url, '^[^?]+') FROM tinybird.pipe_stats_rt");
  const others = urls.flat().filter((url) => !/^\/v0\/(sql|pipes\/\w+\.\w+)$/.test(String(url)));
  expect(others).toEqual([]);
  expect(
    await server.rows("SELECT count() FROM tinybird.pipe_stats_rt WHERE status_code = 401 OR token = ''"),
  ).toEqual([[0]]);
});

test('[SVT-04] [SVT-05] pipe_stats has the calls of each day, the average in seconds and quantiles in milliseconds', async () => {
  const { token = '' } = await server.client().publish('hidden', 'hidden_node');
  const headers = { authorization: `Bearer ${token}` };
  for (let i = 0; i < 5; i++) await server.call('GET /v0/pipes/hidden.json', { headers });
  await server.call('GET /v0/pipes/hidden.xlsx', { headers });
  const ofHidden = "FROM tinybird.pipe_stats_rt WHERE pipe_name = 'hidden' AND token_name LIKE '%hidden%'";
  await untilRows(server, `SELECT 1 ${ofHidden}`, 6);
  // A call can be read a moment before the day that it counts for.
  const sum = "SELECT sum(view_count) AS days FROM tinybird.pipe_stats WHERE pipe_name = 'hidden'";
  const all = "SELECT count() FROM tinybird.pipe_stats_rt WHERE pipe_name = 'hidden'";
  await untilRows(server, `${sum} HAVING days = (${all})`, 1);
  const [exact] = await server.rows(`SELECT toDate(any(start_datetime)), count(), sum(error), avg(duration),
    quantilesTiming(0.9, 0.95, 0.99)(duration * 1000), sum(read_bytes), sum(read_rows)
    FROM tinybird.pipe_stats_rt WHERE pipe_name = 'hidden'`);
  const [daily] =
    await server.rows(`SELECT date, sum(view_count), sum(error_count), avgMerge(avg_duration_state),
    quantilesTimingMerge(0.9, 0.95, 0.99)(quantile_timing_state), sum(read_bytes_sum), sum(read_rows_sum)
    FROM tinybird.pipe_stats WHERE pipe_id = '${ids['hidden']}' AND pipe_name = 'hidden' GROUP BY date`);
  expect(daily).toEqual(exact);
  expect(
    await server.rows("SELECT resource_tags FROM tinybird.pipe_stats WHERE pipe_name = 'hidden'"),
  ).toEqual([[[]]]);
});

test('[SV-07] a day of a Pipe is one row, however many inserts it came in', async () => {
  const rows = await server.rows(
    'SELECT date, pipe_id, pipe_name, count() AS c FROM tinybird.pipe_stats GROUP BY ALL HAVING c > 1',
  );
  expect(rows).toEqual([]);
});
