import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

let count = 0;

/** A new Data Source with the schema. */
async function datasource(schema: string): Promise<string> {
  const name = `events_${count++}`;
  await server.client().createDataSource(name, schema);
  return name;
}

function send(
  name: string,
  body: NonNullable<RequestInit['body']>,
  init: RequestInit & { more?: string } = {},
): Promise<Reply> {
  return server.call(`POST /v0/events?name=${name}&wait=true${init.more ?? ''}`, { ...init, body });
}

describe('requests', () => {
  const schema = 'date DateTime `json:$.date`, city String `json:$.city`';
  const chicago = '{"date": "2020-04-05 00:05:38", "city": "Chicago"}';
  const madrid = '{"date": "2020-04-05 00:07:22", "city": "Madrid"}';

  test('[EV-01] [EV-10] [EV-12] with wait=true the rows can be queried when 200 is answered', async () => {
    const name = await datasource(schema);
    const reply = await send(name, chicago);
    expect([reply.status, reply.body]).toEqual([200, { successful_rows: 1, quarantined_rows: 0 }]);
    expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await server.rows(`SELECT * FROM ${name}`)).toEqual([['2020-04-05 00:05:38', 'Chicago']]);
  });

  test('[EV-03] [EV-11] without wait 202 is answered', async () => {
    const name = await datasource(schema);
    const reply = await server.call(`POST /v0/events?name=${name}`, { body: chicago });
    expect([reply.status, reply.body]).toEqual([202, { successful_rows: 1, quarantined_rows: 0 }]);
  });

  test('[EV-07] [EV-N2] NDJSON with and without the last line break, and empty lines in between', async () => {
    const name = await datasource(schema);
    for (const body of [
      `${chicago}\n${madrid}`,
      `${chicago}\n${madrid}\n`,
      `\n${chicago}\r\n\n${madrid}\n\n`,
    ]) {
      expect((await send(name, body)).body).toEqual({ successful_rows: 2, quarantined_rows: 0 });
    }
    expect(await server.rows(`SELECT city, count() FROM ${name} GROUP BY city ORDER BY city`)).toEqual([
      ['Chicago', 3],
      ['Madrid', 3],
    ]);
  });

  test.each([
    'application/x-www-form-urlencoded',
    'application/json',
    'application/octet-stream',
    'text/plain;charset=UTF-8',
    'x/y',
  ])('[EV-08] the body is data whatever its media type says: %s', async (type) => {
    const name = await datasource(schema);
    expect((await send(name, chicago, { headers: { 'content-type': type } })).body).toMatchObject({
      successful_rows: 1,
    });
  });

  test('[EV-04] format=json takes one document over several lines; [EV-N3] an array is many events', async () => {
    const name = await datasource(schema);
    const pretty = JSON.stringify(JSON.parse(chicago), null, 2);
    expect((await send(name, pretty, { more: '&format=json' })).body).toEqual({
      successful_rows: 1,
      quarantined_rows: 0,
    });
    const array = `[\n${chicago},\n${madrid},\n 5]`;
    expect((await send(name, array, { more: '&format=json' })).body).toEqual({
      successful_rows: 2,
      quarantined_rows: 1,
    });
  });

  test('[EV-04] [EV-N3] a document keeps its values as they are written, whatever stands around them', async () => {
    const name = await datasource('whole String `json:$`');
    const document = `\uFEFF \r\n[ {"a" : [1 , 2.50,\t"x, ] } \\" \\\\" ]\n} ,\n{ "b": { } }, 5 , "]", [[], {}]\n]\n`;
    expect((await send(name, document, { more: '&format=json' })).body).toEqual({
      successful_rows: 2,
      quarantined_rows: 3,
    });
    expect(await server.rows(`SELECT whole FROM ${name} ORDER BY whole`)).toEqual([
      ['{"a":[1,2.50,"x, ] } \\" \\\\"]}'],
      ['{"b":{}}'],
    ]);
  });

  test.each([
    ['[{"a":1}', 'the array has no end'],
    ['[{"a":1]', 'the array has no end'],
    ['[{"a":"]', 'the array has no end'],
    ['[{"a":1}] 5', 'there is something behind the array'],
    ['[] []', 'there is something behind the array'],
    ['[{"a":1},]', 'an element is missing beside a comma of the array'],
    ['[,{"a":1}]', 'an element is missing beside a comma of the array'],
    ['[{"a":1} {"a":2}]', /^\{"a":1\} \{"a":2\} is not JSON/],
    ['[{"a":1}, }, {]', /^\}, \{ is not JSON/],
    ['{"a":1}]', /^\{"a":1\}\] is not JSON/],
    ['{"a":1', /^\{"a":1 is not JSON/],
    ['nothing', /^nothing is not JSON/],
    ['[{"a":"\\ud800"}]', /^the event holds half of a surrogate pair/],
  ])('[EV-04] [EV-13] %s is no document, and nothing of it is stored', async (body, reason) => {
    const name = await datasource('a Int32 `json:$.a`');
    const reply = await send(name, body, { more: '&format=json' });
    const text = typeof reason === 'string' ? reason : reason.source.slice(1);
    expect([reply.status, reply.body]).toEqual([
      400,
      { error: expect.stringMatching(new RegExp(`^The body is not a JSON document: ${text}`)) },
    ]);
    expect(await server.rows(`SELECT count() FROM ${name}`)).toEqual([[0]]);
  });

  test('[EV-05] [EV-06] the token may be in the query, and unknown parameters are ignored', async () => {
    const name = await datasource(schema);
    const call = `POST /v0/events?name=${name}&wait=true&from=mockingbird&x=1&token=${server.token}`;
    const reply = await server.call(call, { body: chicago, headers: { authorization: '' } });
    expect([reply.status, reply.body]).toEqual([200, { successful_rows: 1, quarantined_rows: 0 }]);
  });

  test('[EV-02] [GN-25] the Data Source may be named by its id', async () => {
    const name = await datasource(schema);
    const { id } = await server.client().dataSource(name);
    expect((await send(id, chicago)).status).toBe(200);
    expect(await server.rows(`SELECT count() FROM ${id}`)).toEqual([[1]]);
  });

  test('[EV-09] a gzip body is unpacked', async () => {
    const name = await datasource(schema);
    const body = gzipSync(`${chicago}\n${madrid}`);
    const headers = { 'content-encoding': 'gzip' };
    expect((await send(name, body, { headers })).body).toEqual({ successful_rows: 2, quarantined_rows: 0 });
  });

  test('[EV-27] many requests at the same time each get their own counts, and nothing is lost or doubled', async () => {
    const name = await datasource('id UInt32 `json:$.id`');
    const send100 = (i: number): Promise<Reply> => {
      const rows = Array.from({ length: i % 7 }, (_, j) => JSON.stringify({ id: i * 10 + j }));
      return send(name, [...rows, '{"id": "bad"}'].join('\n'));
    };
    const replies = await Promise.all(Array.from({ length: 100 }, (_, i) => send100(i)));
    expect(replies.map((reply) => reply.body)).toEqual(
      Array.from({ length: 100 }, (_, i) => ({ successful_rows: i % 7, quarantined_rows: 1 })),
    );
    const total = Array.from({ length: 100 }, (_, i) => i % 7).reduce((sum, rows) => sum + rows, 0);
    expect(await server.rows(`SELECT count(), uniqExact(id) FROM ${name}`)).toEqual([[total, total]]);
    expect(await server.rows(`SELECT count() FROM ${name}_quarantine`)).toEqual([[100]]);
  });

  test('[EV-30] a body of very many events is refused before anything is read', async () => {
    const name = await datasource('a Int32 `json:$.a` DEFAULT 1');
    const reply = await send(name, '{}\n'.repeat(500_001));
    const error = 'The body has more than 500000 events. Send them in smaller parts.';
    expect([reply.status, reply.body]).toEqual([413, { error }]);
    expect(await server.rows(`SELECT count() FROM ${name}`)).toEqual([[0]]);
  });

  test('[EV-10] a large batch with one row that the engine refuses is stored once', async () => {
    const name = await datasource("n UInt8 `json:$.n` DEFAULT 1, doc JSON `json:$.doc` DEFAULT '{}'");
    const rows = 100_000;
    const reply = await send(name, `${'{}\n'.repeat(rows)}{"doc":{"a":{"b":1},"a.b":2}}`);
    expect(reply.body).toEqual({ successful_rows: rows, quarantined_rows: 1 });
    expect(await server.rows(`SELECT count() FROM ${name}`)).toEqual([[rows]]);
  });

  test('what was acknowledged is there after a restart', async () => {
    const name = await datasource('id UInt32 `json:$.id`');
    await server.client().events(name, [{ id: 1 }, { id: 2 }]);
    await server.restart();
    expect(await server.rows(`SELECT id FROM ${name} ORDER BY id`)).toEqual([[1], [2]]);
  });
});

describe('rows', () => {
  test('[EV-25] [JP-08] a missing or null value takes the default', async () => {
    const name = await datasource(
      "a String `json:$.a` DEFAULT 'none', n Int32 `json:$.n` DEFAULT 7, t DateTime `json:$.t` DEFAULT toDateTime(0), x Int32 `json:$.x`",
    );
    await send(name, '{"x":1}\n{"x":2,"a":null,"n":null}\n{"x":3,"a":"","n":0}');
    expect(await server.rows(`SELECT x, a, n, t FROM ${name} ORDER BY x`)).toEqual([
      [1, 'none', 7, '1970-01-01 00:00:00'],
      [2, 'none', 7, '1970-01-01 00:00:00'],
      [3, '', 0, '1970-01-01 00:00:00'],
    ]);
  });

  test('[JP-09] a missing value of a Nullable column is NULL, and with a default the default', async () => {
    const name = await datasource(
      'x Int32 `json:$.x`, a Nullable(String) `json:$.a`, b Nullable(Int32) `json:$.b` DEFAULT 5',
    );
    await send(name, '{"x":1}\n{"x":2,"a":null,"b":null}\n{"x":3,"a":"v","b":1}');
    expect(await server.rows(`SELECT * FROM ${name} ORDER BY x`)).toEqual([
      [1, null, 5],
      [2, null, 5],
      [3, 'v', 1],
    ]);
  });

  test('[EV-26] [JP-04] [JP-05] a root column holds the event as it was sent', async () => {
    const name = await datasource('id String `json:$.id`, root String `json:$`, doc JSON `json:$`');
    const event = '{"id": "a", "n": 12345678901234567890, "deep": {"x": [1, 2.50]}}';
    await send(name, event);
    expect(await server.rows(`SELECT id, root, doc.deep.x FROM ${name}`)).toEqual([['a', event, [1, 2.5]]]);
  });

  test('[JP-01] [JP-02] [JP-03] [JP-06] nested objects, arrays, arrays of objects, keys with signs', async () => {
    const name = await datasource(
      [
        'city String `json:$.data.place.city`',
        'nums Array(Int16) `json:$.data.nums[:]`',
        'names Array(String) `json:$.records[:].name`',
        'org String `json:$.Org#Org_name`',
        'ev String `json:$.event-data.event`',
      ].join(', '),
    );
    const event = {
      data: { place: { city: 'Oslo' }, nums: [1, 2, 3] },
      records: [{ name: 'a' }, { name: 'b' }],
      'Org#Org_name': 'x',
      'event-data': { event: 'y' },
    };
    await send(name, JSON.stringify(event));
    expect(await server.rows(`SELECT * FROM ${name}`)).toEqual([['Oslo', [1, 2, 3], ['a', 'b'], 'x', 'y']]);
  });

  test('[JP-06] a path never reaches what every JavaScript object has', async () => {
    const name = await datasource(
      "a String `json:$.constructor.name` DEFAULT 'no', b String `json:$.__proto__` DEFAULT 'no'",
    );
    await send(name, '{"x":1}');
    expect(await server.rows(`SELECT * FROM ${name}`)).toEqual([['no', 'no']]);
  });

  test('whole numbers of 64 bits and more keep every digit', async () => {
    const name = await datasource(
      'u UInt64 `json:$.u`, i Int64 `json:$.i`, w UInt256 `json:$.w`, s String `json:$.u`',
    );
    const event =
      '{"u": 18446744073709551615, "i": -9223372036854775808, "w": 115792089237316195423570985008687907853269984665640564039457584007913129639935}';
    expect((await send(name, event)).body).toEqual({ successful_rows: 1, quarantined_rows: 0 });
    expect(await server.rows(`SELECT toString(u), toString(i), toString(w), s FROM ${name}`)).toEqual([
      [
        '18446744073709551615',
        '-9223372036854775808',
        '115792089237316195423570985008687907853269984665640564039457584007913129639935',
        '18446744073709551615',
      ],
    ]);
  });

  test('[GP-06] whole numbers as text, as clients send large ones, only into columns that hold such', async () => {
    const name = await datasource(
      'u UInt64 `json:$.u`, w Int256 `json:$.w`, small Int32 `json:$.small` DEFAULT 7',
    );
    const largest = '57896044618658097711785492504343953926634992332820282019728792003956564819967';
    const good = { u: '18446744073709551615', w: `-${largest}` };
    const bad = [
      { ...good, small: '3' },
      { ...good, u: '18446744073709551616' },
      { ...good, u: '-1' },
      { ...good, u: '01' },
      { ...good, u: '1.0' },
      { ...good, u: '' },
      { ...good, w: '9'.repeat(10_000) },
    ];
    const lines = [good, ...bad].map((event) => JSON.stringify(event)).join('\n');
    expect((await send(name, lines)).body).toEqual({ successful_rows: 1, quarantined_rows: bad.length });
    expect(await server.rows(`SELECT toString(u), toString(w), small FROM ${name}`)).toEqual([
      ['18446744073709551615', `-${largest}`, 7],
    ]);
    expect(await server.rows(`SELECT c__error[1] FROM ${name}_quarantine WHERE u = '-1'`)).toEqual([
      ['"-1" is not a valid UInt64'],
    ]);
  });

  test('of several fields of one name the last counts, with large numbers in the event and without', async () => {
    const name = await datasource('a Int64 `json:$.a`, b UInt64 `json:$.b`');
    await send(name, '{"a":1,"b":1,"a":2}\n{"a":1,"b":18446744073709551615,"a":3}');
    expect(await server.rows(`SELECT a, toString(b) FROM ${name} ORDER BY a`)).toEqual([
      [2, '1'],
      [3, '18446744073709551615'],
    ]);
  });

  test('an event can not pass text off as a number, and so write rows of its own', async () => {
    const name = await datasource('a String `json:$.a`, n Int64 `json:$.n` DEFAULT 0');
    const forged = { isLosslessNumber: true, value: '"x"}\n{"a":"forged"', big: '1234567890123456' };
    const reply = await send(name, JSON.stringify({ a: forged }));
    expect(reply.body).toEqual({ successful_rows: 1, quarantined_rows: 0 });
    expect(await server.rows(`SELECT a FROM ${name}`)).toEqual([[JSON.stringify(forged)]]);
    expect((await send(name, JSON.stringify({ a: 'x', n: forged }))).body).toMatchObject({
      quarantined_rows: 1,
    });
  });

  test('[QY-16] [DT-21] [DT-22] times with a zone are converted to the zone of the column', async () => {
    const name = await datasource(
      "t DateTime `json:$.t`, ny DateTime('America/New_York') `json:$.t`, ms DateTime64(3) `json:$.t`",
    );
    await send(
      name,
      '{"t":"2022-11-14 12:08:46.574295 +0100"}\n{"t":"2024-06-20T19:06:15.373Z"}\n{"t":"2024-06-20 19:06:15"}',
    );
    expect(await server.rows(`SELECT * FROM ${name} ORDER BY t`)).toEqual([
      ['2022-11-14 11:08:46', '2022-11-14 06:08:46', '2022-11-14 11:08:46.574'],
      ['2024-06-20 19:06:15', '2024-06-20 15:06:15', '2024-06-20 19:06:15.373'],
      ['2024-06-20 19:06:15', '2024-06-20 19:06:15', '2024-06-20 19:06:15.000'],
    ]);
  });
});

/** A value per type that is stored as expected, and values that go to quarantine. */
const VALUES: [type: string, good: [sent: string, stored: unknown][], bad: string[]][] = [
  [
    'Int8',
    [
      ['-128', -128],
      ['127', 127],
      ['true', 1],
      ['3.0', 3],
    ],
    ['128', '-129', '3.5', '"3"', '[]', '{}', '1e3'],
  ],
  [
    'UInt8',
    [
      ['0', 0],
      ['255', 255],
    ],
    ['-1', '256', '"a"'],
  ],
  ['Int64', [['9007199254740993', 9007199254740993n]], ['9223372036854775808', '1e30']],
  ['UInt64', [['1', 1]], ['-1', '18446744073709551616']],
  [
    'Float64',
    [
      ['1.5', 1.5],
      ['-3', -3],
    ],
    ['"1.5"', 'true', '"nan"'],
  ],
  [
    'Decimal(10, 2)',
    [
      ['12.34', 12.34],
      ['"12345678.90"', 12345678.9],
    ],
    ['123456789', '"x"', '""', '"1e3"'],
  ],
  [
    'String',
    [
      ['"a"', 'a'],
      ['5', '5'],
      ['true', 'true'],
      ['{"a":[1]}', '{"a":[1]}'],
      ['["x"]', '["x"]'],
    ],
    [],
  ],
  ['FixedString(2)', [['"ab"', 'ab']], ['"abc"', '"éé"']],
  [
    'UUID',
    [['"61f0c404-5cb3-11e7-907b-a6006ad3dba0"', '61f0c404-5cb3-11e7-907b-a6006ad3dba0']],
    ['"61f0c404"', '5'],
  ],
  [
    'Bool',
    [
      ['true', true],
      ['0', false],
    ],
    ['"true"', '2'],
  ],
  ['Date', [['"2024-02-29"', '2024-02-29']], ['"2023-02-29"', '"2024-13-01"', '"1960-01-01"', '"x"', '5']],
  [
    'DateTime',
    [
      ['"2024-01-02T03:04:05Z"', '2024-01-02 03:04:05'],
      ['1697393030', '2023-10-15 18:03:50'],
      ['"Jan 2 2024 10:00:00"', '2024-01-02 10:00:00'],
    ],
    [
      '"1697393030"',
      '"2024-01-02 25:00:00"',
      '"2500-01-01 00:00:00"',
      '"1960-01-01 00:00:00"',
      '1697393030123',
      '"soon"',
      '""',
      'true',
    ],
  ],
  [
    'DateTime64(3)',
    [
      ['"2024-01-02T03:04:05.678Z"', '2024-01-02 03:04:05.678'],
      ['1697393030123', '2023-10-15 18:03:50.123'],
      ['"1960-01-01"', '1960-01-01 00:00:00.000'],
    ],
    ['"1697393030123"', '"2500-01-01"', '1.5', '"yesterday"'],
  ],
  ['IPv4', [['"1.2.3.4"', '1.2.3.4']], ['"1.2.3"', '5']],
  ['IPv6', [['"2001:db8::1"', '2001:db8::1']], ['"1.2.3.4.5"', '"fe80::1%eth0"']],
  ["Enum8('a' = 1, 'b' = 2)", [['"b"', 'b']], ['"c"', '3']],
  [
    'Array(Int8)',
    [
      ['[1, 2]', [1, 2]],
      ['[]', []],
    ],
    ['[1, "2"]', '[300]', '[null]', '1'],
  ],
  ['Array(Nullable(String))', [['["a", null]', ['a', null]]], ['"a"']],
  ['Map(UInt8, String)', [['{"1": "a"}', { 1: 'a' }]], ['{"300": "a"}', '{"a": "b"}']],
  ['Map(String, UInt8)', [['{"a": 1}', { a: 1 }]], ['{"a": 300}', '[1]']],
  [
    'Tuple(a Int8, b String)',
    [['{"a": 1, "b": "x"}', { a: 1, b: 'x' }]],
    ['{"a": 300, "b": "x"}', '{"a": 1}', '[1, "x"]'],
  ],
  ['Tuple(Int8, String)', [['[1, "x"]', [1, 'x']]], ['[300, "x"]', '[1]', '{"a": 1}']],
  ['LowCardinality(String)', [['"a"', 'a']], []],
  [
    'Nullable(Int8)',
    [
      ['1', 1],
      ['null', null],
    ],
    ['300'],
  ],
  ['JSON', [['{"a": {"b": 1}}', { a: { b: 1 } }]], ['5', '[1]', '"{}"']],
  ['JSON(n Int8)', [['{"n": 1}', { n: 1 }]], ['{"n": "x"}', '{"n": 300}']],
  [
    'SimpleAggregateFunction(sum, Int64)',
    [
      ['5', 5],
      ['"5"', 5],
    ],
    ['"5.5"'],
  ],
  ['AggregateFunction(uniq, String)', [], ['"a"']],
];

describe.each(VALUES)('[DT-01…DT-25] values of %s', (type, good, bad) => {
  test('are stored when they fit, and go to quarantine when they do not', async () => {
    const name = await datasource(`i UInt32 \`json:$.i\`, v ${type} \`json:$.v\``);
    const lines = [...good.map(([sent]) => sent), ...bad].map((value, i) => `{"i":${i},"v":${value}}`);
    const reply = await send(name, lines.join('\n'));
    expect(reply.body).toEqual({ successful_rows: good.length, quarantined_rows: bad.length });
    if (good.length > 0) {
      const { data } = await server.client().sql<{ v: unknown }>(`SELECT v FROM ${name} ORDER BY i`);
      expect(data.map(({ v }) => v)).toEqual(
        good.map(([, stored]) => (typeof stored === 'bigint' ? Number(stored) : stored)),
      );
    }
    const quarantined = await server.rows(
      `SELECT c__error_column FROM ${name}_quarantine ORDER BY toUInt32(i)`,
    );
    expect(quarantined).toEqual(bad.map(() => [['v']]));
  });
});

describe('quarantine', () => {
  test('[QR-01…QR-08] [EV-23] keeps every value as text, and says which column is wrong and why', async () => {
    const name = await datasource(
      'store_id Int16 `json:$.store_id`, product String `json:$.purchase.product`, at DateTime `json:$.purchase.at`',
    );
    const body = [
      '{"store_id":1,"purchase":{"product":"shoes","at":"2022-01-05 12:13:14"}}',
      '{"store_id":2,"purchase":{"at":"2022-01-05 12:13:14"}}',
      '{"store_id":"3","purchase":{"product":"shirt","at":"soon"}}',
    ].join('\n');
    expect((await send(name, body)).body).toEqual({ successful_rows: 1, quarantined_rows: 2 });
    const { meta, data } = await server.client().sql(`SELECT * FROM ${name}_quarantine ORDER BY store_id`);
    expect(meta).toEqual([
      { name: 'store_id', type: 'Nullable(String)' },
      { name: 'product', type: 'Nullable(String)' },
      { name: 'at', type: 'Nullable(String)' },
      { name: 'c__error_column', type: 'Array(String)' },
      { name: 'c__error', type: 'Array(String)' },
      { name: 'c__import_id', type: 'Nullable(String)' },
      { name: 'insertion_date', type: 'DateTime' },
    ]);
    const common = { c__import_id: null, insertion_date: expect.stringMatching(/^20\d\d-/) };
    expect(data).toEqual([
      {
        store_id: '2',
        product: null,
        at: '2022-01-05 12:13:14',
        c__error_column: ['product'],
        c__error: [
          'there is no value at $.purchase.product, and the column has no default and is not Nullable',
        ],
        ...common,
      },
      {
        store_id: '3',
        product: 'shirt',
        at: 'soon',
        c__error_column: ['store_id', 'at'],
        c__error: ['"3" is not a valid Int16', '"soon" is not a valid DateTime'],
        ...common,
      },
    ]);
  });

  test('[QR-08] lines that can not be read go there with their text; the others are stored', async () => {
    const name = await datasource('a Int32 `json:$.a`');
    const body = Buffer.concat([
      Buffer.from('{"a":1}\n{"a":\n[1]\n{"a":2}\n'),
      Buffer.from([0x7b, 0xff, 0x7d]),
    ]);
    expect((await send(name, body)).body).toEqual({ successful_rows: 2, quarantined_rows: 3 });
    const errors = await server.rows(
      `SELECT c__error_column, c__error[1] FROM ${name}_quarantine ORDER BY c__error`,
    );
    expect(errors).toEqual([
      [['$'], '[1] is an array, not a JSON object; the line was: [1]'],
      [['$'], 'the line is not valid UTF-8; the line was: {\ufffd}'],
      [['$'], expect.stringMatching(/^\{"a": is not JSON \(.*\); the line was: \{"a":$/)],
    ]);
  });

  test('[QR-07] what a JSON column can not hold goes there alone, with its reason', async () => {
    const name = await datasource('i Int32 `json:$.i`, doc JSON(n Int8) `json:$.doc`');
    const bad = [
      '{"a":{"b":1},"a.b":2}',
      '{"a":123456789012345678901234567890}',
      '{"n":[1]}',
      '{"s":"\\ud800"}',
    ];
    const good = Array.from({ length: 20 }, (_, i) => `{"i":${i},"doc":{"n":${i},"s":"\\ud83d\\ude00"}}`);
    const lines = [...good, ...bad.map((doc, i) => `{"i":${100 + i},"doc":${doc}}`), ...good];
    expect((await send(name, lines.join('\n'))).body).toEqual({ successful_rows: 40, quarantined_rows: 4 });
    expect(await server.rows(`SELECT count(), sum(i), any(doc.s) FROM ${name}`)).toEqual([[40, 380, '😀']]);
    const kept = `SELECT i, doc, c__error_column, c__error[1] FROM ${name}_quarantine ORDER BY i NULLS LAST`;
    expect(await server.rows(kept)).toEqual([
      [
        '100',
        '{"a":{"b":1},"a.b":2}',
        ['doc'],
        'there are two values of the path a.b in a column of type JSON(n Int8)',
      ],
      [
        '101',
        '{"a":123456789012345678901234567890}',
        ['doc'],
        'the number 123456789012345678901234567890 is too large in a column of type JSON(n Int8)',
      ],
      ['102', '{"n":[1]}', ['doc'], '[1] is not a valid Int8'],
      [
        null,
        null,
        ['$'],
        expect.stringMatching(/^the event holds half of a surrogate pair .*; the line was: \{"i":103/),
      ],
    ]);
  });

  test('an event that is nested too deeply goes there; the others are stored', async () => {
    const name = await datasource('a String `json:$.a`');
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect((await send(name, `{"a":"x"}\n${deep}`)).body).toEqual({
      successful_rows: 1,
      quarantined_rows: 1,
    });
    expect(
      await server.rows(`SELECT c__error_column, left(c__error[1], 30) FROM ${name}_quarantine`),
    ).toEqual([[['$'], expect.stringContaining('nested too deeply')]]);
  });

  test('a Data Source without JSONPaths takes events by the names of its columns', async () => {
    const name = await datasource('a Int32, b String');
    expect((await send(name, '{"a":1,"b":"x"}')).body).toEqual({ successful_rows: 1, quarantined_rows: 0 });
    expect(await server.rows(`SELECT * FROM ${name}`)).toEqual([[1, 'x']]);
  });
});

describe('bad input', () => {
  const cases: [string, string, string, number, string | RegExp][] = [
    [
      'no name',
      '',
      '{}',
      400,
      'The parameter `name` is missing. Say which Data Source the events are for: /v0/events?name=<Data Source>.',
    ],
    [
      'an unknown Data Source',
      `name=t_${'0'.repeat(32)}`,
      '{}',
      404,
      `There is no Data Source \`t_${'0'.repeat(32)}\` in this Workspace. Create it with POST /v0/datasources.`,
    ],
    [
      'an empty body',
      'name=events_bad',
      '',
      400,
      'The body holds no events. Send one JSON object per line, or one JSON document with format=json.',
    ],
    ['a body of empty lines', 'name=events_bad', '\n \n', 400, /^The body holds no events/],
    [
      'no JSON',
      'name=events_bad',
      'hello',
      400,
      /^The body is not NDJSON: hello is not JSON \(.*\)\. Send one JSON object per line/,
    ],
    [
      'an array',
      'name=events_bad',
      '[{"a":1}]',
      400,
      /^The body is not NDJSON: \[\{"a":1\}\] is an array, not a JSON object/,
    ],
    ['a number with format=json', 'name=events_bad&format=json', '5', 400, /neither an object nor an array/],
    [
      'an empty array with format=json',
      'name=events_bad&format=json',
      '[]',
      400,
      /^The body holds no events/,
    ],
    [
      'an unknown format',
      'name=events_bad&format=csv',
      'a',
      400,
      'The parameter `format` is not valid: `csv` is neither ndjson nor json.',
    ],
    [
      'a wait that is no boolean',
      'name=events_bad&wait=maybe',
      '{}',
      400,
      'The parameter `wait` is not valid: `maybe` is neither true nor false.',
    ],
  ];

  test.each(cases)('[EV-13] [ERR-02] %s', async (_title, query, body, status, error) => {
    await server.form('POST /v0/datasources', { name: 'events_bad', schema: 'a Int32 `json:$.a`' });
    const reply = await server.call(`POST /v0/events?${query}`, { body });
    const text = typeof error === 'string' ? error : expect.stringMatching(error);
    expect([reply.status, reply.body]).toEqual([status, { error: text }]);
    expect(await server.rows('SELECT count() FROM events_bad')).toEqual([[0]]);
  });

  test('[EV-09] damaged gzip, a gzip bomb and another encoding are refused', async () => {
    const name = await datasource('a Int32 `json:$.a`');
    const zipped = (body: Uint8Array<ArrayBuffer>, encoding: string): Promise<Reply> =>
      send(name, body, { headers: { 'content-encoding': encoding } });
    const cut = await zipped(gzipSync('{"a":1}').subarray(0, 15), 'gzip');
    expect([cut.status, cut.body]).toEqual([
      400,
      { error: 'The request body is not valid: it is not complete gzip data.' },
    ]);
    const bomb = await zipped(gzipSync(Buffer.alloc(64 * 1024 * 1024, 32)), 'gzip');
    expect([bomb.status, bomb.body]).toEqual([413, { error: expect.stringContaining('10485760 bytes') }]);
    const other = await zipped(Buffer.from('x'), 'snappy');
    const error =
      'Content-Encoding `snappy` is not supported. Send the body as it is, or compressed with gzip.';
    expect([other.status, other.body]).toEqual([400, { error }]);
  });

  test('[EV-14] [EV-20] a token that may only read is answered with 403', async () => {
    const name = await datasource('a Int32 `json:$.a`');
    const client = server.client();
    await client.createPipe({ name: `${name}_pipe`, nodes: [{ name: 'n', sql: `SELECT * FROM ${name}` }] });
    const { token = '' } = await client.publish(`${name}_pipe`, 'n');
    const reply = await send(name, '{"a":1}', { headers: { authorization: `Bearer ${token}` } });
    const error = `The token \`${name}_pipe_endpoint_read\` may not do this: it needs the scope DATASOURCES:APPEND:${name}.`;
    expect([reply.status, reply.body]).toEqual([403, { error }]);
  });
});
