import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

let count = 0;

async function datasource(schema: string): Promise<string> {
  const name = `bad_${count++}`;
  await server.client().createDataSource(name, schema);
  return name;
}

function send(name: string, body: Uint8Array | string, headers: Record<string, string> = {}): Promise<Reply> {
  return server.call(`POST /v0/events?name=${name}&wait=true`, { body: Buffer.from(body), headers });
}

/** The columns and the reasons of the rows in quarantine, in order of the reasons. */
async function reasons(name: string): Promise<unknown[][]> {
  return server.rows(`SELECT c__error_column, c__error FROM ${name}_quarantine ORDER BY c__error`);
}

/** A type, values that it takes with what is stored of them as text, and values that it refuses with the reason. */
const EXACT: [type: string, good: [sent: string, stored: string][], bad: [sent: string, reason: string][]][] =
  [
    [
      'Int64',
      [
        ['9007199254740993', '9007199254740993'],
        ['-9223372036854775808', '-9223372036854775808'],
        ['9.0e2', '900'],
        ['-0', '0'],
      ],
      [
        ['-9223372036854775809', '-9223372036854775809 is not a valid Int64'],
        ['1.00000000000000000001', '1.00000000000000000001 is not a valid Int64'],
        ['9223372036854775808', '9223372036854775808 is not a valid Int64'],
      ],
    ],
    [
      'UInt64',
      [['18446744073709551615', '18446744073709551615']],
      [
        ['-1', '-1 is not a valid UInt64'],
        ['18446744073709551616', '18446744073709551616 is not a valid UInt64'],
      ],
    ],
    [
      'Int128',
      [['-170141183460469231731687303715884105728', '-170141183460469231731687303715884105728']],
      [
        [
          '170141183460469231731687303715884105728',
          '170141183460469231731687303715884105728 is not a valid Int128',
        ],
      ],
    ],
    [
      'UInt256',
      [[String(2n ** 256n - 1n), String(2n ** 256n - 1n)]],
      [[String(2n ** 256n), `${2n ** 256n} is not a valid UInt256`]],
    ],
    ['Float32', [['3.5', '3.5']], [['1e39', '1e39 is not a valid Float32']]],
    ['Float64', [['1e308', '1e308']], [['1e309', '1e309 is not a valid Float64']]],
    [
      'Decimal(38, 10)',
      [
        ['1234567890123456789012345678.0123456789', '1234567890123456789012345678.0123456789'],
        ['1e-7', '0.0000001'],
      ],
      [['1e28', '1e28 is not a valid Decimal(38, 10)']],
    ],
    [
      'Map(UInt8, String)',
      [['{"1":"a","1":"b"}', "{1:'b'}"]],
      [['{"01":"a"}', '"01" is not a valid Map(UInt8, String)']],
    ],
    ['String', [['"\\ud83d\\ude00 \\u0000 \\\\ud800"', '😀 \0 \\ud800']], []],
    [
      'JSON',
      [
        ['{"n":18446744073709551615,"s":"1.5"}', '{"n":18446744073709551615,"s":"1.5"}'],
        ['{"a":1,"a":2,"__proto__":{"x":1}}', '{"__proto__":{"x":1},"a":2}'],
      ],
      [
        ['{"a":{"b":1},"a.b":2}', 'there are two values of the path a.b in a column of type JSON'],
        [
          '{"n":18446744073709551616}',
          'the number 18446744073709551616 is too large in a column of type JSON',
        ],
        ['{"n":[{"m":1e400}]}', 'the number 1e400 is too large in a column of type JSON'],
      ],
    ],
    [
      'JSON(max_dynamic_types=2, a.b Int8)',
      [['{"a.b":1}', '{"a":{"b":1}}']],
      [
        ['{"a.b":[1]}', '{"a.b":[1]} is not a valid JSON(max_dynamic_types=2, a.b Int8)'],
        ['{"a":{"b":300}}', '300 is not a valid Int8'],
      ],
    ],
  ];

describe.each(EXACT)('[EV-23] [QR-07] [DT-14] values of %s at their limits', (type, good, bad) => {
  test('are stored with every digit, or refused with the reason', async () => {
    const name = await datasource(`i UInt32 \`json:$.i\`, v ${type} \`json:$.v\``);
    const lines = [...good, ...bad].map(([sent], i) => `{"i":${i},"v":${sent}}`);
    expect((await send(name, lines.join('\n'))).body).toEqual({
      successful_rows: good.length,
      quarantined_rows: bad.length,
    });
    expect(await server.rows(`SELECT toString(v) FROM ${name} ORDER BY i`)).toEqual(
      good.map(([, stored]) => [stored]),
    );
    const expected = bad.map(([, reason]) => [['v'], [reason]]);
    const kept = await server.rows(
      `SELECT c__error_column, c__error FROM ${name}_quarantine ORDER BY toUInt32(i)`,
    );
    expect(kept).toEqual(expected);
  });
});

/** Lines that can't be read, and the reason without the line, which follows it. */
const LINES: [what: string, line: Uint8Array | string, reason: RegExp][] = [
  ['NaN', '{"a":NaN}', /^\{"a":NaN\} is not JSON/],
  ['Infinity', '{"a":-Infinity}', /is not JSON/],
  ['a number with a zero in front', '{"a":01}', /is not JSON/],
  ['a NUL byte', '{"a":1}\0', /is not JSON/],
  ['a control character in text', '{"a":"\u0001"}', /is not JSON/],
  ['a comma at the end', '{"a":1,}', /is not JSON/],
  ['two objects', '{"a":1}{"a":2}', /is not JSON/],
  ['half of a surrogate pair', '{"a":"\\udc00"}', /^the event holds half of a surrogate pair/],
  ['half of a surrogate pair in a key', '{"\\uD800":1}', /^the event holds half of a surrogate pair/],
  [
    'bytes that are not UTF-8',
    Buffer.from([0x7b, 0x22, 0xc0, 0x80, 0x22, 0x7d]),
    /^the line is not valid UTF-8/,
  ],
  ['deep nesting', `{"a":${'['.repeat(501)}${']'.repeat(501)}}`, /^the event is nested too deeply/],
];

describe('[EV-07] [QR-08] a line with', () => {
  test.each(LINES)(
    '%s goes to quarantine, and the lines around it are stored',
    async (_what, line, reason) => {
      const name = await datasource('a String `json:$.a`');
      const body = Buffer.concat([Buffer.from('{"a":1}\n'), Buffer.from(line), Buffer.from('\n{"a":"x"}')]);
      expect((await send(name, body)).body).toEqual({ successful_rows: 2, quarantined_rows: 1 });
      expect(await server.rows(`SELECT a FROM ${name} ORDER BY a`)).toEqual([['1'], ['x']]);
      expect(await reasons(name)).toEqual([[['$'], [expect.stringMatching(reason)]]]);
    },
  );
});

describe('[EV-30] bodies', () => {
  test('a line of nearly ten megabytes is one row', async () => {
    const name = await datasource('a String `json:$.a`');
    const length = 9_900_000;
    expect((await send(name, `{"a":"${'é'.repeat(length / 2)}"}`)).body).toEqual({
      successful_rows: 1,
      quarantined_rows: 0,
    });
    expect(await server.rows(`SELECT length(a) FROM ${name}`)).toEqual([[length]]);
  });

  test('a number of millions of digits is refused at once', async () => {
    const name = await datasource('a UInt256 `json:$.a`, f Float64 `json:$.a`, d Decimal(10, 2) `json:$.a`');
    expect((await send(name, `{"a":${'9'.repeat(5_000_000)}}`)).body).toEqual({
      successful_rows: 0,
      quarantined_rows: 1,
    });
  });

  test('a batch in which every row is bad is all in quarantine', async () => {
    const name = await datasource('a Int8 `json:$.a`');
    const rows = 20_000;
    const body = Array.from({ length: rows }, (_, i) => `{"a":"${i}"}`).join('\n');
    expect((await send(name, gzipSync(body), { 'content-encoding': 'gzip' })).body).toEqual({
      successful_rows: 0,
      quarantined_rows: rows,
    });
    expect(
      await server.rows(
        `SELECT count(), countIf(c__error = [concat('"', a, '" is not a valid Int8')]) FROM ${name}_quarantine`,
      ),
    ).toEqual([[rows, rows]]);
    expect(await server.rows(`SELECT count() FROM ${name}`)).toEqual([[0]]);
  });

  test('[EV-10] [EV-23] as many as a request may have, all of them bad, are counted and kept', async () => {
    const columns = ['a', 'b', 'c'].map((column) => `${column} Int8 \`json:$.${column}\``);
    const name = await datasource(columns.join(', '));
    // In quarantine they take more memory than a Workspace may hold.
    const rows = 499_000;
    const reply = await send(name, '{}\n'.repeat(rows));
    expect([reply.status, reply.body]).toEqual([200, { successful_rows: 0, quarantined_rows: rows }]);
    expect(await server.rows(`SELECT count() FROM ${name}_quarantine`)).toEqual([[rows]]);
  }, 60_000);

  test('gzip that ends too early stores nothing', async () => {
    const name = await datasource('a Int8 `json:$.a`');
    const body = gzipSync('{"a":1}\n'.repeat(1000));
    const reply = await send(name, body.subarray(0, body.length - 9), { 'content-encoding': 'gzip' });
    const error = 'The request body is not valid: it is not complete gzip data.';
    expect([reply.status, reply.body]).toEqual([400, { error }]);
    expect(await server.rows(`SELECT count() FROM ${name}`)).toEqual([[0]]);
  });

  test('[EV-04] a document that is not UTF-8, or nested too deeply, is refused', async () => {
    const name = await datasource('a Int8 `json:$.a`');
    const call = `POST /v0/events?name=${name}&format=json`;
    const broken = await server.call(call, { body: Buffer.from([0x7b, 0xff, 0x7d]) });
    const error = (reason: string): unknown => ({
      error: `The body is not a JSON document: ${reason}. With format=json it is one event, or an array of events.`,
    });
    expect([broken.status, broken.body]).toEqual([400, error('the document is not valid UTF-8')]);
    const deep = await server.call(call, { body: `${'['.repeat(100_000)}${']'.repeat(100_000)}` });
    expect([deep.status, deep.body]).toEqual([400, error('the event is nested too deeply')]);
  });
});

test('[JP-01] [JP-06] a path goes through objects only: never into arrays, texts or numbers', async () => {
  const name = await datasource(
    "n String `json:$.a.length` DEFAULT 'no', v String `json:$.a.value` DEFAULT 'no', i String `json:$.a.0` DEFAULT 'no'",
  );
  await send(name, '{"a":[1,2]}\n{"a":"text"}\n{"a":12345678901234567890123}\n{"a":{"value":"yes"}}');
  expect(await server.rows(`SELECT n, v, i FROM ${name} ORDER BY v`)).toEqual([
    ['no', 'no', 'no'],
    ['no', 'no', 'no'],
    ['no', 'no', 'no'],
    ['no', 'yes', 'no'],
  ]);
});

test('[JP-03] an element of an array of objects that lacks the key is NULL', async () => {
  const name = await datasource('a Array(Nullable(String)) `json:$.list[:].a`');
  await send(name, '{"list":[{"a":"x"},{"b":1},{"a":null}]}');
  expect(await server.rows(`SELECT a FROM ${name}`)).toEqual([[['x', null, null]]]);
});
