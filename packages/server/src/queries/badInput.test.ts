import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';

/** Longest SQL text, in bytes, and longest URL of a query. */
const SQL_BYTES_MAX = 8192;
const URL_BYTES_MAX = 32 * 1024;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({
    'query-seconds': '2',
    'query-memory-bytes': String(32 * 1024 * 1024),
    'query-result-bytes': '1000000',
  });
  const client = server.client();
  await client.createDataSource(
    'visits',
    'at DateTime `json:$.at`, path String `json:$.path`, ms Int32 `json:$.ms`',
  );
  await client.events('visits', [{ at: '2026-01-31 10:00:00', path: '/', ms: 0 }], { wait: true });
  await client.createPipe({ name: 'paths', nodes: [{ name: 'only', sql: 'SELECT path FROM visits' }] });
});
afterAll(() => server.stop());

/** A request of the Query API, as a title shows it. */
interface Sent {
  call: string;
  body?: string | Uint8Array<ArrayBuffer>;
  type?: string;
  headers?: Record<string, string>;
}

function get(sql: string, more = ''): Sent {
  return { call: `GET /v0/sql?q=${encodeURIComponent(sql)}${more}` };
}

function post(body: string | Uint8Array<ArrayBuffer>, type = 'text/plain', more = ''): Sent {
  return { call: `POST /v0/sql${more}`, body, type };
}

function json(body: unknown): Sent {
  return post(JSON.stringify(body), 'application/json');
}

function send({ call, body, type, headers }: Sent): Promise<Reply> {
  const all = { ...(type === undefined ? {} : { 'content-type': type }), ...headers };
  return server.call(call, body === undefined ? { headers: all } : { body, headers: all });
}

/** Asserts the whole reply: only an error text, without anything of the server's inside. */
async function expectError(
  sent: Sent,
  status: number,
  code: number | null,
  error: string | RegExp,
): Promise<void> {
  const reply = await send(sent);
  const text = typeof error === 'string' ? error : expect.stringMatching(error);
  expect([reply.status, reply.headers.get('x-db-exception-code'), reply.body]).toEqual([
    status,
    code === null ? null : String(code),
    { error: text },
  ]);
  expect(JSON.stringify(reply.body)).not.toMatch(
    /\n\s+at |node_modules|\bw_[0-9a-f]{32}|DB::Exception|goldcrest-test/,
  );
}

const NO_QUERY = 'There is no query. Send it as the parameter `q` or as the request body.';
const TOO_LONG = `The query is longer than ${SQL_BYTES_MAX} bytes.`;

/** SQL of exactly this many bytes. */
function sqlOf(bytes: number): string {
  const empty = "SELECT length('') FORMAT CSV";
  return empty.replace("''", `'${'x'.repeat(bytes - empty.length)}'`);
}

describe('what is sent', () => {
  test.each<[string, Sent, number, string | RegExp]>([
    ['nothing', { call: 'GET /v0/sql' }, 400, NO_QUERY],
    ['an empty q', get(''), 400, NO_QUERY],
    ['a q of spaces', get(' \n\t'), 400, NO_QUERY],
    ['an empty body', post(''), 400, NO_QUERY],
    ['JSON without q', json({ query: 'SELECT 1' }), 400, NO_QUERY],
    ['JSON with q null', json({ q: null }), 400, NO_QUERY],
    ['JSON that is text', json('SELECT 1'), 400, /^The request body is not valid: it is not a JSON object/],
    ['JSON that is null', json(null), 400, /^The request body is not valid: it is not a JSON object/],
    [
      'JSON that is a list',
      json([{ q: 'SELECT 1' }]),
      400,
      /^The request body is not valid: it is not a JSON object/,
    ],
    [
      'JSON cut short',
      post('{"q": "SELECT 1"', 'application/json'),
      400,
      /^The request body is not valid: it is not JSON/,
    ],
    ['an empty JSON body', post('', 'application/json'), 400, /^The request body is not valid: it is empty/],
    [
      'damaged gzip',
      { ...post(gzipSync('SELECT 1').subarray(0, 12)), headers: { 'content-encoding': 'gzip' } },
      400,
      'The request body is not valid: it is not complete gzip data.',
    ],
    [
      'another encoding',
      { ...post('SELECT 1'), headers: { 'content-encoding': 'br' } },
      400,
      'Content-Encoding `br` is not supported. Send the body as it is, or compressed with gzip.',
    ],
    [
      'a gzip bomb',
      { ...post(gzipSync(Buffer.alloc(20 * 1024 * 1024, 32))), headers: { 'content-encoding': 'gzip' } },
      413,
      /^The request body is larger than the 8388608 bytes/,
    ],
    [
      'a body of 9 MB',
      post('x'.repeat(9 * 1024 * 1024)),
      413,
      /^The request body is larger than the 8388608 bytes/,
    ],
    ['SQL of 8 KB + 1 in the URL', get(sqlOf(SQL_BYTES_MAX + 1)), 400, TOO_LONG],
    ['SQL of 8 KB + 1 in the body', post(sqlOf(SQL_BYTES_MAX + 1)), 400, TOO_LONG],
    ['SQL of 8 KB + 1 in JSON', json({ q: sqlOf(SQL_BYTES_MAX + 1) }), 400, TOO_LONG],
    ['SQL of few letters but many bytes', post(`SELECT '${'é'.repeat(SQL_BYTES_MAX / 2)}'`), 400, TOO_LONG],
    [
      'a URL of 32 KB',
      get('SELECT 1', `&x=${'y'.repeat(URL_BYTES_MAX)}`),
      414,
      `The URL is longer than ${URL_BYTES_MAX} bytes. Send the parameters in the body of a POST request.`,
    ],
    [
      'a 64-bit switch that is a word',
      get('SELECT 1', '&output_format_json_quote_64bit_integers=true'),
      400,
      'The parameter `output_format_json_quote_64bit_integers` is not valid: `true` is neither 0 nor 1.',
    ],
    [
      'a switch that is empty',
      get('SELECT 1', '&output_format_json_quote_denormals='),
      400,
      'The parameter `output_format_json_quote_denormals` is not valid: `` is neither 0 nor 1.',
    ],
    [
      'a switch given twice',
      get('SELECT 1', '&output_format_json_quote_denormals=1&output_format_json_quote_denormals=2'),
      400,
      'The parameter `output_format_json_quote_denormals` is not valid: `2` is neither 0 nor 1.',
    ],
    [
      'a Pipe that does not exist',
      get('SELECT * FROM _', '&pipeline=path'),
      404,
      'There is no Pipe `path` in this Workspace. Did you mean `paths`?',
    ],
  ])('[QY-02] [QY-18] [GN-11] %s', async (_title, sent, status, error) => {
    await expectError(sent, status, null, error);
  });

  test.each<[string, Sent]>([
    ['in the URL', get(sqlOf(SQL_BYTES_MAX))],
    ['in the body', post(sqlOf(SQL_BYTES_MAX))],
    ['in JSON', json({ q: sqlOf(SQL_BYTES_MAX) })],
    ['packed', { ...post(gzipSync(sqlOf(SQL_BYTES_MAX))), headers: { 'content-encoding': 'gzip' } }],
    ['of q given twice, the last', get('SELECT broken', `&q=${encodeURIComponent(sqlOf(SQL_BYTES_MAX))}`)],
  ])('[QY-18] SQL of 8 KB is taken %s', async (_title, sent) => {
    const reply = await send(sent);
    expect([reply.status, reply.body]).toEqual([200, SQL_BYTES_MAX - "SELECT length('') FORMAT CSV".length]);
  });

  test.each(['PUT', 'PATCH', 'DELETE'])('[GN-11] %s is not for queries', async (method) => {
    const reply = await server.call(`${method} /v0/sql?q=SELECT+1`);
    const error = `${method} is not allowed on /v0/sql. Allowed: GET, POST.`;
    expect([reply.status, reply.headers.get('allow'), reply.body]).toEqual([405, 'GET, POST', { error }]);
  });
});

describe('what is asked', () => {
  test('[ERD-06] a right side of IN that is no literal, which older engines refused, is computed', async () => {
    const sql =
      "SELECT 1 IN arrayMap(x -> toInt32(x), splitByChar(',', '1,2,3')) AS found FORMAT JSONEachRow";
    expect(await send(post(sql))).toMatchObject({ status: 200, body: { found: 1 } });
  });

  test.each<[string, string, number, number | null, RegExp]>([
    ['no end of the query', 'SELECT 1 FROM', 400, 62, /^Syntax error: .*\(SYNTAX_ERROR\)$/s],
    ['a comment only', '-- SELECT 1', 400, 62, /^The SQL is empty\. Write a SELECT\./],
    ['an open quote', "SELECT 'a", 400, 62, /^The SQL can't be read from "'a" on\./],
    ['a character that is none', 'SELECT \u0007', 400, 62, /^The SQL can't be read from /],
    ['a lone half of a character', 'SELECT 1 \ud800', 400, 62, /^The SQL can't be read from "�" on\./],
    ['brackets without end', 'SELECT '.padEnd(8000, '('), 400, 62, /^The bracket '\(' has no partner\./],
    ['arrays without end', 'SELECT '.padEnd(8000, '['), 400, 62, /^The bracket '\[' has no partner\./],
    ['negations without end', `SELECT ${'NOT '.repeat(1900)}1`, 400, 167, /\(TOO_DEEP_AST\)$/],
    [
      'a format that does not exist',
      'SELECT 1 FORMAT Arrow',
      400,
      73,
      /^There is no format Arrow\. Use one of: JSON, /,
    ],
    ['a format that would go elsewhere', 'SELECT 1 FORMAT Null', 400, 73, /^There is no format Null\./],
    ['[ERD-04] a bad argument', "SELECT toTimeZone(now(), 'Nowhere')", 400, 36, /\(BAD_ARGUMENTS\)$/],
    ['[ERD-04] a wrong type', "SELECT sum('a')", 400, 43, /\(ILLEGAL_TYPE_OF_ARGUMENT\)$/],
    ['[ERD-04] an unknown function', 'SELECT summ(1)', 400, 46, /\(UNKNOWN_FUNCTION\)$/],
    ['[ERD-04] an unknown column', 'SELECT pth FROM visits', 400, 47, /\(UNKNOWN_IDENTIFIER\)$/],
    ['[ERD-04] types that do not fit', "SELECT ms = 'a' FROM visits", 400, 53, /\(TYPE_MISMATCH\)$/],
    ['[ERD-04] an unknown table', 'SELECT * FROM vists', 400, 60, /`vists`.*`visits`.*\(UNKNOWN_TABLE\)$/],
    [
      '[ERD-04] too slow',
      'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1',
      408,
      159,
      /\(TIMEOUT_EXCEEDED\)$/,
    ],
    [
      '[ERD-04] [ERD-05] too much memory',
      'SELECT groupArray(number) FROM numbers(100000000)',
      500,
      241,
      /\(MEMORY_LIMIT_EXCEEDED\)$/,
    ],
    [
      'too much memory, streamed',
      'SELECT groupArray(number) FROM numbers(100000000) FORMAT CSV',
      500,
      241,
      /\(MEMORY_LIMIT_EXCEEDED\)$/,
    ],
    [
      'a result above the limit',
      "SELECT repeat('x', 1000) || path FROM visits, numbers(2000)",
      400,
      396,
      /\(TOO_MANY_ROWS_OR_BYTES\)$/,
    ],
    ['a division of integers by zero', 'SELECT intDiv(1, ms) FROM visits', 400, 153, /\(ILLEGAL_DIVISION\)$/],
    ['a text that is no number', "SELECT toInt32('abc')", 400, 6, /\(CANNOT_PARSE_TEXT\)$/],
    ['a date that is none', "SELECT toDateTime('tomorrow')", 400, 41, /\(CANNOT_PARSE_DATETIME\)$/],
    [
      'an array outside its bounds of size',
      'SELECT range(1000000000)',
      400,
      69,
      /\(ARGUMENT_OUT_OF_BOUND\)$/,
    ],
    ['a cast that loses NULL', 'SELECT CAST(NULL AS Int32)', 400, 70, /\(CANNOT_CONVERT_TYPE\)$/],
    [
      'throwIf',
      "SELECT throwIf(1, 'w_0123456789abcdef0123456789abcdef')",
      400,
      395,
      /\(FUNCTION_THROW_IF_VALUE_IS_NON_ZERO\)$/,
    ],
  ])('[ERR-06] [ERD-01] [ERD-03] %s', async (_title, sql, status, code, error) => {
    await expectError(post(sql), status, code, error);
  });
});

describe('numbers that are none', () => {
  const sql =
    "SELECT 1 / ms AS inf, -1 / ms AS neg, toFloat64('nan') AS nan, toFloat32(nan) AS small, NULL AS nil FROM visits";

  test.each<[string, string, unknown]>([
    ['JSON', '', { inf: null, neg: null, nan: null, small: null, nil: null }],
    [
      'JSON, quoted',
      '&output_format_json_quote_denormals=1',
      { inf: 'inf', neg: '-inf', nan: 'nan', small: 'nan', nil: null },
    ],
  ])('[QY-08] division by zero in %s', async (_title, more, row) => {
    const reply = await send(get(sql, more));
    expect([reply.status, reply.body]).toMatchObject([200, { data: [row], rows: 1 }]);
  });

  test('[QY-08] division by zero in CSV', async () => {
    const reply = await send(post(`${sql} FORMAT CSV`));
    expect([reply.status, reply.body]).toEqual([200, 'inf,-inf,nan,nan,\\N\n']);
  });
});

test('[QY-18] a streamed result above the limit is refused or breaks off, and is never complete', async () => {
  const body = 'SELECT number, path FROM visits, numbers(1000000) FORMAT CSV';
  const headers = { authorization: `Bearer ${server.token}` };
  const reply = await fetch(`${server.url}/v0/sql`, { method: 'POST', body, headers });
  const text = await reply.text().catch((error: Error) => error.message);
  if (reply.status === 200) expect(text).toBe('terminated');
  else expect([reply.status, reply.headers.get('x-db-exception-code')]).toEqual([400, '396']);
});
