import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ 'query-seconds': '1', 'query-result-bytes': '1000000' });
  const client = server.client();
  await client.createDataSource('visits', 'at DateTime `json:$.at`, path String `json:$.path`');
  await client.events(
    'visits',
    [
      { at: '2026-01-31 10:00:00', path: '/' },
      { at: '2026-01-31 11:00:00', path: '/a' },
    ],
    { wait: true },
  );
  await client.createPipe({ name: 'paths', nodes: [{ name: 'only', sql: 'SELECT path FROM visits' }] });
});
afterAll(() => server.stop());

function sql(
  text: string,
  headers: Record<string, string> = { 'content-type': 'text/plain' },
): Promise<Reply> {
  return server.call('POST /v0/sql', { body: text, headers });
}

describe('sending a query', () => {
  const expected = { c: 2 };

  test.each<[string, () => Promise<Reply>]>([
    [
      '[QY-01] GET with q',
      () => server.call(`GET /v0/sql?q=${encodeURIComponent('SELECT count() AS c FROM visits')}`),
    ],
    [
      '[QY-02] POST of JSON',
      () => sql('{"q": "SELECT count() AS c FROM visits", "x": 1}', { 'content-type': 'application/json' }),
    ],
    ['[QY-03] POST of text', () => sql('SELECT count() AS c FROM visits')],
    [
      "[QY-03] POST with curl's own media type",
      () => sql('SELECT count() AS c FROM visits', { 'content-type': 'application/x-www-form-urlencoded' }),
    ],
    [
      '[GN-07] POST of a form with q',
      () => server.form('POST /v0/sql', { q: 'SELECT count() AS c FROM visits', app_name: 'x' }),
    ],
    [
      '[QY-10] other parameters are ignored',
      () =>
        server.call(
          `GET /v0/sql?app_name=explorer&q=${encodeURIComponent('SELECT count() AS c FROM visits')}`,
        ),
    ],
    [
      '[QY-06] pipeline and _',
      () => server.call(`GET /v0/sql?pipeline=paths&q=${encodeURIComponent('SELECT count() AS c FROM _')}`),
    ],
    ['[QY-14] a Pipe by name', () => sql('SELECT count() AS c FROM paths')],
    [
      '[QY-14] a CTE, a subquery and a Pipe',
      () => sql('WITH p AS (SELECT path FROM paths) SELECT count() AS c FROM (SELECT * FROM p)'),
    ],
  ])('%s', async (_title, send) => {
    const reply = await send();
    expect([reply.status, reply.body]).toMatchObject([200, { data: [expected], rows: 1 }]);
  });

  test('[QY-12] [QY-N1] the default is the JSON document', async () => {
    const reply = await sql('SELECT path, at FROM visits ORDER BY at LIMIT 1;');
    expect([reply.status, reply.headers.get('content-type'), reply.body]).toEqual([
      200,
      'application/json; charset=utf-8',
      {
        meta: [
          { name: 'path', type: 'String' },
          { name: 'at', type: 'DateTime' },
        ],
        data: [{ path: '/', at: '2026-01-31 10:00:00' }],
        rows: 1,
        rows_before_limit_at_least: 2,
        statistics: { elapsed: expect.any(Number), rows_read: 2, bytes_read: expect.any(Number) },
      },
    ]);
  });

  test.each([
    ['CSV', '"/",1\n', 'text/csv; charset=utf-8'],
    ['CSVWithNames', '"p","n"\n"/",1\n', 'text/csv; charset=utf-8'],
    ['TSV', '/\t1\n', 'text/tab-separated-values; charset=utf-8'],
    ['TSVWithNames', 'p\tn\n/\t1\n', 'text/tab-separated-values; charset=utf-8'],
    ['JSONEachRow', { p: '/', n: 1 }, 'application/x-ndjson; charset=utf-8'],
    ['PrettyCompact', expect.stringContaining('│ / │ 1 │'), 'text/plain; charset=utf-8'],
    ['Parquet', expect.stringMatching(/^PAR1/), 'application/vnd.apache.parquet'],
    ['JSON', expect.objectContaining({ data: [{ p: '/', n: 1 }] }), 'application/json; charset=utf-8'],
    ['jsoneachrow', { p: '/', n: 1 }, 'application/x-ndjson; charset=utf-8'],
  ])('[QY-11] FORMAT %s', async (format, body, type) => {
    const reply = await sql(`SELECT '/' AS p, 1 AS n FORMAT ${format}`);
    expect([reply.status, reply.body, reply.headers.get('content-type')]).toEqual([200, body, type]);
  });

  test('[QY-13] slashes are escaped in JSON the way the engine does', async () => {
    const response = await server
      .client()
      .fetch({ method: 'POST', path: '/v0/sql', body: "SELECT 'a/b' AS s FORMAT JSONEachRow" });
    expect(await response.text()).toBe('{"s":"a\\/b"}\n');
  });

  test('[QY-07] 64-bit integers are numbers unless quotes are asked for', async () => {
    const q = encodeURIComponent('SELECT toUInt64(1) AS n FORMAT JSONEachRow');
    expect((await server.call(`GET /v0/sql?q=${q}`)).body).toEqual({ n: 1 });
    expect((await server.call(`GET /v0/sql?q=${q}&output_format_json_quote_64bit_integers=1`)).body).toEqual({
      n: '1',
    });
  });

  test('a large result in lines arrives whole', async () => {
    const reply = await sql('SELECT number FROM numbers(100000) FORMAT CSV');
    const numbers = String(reply.body).trimEnd().split('\n');
    expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([100_000, '0', '99999']);
  });
});

describe('errors', () => {
  const cases: [string, string, number, string | null, string | RegExp][] = [
    ['nothing', '', 400, null, 'There is no query. Send it as the parameter `q` or as the request body.'],
    [
      '[ERD-04] a syntax error',
      'SELECT 1 +',
      400,
      '62',
      /failed at position 11 \(end of query\).*\(line 1, col 11\).*\(SYNTAX_ERROR\)$/,
    ],
    ['[ERD-04] an unknown column', 'SELECT nope FROM visits', 400, '47', /nope.*\(UNKNOWN_IDENTIFIER\)$/s],
    [
      '[ERD-04] [ERD-06] a bad argument',
      "SELECT toDateTime('2026-01-01 00:00:00', 'Nowhere/City')",
      400,
      '36',
      /\(BAD_ARGUMENTS\)$/,
    ],
    ['[ERD-04] a wrong type', "SELECT plus('a', 1)", 400, '43', /\(ILLEGAL_TYPE_OF_ARGUMENT\)$/],
    [
      '[ERD-04] [QY-18] too slow',
      'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1',
      408,
      '159',
      /\(TIMEOUT_EXCEEDED\)$/,
    ],
    [
      '[QY-18] too large',
      'SELECT number, toString(number) FROM numbers(1000000)',
      400,
      '396',
      /\(TOO_MANY_ROWS_OR_BYTES\)$/,
    ],
    ['[QY-18] too long', `SELECT '${'x'.repeat(8192)}'`, 400, null, 'The query is longer than 8192 bytes.'],
    [
      '[ERD-04] an unknown table',
      'SELECT * FROM visit',
      400,
      '60',
      'There is no Data Source or Pipe `visit` in this Workspace. Did you mean `visits`? (UNKNOWN_TABLE)',
    ],
    ['[ERD-04] an unknown function', 'SELECT cuont()', 400, '46', /cuont/],
    [
      '[QY-06] the Pipe of a request that names none',
      'SELECT * FROM _',
      400,
      '60',
      'There is no Data Source or Pipe `_` in this Workspace. It stands for the Pipe that the parameter `pipeline` names, which is missing. (UNKNOWN_TABLE)',
    ],
    [
      '[ERD-01] an unknown format',
      'SELECT 1 FORMAT Nope',
      400,
      '73',
      /^There is no format Nope\. Use one of: JSON, /,
    ],
    [
      'a template without a value',
      '% SELECT {{Int32(x)}}',
      400,
      null,
      'Template Syntax Error: Required parameter is not defined. Check the parameters x. Please provide a value or set a default value in the pipe code.',
    ],
  ];

  test.each(cases)('[ERR-06] [GN-17] %s', async (_title, text, status, code, error) => {
    const reply = await sql(text);
    const expected = typeof error === 'string' ? error : expect.stringMatching(error);
    expect([reply.status, reply.body, reply.headers.get('x-db-exception-code')]).toEqual([
      status,
      { error: expected },
      code,
    ]);
  });

  test('[QY-02] a JSON body that is no object', async () => {
    const reply = await sql('["SELECT 1"]', { 'content-type': 'application/json' });
    expect([reply.status, reply.body]).toEqual([
      400,
      { error: expect.stringMatching(/^The request body is not valid: it is not a JSON object/) },
    ]);
  });
});

describe("what would take the server's time", () => {
  test('[QY-18] WITH queries that double are refused before the engine puts them in place', async () => {
    const doubling = Array.from({ length: 18 }, (_, i) => `c${i + 1} AS (SELECT a.x FROM c${i} a, c${i} b)`);
    const reply = await sql(`WITH c0 AS (SELECT 1 x), ${doubling.join(', ')} SELECT count() FROM c18`);
    const error = expect.stringMatching(/^The query reads its WITH queries and Pipes \d+ times in all/);
    expect([reply.status, reply.body]).toEqual([403, { error }]);
  });

  test('[QY-18] a scalar subquery has its time when a Pipe is made, too', async () => {
    const slow = 'SELECT (SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1)';
    const body = JSON.stringify({ name: 'slow', nodes: [{ name: 'n', sql: slow }] });
    const reply = await server.call('POST /v0/pipes', { body });
    expect([reply.status, reply.headers.get('x-db-exception-code')]).toEqual([408, '159']);
    expect((await server.call('GET /v0/pipes/slow')).status).toBe(404);
  });

  test('nothing of a query that failed is in the next reply', async () => {
    for (let round = 0; round < 10; round++) {
      await sql("SELECT 'of another' AS s, throwIf(number = 70000) FROM numbers(100000) FORMAT JSON");
      expect((await sql('SELECT 0 AS clean FORMAT JSONEachRow')).body).toEqual({ clean: 0 });
    }
  });
});

describe('the gate', () => {
  test.each([
    ['two statements', 'SELECT 1; SELECT 2', 400],
    ['INSERT', "INSERT INTO visits VALUES (now(), '/')", 400],
    ['DROP', 'DROP TABLE visits', 400],
    ['INTO OUTFILE', "SELECT 1 INTO OUTFILE '/tmp/goldcrest-outfile'", 400],
    ['a system table', 'SELECT * FROM system.tables', 403],
    ['another database', 'SELECT * FROM default.visits', 403],
    ['a file by table function', "SELECT * FROM file('/etc/passwd', 'LineAsString')", 403],
    ['a file by function', "SELECT file('/etc/passwd')", 403],
    ['a URL', "SELECT * FROM url('http://localhost', 'CSV')", 403],
    ['a table of another server', "SELECT * FROM remote('localhost', 'system.one')", 403],
    ['rows of zeros, which the engine makes for nobody who only reads', 'SELECT * FROM zeros(2)', 403],
    ['all tables by pattern', "SELECT * FROM merge('.*', '.*')", 403],
    ['a setting that lifts the limits', 'SELECT 1 SETTINGS max_execution_time = 0', 403],
    ['a setting inside', 'SELECT * FROM (SELECT 1 SETTINGS max_memory_usage = 0)', 403],
    ['a forged node', 'SELECT 1 AS `x\n TableIdentifier system.one`', 400],
    ['a parameter', 'SELECT {x:String}', 400],
  ])('[QY-15] [PS-07] [PS-08] [QY-14] %s is refused', async (_title, text, status) => {
    const reply = await sql(text);
    expect([reply.status, reply.body]).toEqual([status, { error: expect.any(String) }]);
  });

  test('[AU-09] [AU-17] a token that reads a Pipe may query it, and nothing that it is made of', async () => {
    const { token = '' } = await server.client().publish('paths', 'only');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' };
    expect((await sql('SELECT count() AS c FROM paths FORMAT JSONEachRow', headers)).body).toEqual({ c: 2 });
    const attempts = [
      'SELECT * FROM visits',
      'SELECT * FROM visits_quarantine',
      'WITH visits AS (SELECT 1) SELECT * FROM visits',
      'SELECT * FROM (WITH visits AS (SELECT 1) SELECT * FROM paths), visits',
      'SELECT 1 IN visits',
      "SELECT joinGet('visits', 'path', 1)",
    ];
    for (const attempt of attempts)
      expect([attempt, (await sql(attempt, headers)).status]).toEqual([attempt, 403]);
    expect((await sql('SELECT * FROM _', headers)).body).toEqual({
      error: expect.stringMatching(/the parameter `pipeline` names, which is missing/),
    });
    const { id } = await server.client().dataSource('visits');
    expect((await sql(`SELECT * FROM ${id}`, headers)).status).toBe(403);
  });
});
