import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;
/** Reads `typed` and nothing else. */
let token: string;

const PIPES: Readonly<Record<string, string>> = {
  typed: `% SELECT
    {{Int8(i8, 1)}} AS i8, {{UInt64(u64, 1)}} AS u64, {{Float64(f, 1.5)}} AS f, {{Boolean(b, 1)}} AS b,
    {{Date(d, '2026-01-31')}} AS d, {{DateTime(dt, '2026-01-31 10:00:00')}} AS dt, {{String(s, 'x')}} AS s,
    {{UUID(uuid, '00000000-0000-0000-0000-000000000000')}} AS uuid,
    {{Array(list, 'Int32', '1,2')}} AS list`,
  needed: '% SELECT {{Int32(id, required=True)}} AS id, {{String(name)}} AS name',
  divided: '% SELECT 1 / {{Int32(by, 0)}} AS value, intDiv(1, {{Int32(whole, 1)}}) AS whole',
  hungry: '% SELECT groupArray(number) AS numbers FROM numbers({{UInt64(n, 100000000)}})',
  large: "% SELECT number, repeat('x', 100) || toString(number) AS text FROM numbers({{UInt64(n, 100000)}})",
  slow: 'SELECT count() AS c FROM numbers(1000000000000) WHERE sipHash64(number) = 1',
  failing: '% SELECT throwIf(number = {{UInt64(at)}}) AS t FROM numbers(10)',
  metrics: `% SELECT 'requests' AS name, 'counter' AS type, 'All of them' AS help, {{Float64(part, 1)}} / {{Float64(whole, 0)}} AS value`,
};

const MULTIPART = '--x\r\ncontent-disposition: form-data; name="i8"\r\n\r\n5\r\n--x--\r\n';

beforeAll(async () => {
  server = await TestServer.start({
    'query-seconds': '1',
    'query-memory-bytes': String(32 * 1024 * 1024),
    'query-result-bytes': '1000000',
  });
  const client = server.client();
  for (const [name, sql] of Object.entries(PIPES)) {
    await client.createPipe({ name, nodes: [{ name: 'only', sql }] });
    ({ token = '' } = await client.publish(name, 'only'));
  }
  ({ token = '' } = await client.publish('typed', 'only'));
  await client.createPipe({ name: 'unpublished', nodes: [{ name: 'only', sql: 'SELECT 1' }] });
});
afterAll(() => server.stop());

/** What is asserted of a refusal: the whole reply, and that nothing of the server's inside is in it. */
async function expectError(
  reply: Reply,
  status: number,
  code: number | null,
  error: string | RegExp,
): Promise<void> {
  const text = typeof error === 'string' ? error : expect.stringMatching(error);
  const { headers } = reply;
  expect([reply.status, headers.get('x-db-exception-code'), reply.body]).toEqual([
    status,
    code === null ? null : String(code),
    { error: text },
  ]);
  expect([headers.get('content-type'), headers.get('etag'), headers.get('cache-control')]).toEqual([
    'application/json; charset=utf-8',
    null,
    null,
  ]);
  expect(JSON.stringify(reply.body)).not.toMatch(
    /\n\s+at |node_modules|\bw_[0-9a-f]{32}|DB::Exception|goldcrest-test|Traceback/,
  );
}

function get(file: string, parameters: string | Record<string, string> = ''): Promise<Reply> {
  return server.call(`GET /v0/pipes/${file}?${new URLSearchParams(parameters)}`);
}

function post(file: string, body: unknown): Promise<Reply> {
  const headers = { 'content-type': 'application/json' };
  return server.call(`POST /v0/pipes/${file}`, {
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe('parameters', () => {
  test('[TPL-12] without any, all have their defaults', async () => {
    expect((await get('typed.json')).body).toMatchObject({
      data: [{ i8: 1, u64: 1, f: 1.5, d: '2026-01-31', dt: '2026-01-31 10:00:00', s: 'x', list: [1, 2] }],
    });
  });

  const wrong: [string, string | Record<string, string>, RegExp][] = [
    ['text for an integer', { i8: 'many' }, /i8/],
    ['a number out of the range of its type', { i8: '300' }, /i8/],
    ['a negative number for an unsigned one', { u64: '-1' }, /u64/],
    ['a number above 64 bits', { u64: '18446744073709551616' }, /u64/],
    ['a fraction for an integer', { i8: '1.5' }, /i8/],
    ['text for a float', { f: 'x1.5' }, /f/],
    ['text for a date', { d: 'tomorrow' }, /d/],
    ['a day that does not exist', { d: '2026-02-30' }, /d/],
    ['text for a time', { dt: "10 o'clock" }, /dt/],
    ['text for a UUID', { uuid: '1234' }, /uuid/],
    ['text in an array of numbers', { list: '1,x,3' }, /list/],
    ['an array where there is one number', 'i8=1&i8=2', /i8/],
    ['SQL for a number', { i8: '1) UNION ALL (SELECT 2' }, /i8/],
  ];

  test.each(wrong)('[ERR-06] [EP-17] %s', async (_title, parameters, error) => {
    for (const format of ['json', 'csv', 'ndjson', 'parquet', 'prometheus']) {
      await expectError(await get(`typed.${format}`, parameters), 400, null, error);
    }
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['text for an integer', { i8: 'many' }, /i8/],
    ['an object for an integer', { i8: { a: 1 } }, /i8/],
    ['an array for an integer', { i8: [1, 2] }, /i8/],
    ['a fraction for an integer', { i8: 1.5 }, /i8/],
    ['an object for a date', { d: { year: 2026 } }, /d/],
    ['an array of texts for one of numbers', { list: ['x'] }, /list/],
  ])('[ERR-06] [EP-06] %s, in JSON', async (_title, body, error) => {
    await expectError(await post('typed.json', body), 400, null, error);
  });

  test.each<[string, string | Record<string, string>, RegExp]>([
    ['all', '', /id/],
    ['one without default', { id: '1' }, /name/],
    ['the required one', { name: 'x' }, /id/],
  ])('[ERR-06] missing: %s', async (_title, parameters, error) => {
    await expectError(await get('needed.json', parameters), 400, null, error);
  });

  test.each<[string, string]>([
    ['text that is SQL', "' OR 1=1 --"],
    ['text with a NUL', 'a\u0000b'],
    ['text of other scripts', '日本語 🐦'],
    ['text with quotes of each kind', `'"\`\\`],
    ['text that is a template', '{{Int32(x)}}{% if 1 %}'],
  ])('[TPL-12] %s comes back as it was sent', async (_title, s) => {
    expect((await get('typed.json', { s })).body).toMatchObject({ data: [{ s }] });
    expect((await post('typed.json', { s })).body).toMatchObject({ data: [{ s }] });
  });
});

describe('requests', () => {
  test.each<[string, string, number, string | RegExp]>([
    [
      '[EP-05] no such Pipe',
      'typd.json',
      404,
      'There is no Pipe `typd` in this Workspace. Did you mean `typed`?',
    ],
    ['[EP-05] no endpoint', 'unpublished.json', 404, /^The Pipe `unpublished` has no published endpoint\./],
    [
      '[EP-05] no such format',
      'typed.xml',
      404,
      'There is no data format `xml`. Use one of: json, csv, ndjson, parquet, prometheus.',
    ],
    ['[EP-05] a format in capitals', 'typed.JSON', 404, /^There is no data format `JSON`\./],
    ['[EP-05] an empty format', 'typed.', 404, /^There is no data format ``\./],
    ['[EP-05] a name that is a path', '..%2f..%2ftyped.json', 404, /^There is no Pipe `/],
    ['[EP-05] a name of the language', '__proto__.json', 404, /^There is no Pipe `__proto__`/],
    [
      '[EP-05] a format of the language',
      'typed.constructor',
      404,
      /^There is no data format `constructor`\./,
    ],
  ])('%s', async (_title, file, status, error) => {
    await expectError(await get(file), status, null, error);
  });

  test('[AU-05] a token of another endpoint is refused alike, whether a Pipe exists or not', async () => {
    const headers = { authorization: `Bearer ${token}` };
    expect((await server.call('GET /v0/pipes/typed.json', { headers })).status).toBe(200);
    const existing = await server.call('GET /v0/pipes/needed.json', { headers });
    const absent = await server.call('GET /v0/pipes/nothing.json', { headers });
    expect([existing.status, absent.status]).toEqual([403, 404]);
    expect(JSON.stringify(absent.body)).not.toMatch(/needed|hungry|divided/);
  });

  test.each<[string, string, string | undefined, string, string]>([
    ['an endpoint', 'POST /v0/pipes/typed.csv', 'text/plain', 'i8=5', 'text/plain'],
    [
      'an endpoint',
      'POST /v0/pipes/typed.json',
      'multipart/form-data; boundary=x',
      MULTIPART,
      'multipart/form-data',
    ],
    ['the Query API', 'POST /v0/sql', 'multipart/form-data; boundary=x', MULTIPART, 'multipart/form-data'],
    ['a new Pipe', 'POST /v0/pipes', 'multipart/form-data; boundary=x', MULTIPART, 'multipart/form-data'],
    ['a Pipe that is changed', 'PUT /v0/pipes/typed', 'text/plain', 'name=x', 'text/plain'],
  ])(
    '[GN-07] [EP-06] parameters that can not be read are not left out: %s, %s with %s',
    async (_what, call, type, body, shown) => {
      const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
      const reply = await server.call(call, { body, headers });
      const error = `Parameters can not be read from ${shown}. Send them in the URL, as a form (application/x-www-form-urlencoded) or as a JSON object (application/json).`;
      expect([reply.status, reply.headers.get('x-error-code'), reply.body]).toEqual([
        415,
        'unsupported_media_type',
        { error },
      ]);
    },
  );

  test.each<[string, string, RegExp]>([
    ['no JSON', '{"i8": 1', /^The request body is not valid: it is not JSON/],
    ['a list', '[1]', /^The request body is not valid: it is not a JSON object/],
    ['a text', '"i8=1"', /^The request body is not valid: it is not a JSON object/],
    ['nothing', '', /^The request body is not valid: it is empty/],
  ])('[EP-06] a JSON body that is %s', async (_title, body, error) => {
    await expectError(await post('typed.json', body), 400, null, error);
  });

  test('[LMT-21] what is too long for the URL of GET and HEAD can be posted, as JSON and as a form', async () => {
    const s = 'x'.repeat(3000);
    const error = 'The URL is longer than 2048 bytes. Send the parameters in the body of a POST request.';
    await expectError(await get('typed.json', { s }), 414, null, error);
    expect((await server.call(`HEAD /v0/pipes/typed.json?s=${s}`)).status).toBe(414);
    expect((await post('typed.json', { s })).body).toMatchObject({ data: [{ s }] });
    expect((await server.form('POST /v0/pipes/typed.json', { s })).body).toMatchObject({ data: [{ s }] });
  });

  test.each([
    ['PUT', 405],
    ['PATCH', 405],
  ])('[GN-11] %s is not for data', async (method, status) => {
    const reply = await server.call(`${method} /v0/pipes/typed.json`);
    expect([reply.status, reply.headers.get('allow')]).toEqual([status, expect.stringContaining('GET')]);
  });
});

describe('what the engine refuses', () => {
  const streamed = ['json', 'csv', 'ndjson'];

  test.each<[string, string, Record<string, string>, number, number, RegExp]>([
    ['[ERD-04] [ERD-05] too much memory', 'hungry', {}, 500, 241, /\(MEMORY_LIMIT_EXCEEDED\)$/],
    ['[ERD-04] too slow', 'slow', {}, 408, 159, /\(TIMEOUT_EXCEEDED\)$/],
    ['a division of integers by zero', 'divided', { whole: '0' }, 400, 153, /\(ILLEGAL_DIVISION\)$/],
    ['throwIf', 'failing', { at: '3' }, 400, 395, /\(FUNCTION_THROW_IF_VALUE_IS_NON_ZERO\)$/],
  ])('[ERD-01] [ERD-03] %s', async (_title, pipe, parameters, status, code, error) => {
    for (const format of streamed) {
      await expectError(await get(`${pipe}.${format}`, parameters), status, code, error);
    }
  });

  test('[LMT-16] a result above the limit is refused, and breaks off when its first rows are sent already', async () => {
    await expectError(await get('large.json'), 400, 396, /\(TOO_MANY_ROWS_OR_BYTES\)$/);
    for (const format of ['csv', 'ndjson']) {
      const headers = { authorization: `Bearer ${server.token}` };
      const reply = await fetch(`${server.url}/v0/pipes/large.${format}`, { headers });
      const text = await reply.text().catch((error: Error) => error.message);
      if (reply.status === 200) expect(text).toBe('terminated');
      else expect([reply.status, reply.headers.get('x-db-exception-code')]).toEqual([400, '396']);
    }
  });

  test.each<[string, string, Record<string, string>, number, number]>([
    ['an unknown column', 'SELECT nothing FROM _', {}, 400, 47],
    ['an unknown table', 'SELECT * FROM nothing', {}, 400, 60],
    ['no SQL', 'SELECT 1 FROM', {}, 400, 62],
    ['a table of the server', 'SELECT * FROM system.users', {}, 403, 497],
  ])('[EP-14] [ERD-01] q with %s', async (_title, q, parameters, status, code) => {
    await expectError(await get('typed.json', { q, ...parameters }), status, code, /./);
  });

  test('[EP-14] [QY-18] q is bound like any query: 8 KB, also when it is posted', async () => {
    const q = `SELECT '${'x'.repeat(8192)}' FROM _`;
    await expectError(await post('typed.json', { q }), 400, null, 'The query is longer than 8192 bytes.');
  });

  test.each<[string, string, string]>([
    [
      'an unknown column',
      'SELECT i9 FROM _',
      "Unknown expression identifier `i9`. Maybe you meant: ['i8']. (UNKNOWN_IDENTIFIER)",
    ],
    [
      'types that do not fit',
      'SELECT i8 + s FROM _',
      'Illegal types UInt8 and String of arguments of function plus. (ILLEGAL_TYPE_OF_ARGUMENT)',
    ],
    [
      'a filter that is none',
      'SELECT i8 FROM _ WHERE s',
      'Invalid type for filter in WHERE: String. (ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER)',
    ],
  ])(
    "[AU-17] %s is told to an endpoint's own token without the SQL of the endpoint",
    async (_title, q, error) => {
      for (const extension of ['json', 'csv']) {
        const query = new URLSearchParams({ q, token });
        const reply = await server.call(`GET /v0/pipes/typed.${extension}?${query}`, {
          headers: { authorization: '' },
        });
        expect([reply.status, reply.body]).toEqual([400, { error }]);
      }
      const shown = await get('typed.json', { q });
      expect(JSON.stringify(shown.body)).toContain('AS i8');
    },
  );

  test('[ERD-05] after all that, a good request is answered', async () => {
    expect((await get('typed.csv', { q: 'SELECT i8 FROM _' })).body).toBe('"i8"\n1\n');
  });
});

describe('division by zero', () => {
  test.each<[string, Record<string, string>, unknown]>([
    ['json', {}, { data: [{ value: null }] }],
    ['json', { output_format_json_quote_denormals: '1' }, { data: [{ value: 'inf' }] }],
    ['csv', {}, '"value","whole"\ninf,1\n'],
    ['ndjson', {}, { value: null, whole: 1 }],
    ['ndjson', { output_format_json_quote_denormals: '1' }, { value: 'inf', whole: 1 }],
  ])('[EP-15] in %s with %o', async (format, parameters, expected) => {
    const { status, body } = await get(`divided.${format}`, parameters);
    expect(status).toBe(200);
    if (typeof expected === 'string') expect(body).toBe(expected);
    else expect(body).toMatchObject(expected as object);
  });

  test.each([
    ['1', '0', '+Inf'],
    ['-1', '0', '-Inf'],
    ['1', '4', '0.25'],
  ])('[EP-08] in Prometheus: %s / %s is %s', async (part, whole, value) => {
    const { status, body } = await get('metrics.prometheus', { part, whole });
    expect([status, body]).toEqual([
      200,
      `# HELP requests All of them\n# TYPE requests counter\nrequests ${value}\n\n`,
    ]);
  });
});
