import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { RESERVED_WORDS } from '@goldcrest/sql';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;
let tokens: Record<'creator' | 'appender', string>;

beforeAll(async () => {
  server = await TestServer.start();
  await server.client().createDataSource('known', 'id UInt32 `json:$.id`');
  await server.client().createPipe({ name: 'a_pipe', nodes: [{ name: 'a_node', sql: 'SELECT 1' }] });
  tokens = await server.makeTokens({
    creator: ['DATASOURCES:CREATE'],
    appender: ['DATASOURCES:APPEND:known'],
  });
});
afterAll(() => server.stop());

function send(name: string, body: string, token = server.token, more = ''): Promise<Reply> {
  const headers = { authorization: `Bearer ${token}` };
  return server.call(`POST /v0/events?name=${name}&wait=true${more}`, { body, headers });
}

/** The columns of a Data Source: name, type and JSONPath. */
async function columns(name: string): Promise<unknown[][]> {
  const { body } = await server.call(`GET /v0/datasources/${name}`);
  const { columns: all } = body as { columns: { name: string; type: string; jsonpath: string }[] };
  return all.map(({ name: column, type, jsonpath }) => [column, type, jsonpath]);
}

/** For rows that nobody waited for. */
const SOON = { timeout: 10_000 };

const STORED = { successful_rows: 1, quarantined_rows: 0 };

describe('a Data Source that does not exist', () => {
  test('[EV-19] [EV-N5] is made from the events, which are in it', async () => {
    const reply = await send('fresh', '{"date":"2020-04-05 00:05:38","city":"Chicago"}\n{"city":"Oslo"}');
    expect([reply.status, reply.body]).toEqual([200, { successful_rows: 2, quarantined_rows: 0 }]);
    expect(await columns('fresh')).toEqual([
      ['date', 'Nullable(DateTime)', '$.date'],
      ['city', 'String', '$.city'],
    ]);
    expect((await server.call('GET /v0/datasources/fresh?attrs=name,type,engine')).body).toEqual({
      name: 'fresh',
      type: 'ndjson',
      engine: {
        engine: 'MergeTree',
        engine_sorting_key: 'city',
        engine_partition_key: '',
        engine_primary_key: 'city',
      },
    });
    expect((await send('fresh', '{"city":"Rome","date":null}')).body).toEqual(STORED);
    expect(await server.rows('SELECT * FROM fresh ORDER BY city')).toEqual([
      ['2020-04-05 00:05:38', 'Chicago'],
      [null, 'Oslo'],
      [null, 'Rome'],
    ]);
    expect(await server.rows('SELECT count() FROM fresh_quarantine')).toEqual([[0]]);
  });

  test('[EV-11] without wait, [EV-04] from a document over several lines, [EV-N3] and from an array', async () => {
    const body = JSON.stringify([{ a: { b: 1 } }, { a: { b: 2 } }], null, 2);
    const reply = await server.call('POST /v0/events?name=from_array&format=json', { body });
    expect([reply.status, reply.body]).toEqual([202, { successful_rows: 2, quarantined_rows: 0 }]);
    await expect.poll(() => server.rows('SELECT sum(a_b) FROM from_array'), SOON).toEqual([[3]]);
  });

  test('[EV-21] the sample of docs/api.md is as the page says', async () => {
    const page = readFileSync(new URL('../../../../docs/api.md', import.meta.url), 'utf8');
    const [, body = '', rest = ''] = /name=deliveries&wait=true" -d '\n(.*?)'\n(.*?)\n- /s.exec(page) ?? [];
    expect((await send('deliveries', body)).body).toEqual(STORED);
    const cells = [...rest.matchAll(/^\| `(.+)` \| `(.+)` \| `(.+)` \|$/gm)].map(([, ...row]) => row);
    expect(await columns('deliveries')).toEqual(cells);
  });

  test('[EV-20] [EV-N4] needs DATASOURCES:CREATE, which also appends', async () => {
    expect((await send('by_creator', '{"n":1}', tokens.creator)).body).toEqual(STORED);
    expect((await send('by_creator', '{"n":2}', tokens.creator)).body).toEqual(STORED);
    expect(await server.rows('SELECT sum(n) FROM by_creator')).toEqual([[3]]);
  });

  test('[EV-14] [EV-20] is not made by a token that may append only', async () => {
    const reply = await send('not_made', '{"n":1}', tokens.appender);
    const error =
      'There is no Data Source `not_made` in this Workspace. Create it with POST /v0/datasources.';
    expect([reply.status, reply.body]).toEqual([404, { error }]);
    const own = await send('known', '{"id":1}', tokens.appender);
    expect([own.status, own.body]).toEqual([200, STORED]);
    expect((await server.call('GET /v0/datasources/not_made')).status).toBe(404);
  });

  test('[EV-19] of many requests at the same moment one makes it, and all insert', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, n) => send('contested', JSON.stringify({ n, [`k${n % 2}`]: 'x' }))),
    );
    expect(replies.map(({ status, body }) => [status, body])).toEqual(
      replies.map(() => [200, expect.anything()]),
    );
    expect(
      await server.rows(
        'SELECT (SELECT count() FROM contested) + (SELECT count() FROM contested_quarantine) AS all_of_them',
      ),
    ).toEqual([[20]]);
  });

  test('[EV-19] a request whose events are bad does not keep others from making it', async () => {
    const [bad, good] = await Promise.all([send('half_bad', 'x'), send('half_bad', '{"n":1}')]);
    expect([bad?.status, good?.status, good?.body]).toEqual([400, 200, STORED]);
  });

  test('[EV-19] events without keys make none, and one with keys among them does', async () => {
    const refused = await send('keyless', '{}\n{}');
    expect([refused.status, refused.body]).toEqual([
      400,
      {
        error:
          'There is no Data Source of this name, and the events have no keys that could become its columns. Send an event with values, or create the Data Source with a schema.',
      },
    ]);
    expect((await server.call('GET /v0/datasources/keyless')).status).toBe(404);
    expect((await send('keyless', '{}\n{"n":1}')).body).toEqual({ successful_rows: 2, quarantined_rows: 0 });
    expect(await server.rows('SELECT n FROM keyless ORDER BY n')).toEqual([[1], [null]]);
  });

  test('[EV-19] one that is made from a schema at the same moment is used', async () => {
    const create = server.form('POST /v0/datasources', {
      name: 'with_schema',
      schema: 'n String `json:$.n`',
    });
    const replies = await Promise.all([create, send('with_schema', '{"n":1}')]);
    const statuses = replies.map(({ status }) => status);
    expect([
      [200, 200],
      [409, 200],
    ]).toContainEqual(statuses);
    expect(await server.rows('SELECT toString(n) FROM with_schema')).toEqual([['1']]);
  });

  test('[EV-34] RudderStack appends the name to the URL', async () => {
    const event = JSON.stringify({ event: 'Product purchased', properties: { price: 10.0, sku: 'a' } });
    const headers = { authorization: `Bearer ${tokens.creator}`, 'content-type': 'application/json' };
    const call = 'POST /v0/events?name=rudderstack_product_purchased';
    expect((await server.call(call, { body: event, headers })).status).toBe(202);
    await expect
      .poll(() => server.rows('SELECT properties_sku FROM rudderstack_product_purchased'), SOON)
      .toEqual([['a']]);
  });

  test('[EV-19] rows that do not fit what was inferred go to quarantine, and numbers are wide', async () => {
    await send('wide', '{"n":1,"price":1.0}');
    expect((await send('wide', '{"n":9007199254740993,"price":2.5}\n{"n":"x","price":1}')).body).toEqual({
      successful_rows: 1,
      quarantined_rows: 1,
    });
    expect(await server.rows('SELECT toString(n), price FROM wide ORDER BY n')).toEqual([
      ['1', 1],
      ['9007199254740993', 2.5],
    ]);
  });
});

describe('names and bodies', () => {
  test.each<[title: string, name: string, body: string, status: number, error: string | RegExp]>([
    ['[DM-01] a digit in front', '1st', '{"a":1}', 400, /^The name "1st" starts with a digit/],
    ['[DM-01] a dot', 'a.b', '{"a":1}', 400, /^The name "a\.b" holds other characters/],
    ['[DM-02] a reserved word', 'select', '{"a":1}', 400, /^The name "select" is a reserved word/],
    ['[DM-01] too long', 'x'.repeat(200), '{"a":1}', 400, /at most 168/],
    [
      '[DM-05] the name of a Pipe',
      'a_pipe',
      '{"a":1}',
      409,
      'The name `a_pipe` is taken by a Pipe of this Workspace. Choose another one.',
    ],
    ['[DM-06] the name of a node', 'a_node', '{"a":1}', 409, /taken by a node of a Pipe/],
    [
      '[DM-09] the name of a quarantine table',
      'known_quarantine',
      '{"a":1}',
      409,
      /taken by a quarantine table/,
    ],
    [
      '[GN-26] an id that is unknown',
      `t_${'0'.repeat(32)}`,
      '{"a":1}',
      404,
      /^There is no Data Source `t_0{32}` in this Workspace/,
    ],
    ['[EV-13] no body', 'nothing', '', 400, /^The body holds no events/],
    ['[EV-13] no JSON', 'nothing', 'hello', 400, /^The body is not NDJSON: hello is not JSON/],
  ])('%s', async (_title, name, body, status, error) => {
    const before = await server.call('GET /v0/datasources?attrs=name');
    const reply = await send(name, body);
    const text = typeof error === 'string' ? error : expect.stringMatching(error);
    expect([reply.status, reply.body]).toEqual([status, { error: text }]);
    expect((await server.call('GET /v0/datasources?attrs=name')).body).toEqual(before.body);
  });

  test('[EV-23] what can not be read goes to quarantine also of a new Data Source', async () => {
    expect((await send('partly', 'x\n{"a":1}\n[2]')).body).toEqual({
      successful_rows: 1,
      quarantined_rows: 2,
    });
  });

  test('[EV-21] nested deeply, and too deeply', async () => {
    const nested = (levels: number): string => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect((await send('bottomless', nested(100_000))).body).toEqual({
      error: expect.stringContaining('the event is nested too deeply'),
    });
    expect((await send('bottomless', nested(400))).body).toEqual(STORED);
    expect(await columns('bottomless')).toEqual([['a', 'Array(String)', '$.a[:]']]);
  });

  test('[EV-30] [EV-13] too many events make nothing', async () => {
    expect((await send('crowded', '{}\n'.repeat(500_001))).status).toBe(413);
    expect((await server.call('GET /v0/datasources/crowded')).status).toBe(404);
  });

  test('[EV-07] [EV-09] a mark at the beginning, empty lines, line ends of two characters, gzip', async () => {
    const lines = '\uFEFF\r\n{"a":1}\r\n\r\n  {"a":2}  \r\n';
    expect((await send('lined', lines)).body).toEqual({ successful_rows: 2, quarantined_rows: 0 });
    const headers = { 'content-encoding': 'gzip' };
    const packed = await server.call('POST /v0/events?name=packed', { body: gzipSync(lines), headers });
    expect(packed.body).toEqual({ successful_rows: 2, quarantined_rows: 0 });
    const cut = await server.call('POST /v0/events?name=cut', {
      body: gzipSync(lines).subarray(0, 20),
      headers,
    });
    expect(cut.status).toBe(400);
    expect((await server.call('GET /v0/datasources/cut')).status).toBe(404);
    expect(await columns('lined')).toEqual([['a', 'Int64', '$.a']]);
  });

  test('[EV-21] keys that are words of SQL are columns that can be asked for as they are', async () => {
    const words = [...new Set(RESERVED_WORDS.map((word) => word.toLowerCase()))];
    const event = Object.fromEntries(words.map((word) => [word, 1]));
    expect((await send('words', JSON.stringify(event))).body).toEqual(STORED);
    const names = (await columns('words')).map(([name]) => String(name));
    for (const name of names)
      expect(await server.rows(`SELECT ${name} FROM words ORDER BY ${name}`)).toEqual([[1]]);
  });
});

describe('any events', () => {
  const scalar = fc.constantFrom(
    ...[
      'null',
      'true',
      'false',
      '0',
      '-1',
      '1.0',
      '2.5',
      '1e3',
      '-0',
      '9007199254740993',
      '18446744073709551615',
    ],
    ...[
      '340282366920938463463374607431768211456',
      `1${'0'.repeat(90)}`,
      '1e400',
      '""',
      '"x"',
      '"2024-06-20"',
    ],
    ...[
      '"2024-06-20 19:06:15"',
      '"2024-06-20T19:06:15.373Z"',
      '"1950-01-01T00:00:00+05:00"',
      '"2299-12-31 23:59:59"',
    ],
    ...[
      '"2024-02-30"',
      '"0001-01-01T00:00:00Z"',
      '"2106-02-07 06:28:15"',
      '"1969-12-31"',
      '"2150-01-01"',
      '{}',
      '[]',
    ],
  );
  const key = fc.constantFrom(
    'a',
    'b',
    'a-b',
    'a_b',
    'c.d',
    '1',
    'null',
    '',
    'größe',
    'insertion_date',
    'it`s',
    '__proto__',
  );
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      scalar,
      list(tie('value')),
      object(tie('value')),
    ),
  }));

  function list(item: fc.Arbitrary<string>): fc.Arbitrary<string> {
    return fc.array(item, { maxLength: 3 }).map((items) => `[${items.join(',')}]`);
  }

  function object(field: fc.Arbitrary<string>): fc.Arbitrary<string> {
    const fields = fc.array(fc.tuple(key, field), { maxLength: 5 });
    return fields.map(
      (pairs) => `{${pairs.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`,
    );
  }

  test('[EV-19] [EV-21] that a schema was inferred from fit into it', async () => {
    let count = 0;
    const events = fc
      .array(object(value), { minLength: 1, maxLength: 4 })
      .filter((lines) => lines.some((line) => line !== '{}'));
    await fc.assert(
      fc.asyncProperty(events, async (lines) => {
        const reply = await send(`any_${count++}`, lines.join('\n'));
        expect([reply.status, reply.body]).toEqual([
          200,
          { successful_rows: lines.length, quarantined_rows: 0 },
        ]);
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

describe('events for a Data Source that is removed meanwhile', () => {
  test('[EV-20] go into no other of its name when the token may only append', async () => {
    const sent = Array.from({ length: 50 }, (_, id) =>
      send('known', JSON.stringify({ id }), tokens.appender),
    );
    const removed = server.call('DELETE /v0/datasources/known');
    expect((await removed).status).toBe(204);
    await Promise.all(sent);
    await server.client().createDataSource('known', 'id UInt32 `json:$.id`');
    expect(await server.rows('SELECT count() FROM known')).toEqual([[0]]);
  });

  test('[EV-11] [EV-20] are not acknowledged, whenever the request began', async () => {
    await server.client().createDataSource('gone', 'id UInt32 `json:$.id`');
    const body = '{"id":1}\n{"id":2}';
    const headers = { authorization: `Bearer ${server.token}`, 'content-length': body.length };
    const sending = request(`${server.url}/v0/events?name=gone`, { method: 'POST', headers });
    const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
    sending.write(body.slice(0, 5));
    // The server looks for the Data Source when the request begins: it has when one that came behind is answered.
    expect((await send('gone', '{"id":3}')).body).toEqual(STORED);
    expect((await server.call('DELETE /v0/datasources/gone')).status).toBe(204);
    await server.client().createDataSource('gone', 'id UInt32 `json:$.id`');
    sending.end(body.slice(5));
    const [reply] = await answered;
    expect([reply.statusCode, await json(reply)]).toEqual([
      404,
      { error: 'There is no Data Source `gone` in this Workspace. It was removed meanwhile.' },
    ]);
    expect(await server.rows('SELECT count() FROM gone')).toEqual([[0]]);
  });

  test('[EV-19] make it anew when the token may create', async () => {
    await send('again', '{"old":1}');
    const removed = server.call('DELETE /v0/datasources/again');
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, id) => send('again', JSON.stringify({ id }))),
    );
    expect((await removed).status).toBe(204);
    expect(replies.filter(({ status }) => status !== 200 && status !== 404)).toEqual([]);
    expect((await send('again', '{"id":10}')).status).toBe(200);
    expect(await columns('again')).toEqual([['id', 'Int64', '$.id']]);
  });
});
