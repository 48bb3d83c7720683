import { readdirSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { untilRows } from '../service-datasources/testing/logged.js';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;

/** Longest time that a file may take to be removed after its reader has gone. */
const DEADLINE_MS = 20_000;

beforeAll(async () => {
  server = await TestServer.start();
  const client = server.client();
  await client.createPipe({
    name: 'many',
    nodes: [
      {
        name: 'only',
        sql: '% SELECT number, rand64() AS chance FROM numbers({{Int32(rows)}}) {{cache_ttl(keep)}}',
      },
    ],
  });
  await client.publish('many', 'only');
});
afterAll(() => server.stop());

interface Document {
  meta: unknown;
  data: { number: number; chance: number }[];
  rows: number;
  rows_before_limit_at_least?: number;
  statistics: { elapsed: number; rows_read: number; bytes_read: number };
}

/** Packing takes more time than all else. */
const PLAIN = { 'accept-encoding': 'identity' };

function ask(path: string, headers: Record<string, string> = {}): Promise<Reply> {
  return server.call(`GET ${path}`, { headers: { ...PLAIN, ...headers } });
}

function sql(text: string, headers: Record<string, string> = PLAIN): Promise<Reply> {
  return server.call('POST /v0/sql', { body: text, headers });
}

/** Resolves when no result is on the disk any more. */
async function untilNoFile(): Promise<void> {
  const spool = join(server.directory, 'data', 'engine', 'goldcrest', 'spool');
  const deadline = Date.now() + DEADLINE_MS;
  while (readdirSync(spool).length > 0) {
    if (Date.now() > deadline) throw new Error(`${spool} is not empty`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a large result in JSON', () => {
  test.each(['the first time', 'again'])('[QY-12] comes whole, with its statistics: %s', async () => {
    const { status, headers, body } = await sql('SELECT number FROM numbers(300000) LIMIT 200000');
    const document = body as Document;
    expect([status, headers.get('content-type'), headers.get('etag')]).toEqual([
      200,
      'application/json; charset=utf-8',
      null,
    ]);
    expect(document).toEqual({
      meta: [{ name: 'number', type: 'UInt64' }],
      data: Array.from({ length: 200_000 }, (_, number) => ({ number })),
      rows: 200_000,
      rows_before_limit_at_least: expect.any(Number),
      statistics: {
        elapsed: expect.any(Number),
        rows_read: expect.any(Number),
        bytes_read: expect.any(Number),
      },
    });
    expect(document.statistics.rows_read).toBeGreaterThanOrEqual(200_000);
    expect(headers.get('server-timing')).toMatch(/^prepare;dur=[\d.]+, queue;dur=[\d.]+, engine;dur=[\d.]+$/);
    await untilNoFile();
  });

  test('[QY-18] comes, too, when its text is a hundred times what the engine counts', async () => {
    const name = 'n'.repeat(200);
    const response = await fetch(`${server.url}/v0/sql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'accept-encoding': 'identity' },
      body: `SELECT toUInt8(1) AS ${name} FROM numbers(100000)`,
    });
    let bytes = 0;
    for await (const chunk of response.body ?? []) bytes += chunk.length;
    expect([response.status, bytes > 20_000_000]).toEqual([200, true]);
    expect(response.headers.get('content-length')).toBe(String(bytes));
    await untilNoFile();
  });

  test('[GN-10] is packed for a client that accepts it', async () => {
    const { status, headers, body } = await sql('SELECT number FROM numbers(100000)', {
      'accept-encoding': 'gzip',
    });
    expect([status, headers.get('content-encoding'), (body as Document).rows]).toEqual([
      200,
      'gzip',
      100_000,
    ]);
  });

  test('[GN-17] [ERD-01] fails with its status, however late it fails', async () => {
    const reply = await sql("SELECT number, throwIf(number = 900000, 'late') FROM numbers(1000000)");
    expect([reply.status, reply.headers.get('x-db-exception-code'), reply.body]).toEqual([
      400,
      '395',
      { error: expect.stringMatching(/^late: while executing .*\(FUNCTION_THROW_IF_VALUE_IS_NON_ZERO\)$/) },
    ]);
    await untilNoFile();
  });

  test('[ERR-06] [QY-18] is refused with its status when it is larger than results may be', async () => {
    await server.restart({ 'query-result-bytes': '1000000' });
    const reply = await sql('SELECT number FROM numbers(1000000)');
    await server.restart();
    expect([reply.status, reply.headers.get('x-db-exception-code'), reply.body]).toEqual([
      400,
      '396',
      {
        error: expect.stringMatching(/^Limit for result exceeded.*\(TOO_MANY_ROWS_OR_BYTES\)$/),
      },
    ]);
  });

  test.each([
    ['JSON', 'a long name of the column', 'SELECT number % 2 AS NAME FROM numbers(50000)'],
    ['JSON', 'a value that is the same in all rows', `SELECT repeat('x', 1000) AS a FROM numbers(20000)`],
    ['CSV', 'a value of a long text', `SELECT repeat('x', 1000) AS a FROM numbers(20000)`],
    ['CSV', 'many such values', `SELECT repeat('x', 1000) AS a FROM numbers(20000000)`],
  ])(
    '[QY-18] [EP-18] [LMT-16] is refused in %s when its text is larger, for %s',
    async (format, _why, text) => {
      await server.restart({ 'query-result-bytes': '1000000' });
      const query = `${text.replace('NAME', 'n'.repeat(200))} FORMAT ${format}`;
      const replies = [await sql(query), await sql(query)];
      await server.restart();
      for (const reply of replies) {
        expect([reply.status, reply.headers.get('x-db-exception-code'), reply.body]).toEqual([
          400,
          '396',
          {
            error:
              'Limit for result exceeded: it may have 1000000 bytes. Ask for less of it, or for one part after the other. (TOO_MANY_ROWS_OR_BYTES)',
          },
        ]);
      }
      await untilNoFile();
    },
  );

  test.each(['JSONEachRow', 'TSV'])(
    '[QY-18] [LMT-16] breaks off or is refused in %s, and is never complete',
    async (format) => {
      await server.restart({ 'query-result-bytes': '40000000' });
      const reply = await fetch(`${server.url}/v0/sql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.token}`, 'accept-encoding': 'identity' },
        body: `SELECT repeat('x', 1000) AS a FROM numbers(20000000) FORMAT ${format}`,
      });
      let bytes = 0;
      const reading = (async () => {
        for await (const chunk of reply.body ?? []) bytes += chunk.length;
      })();
      const failure = await reading.catch((error: Error) => error.message);
      // The engine may write all of it before the first piece is sent.
      if (reply.status === 200) expect(failure).toBe('terminated');
      else expect([reply.status, reply.headers.get('x-db-exception-code')]).toEqual([400, '396']);
      expect(bytes).toBeLessThanOrEqual(40_000_000);
      await untilNoFile();
      await server.restart();
    },
  );

  test('is known again by its tag while it is not too large for one', async () => {
    const path = `/v0/sql?q=${encodeURIComponent('SELECT number FROM numbers(60000)')}`;
    const { status, headers, body } = await ask(path);
    const tag = headers.get('etag') ?? '';
    expect([status, (body as Document).rows, tag]).toEqual([
      200,
      60_000,
      expect.stringMatching(/^W\/"[\w-]{27}"$/),
    ]);
    const again = await ask(path, { 'if-none-match': tag });
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', tag]);
    await untilNoFile();
  });

  test('[TPF-39] is kept as cache_ttl() says', async () => {
    const kept = await ask('/v0/pipes/many.json?rows=100000&keep=60s');
    expect([kept.status, (kept.body as Document).rows]).toEqual([200, 100_000]);
    const again = await ask('/v0/pipes/many.json?rows=100000&keep=60s');
    expect([again.headers.get('age'), again.body]).toEqual(['0', kept.body]);
    await untilNoFile();
  });

  test('[GN-11] requests for the same one at the same time share a run and its file', async () => {
    const path = '/v0/pipes/many.json?rows=100000&keep=0s';
    const replies = await Promise.all(Array.from({ length: 4 }, () => ask(path)));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const lastRows = replies.map(({ body }) => (body as Document).data.at(-1)?.chance);
    expect(new Set(lastRows).size).toBe(1);
    await untilNoFile();
  });

  test('[GN-11] goes from the disk when its reader goes away', async () => {
    const q = encodeURIComponent('SELECT number FROM numbers(1000000)');
    const headers = { authorization: `Bearer ${server.token}` };
    await new Promise<void>((resolve) => {
      get(`${server.url}/v0/sql?q=${q}`, { headers }, (response) => {
        response.once('data', () => response.destroy());
        response.once('close', resolve);
      });
    });
    await untilNoFile();
  });

  test('HEAD of one has its headers and leaves nothing behind', async () => {
    const q = encodeURIComponent('SELECT number FROM numbers(700000)');
    const { status, headers, body } = await server.call(`HEAD /v0/sql?q=${q}`);
    expect([status, headers.get('content-type'), body]).toEqual([200, 'application/json; charset=utf-8', '']);
    await untilNoFile();
  });
});

test('[TPF-39] a large result in CSV comes whole from a file where cache_ttl() lets it be kept', async () => {
  const path = '/v0/pipes/many.csv?rows=900000&keep=60s';
  const { status, headers, body } = await ask(path);
  const text = String(body);
  expect([status, headers.get('content-length'), headers.get('cache-control')]).toEqual([
    200,
    String(text.length),
    'private, max-age=60',
  ]);
  expect(text.trimEnd().split('\n')).toHaveLength(900_001);
  const logged = `SELECT result_rows FROM tinybird.pipe_stats_rt WHERE request_id = '${headers.get('x-request-id')}'`;
  expect(await untilRows(server, logged, 1)).toEqual([{ result_rows: 900_000 }]);
  const head = await server.call(`HEAD ${path}`);
  expect([head.status, head.body]).toEqual([200, '']);
  await untilNoFile();
});

test('[QY-11] a large result in Parquet comes whole', async () => {
  const response = await fetch(`${server.url}/v0/sql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}` },
    body: 'SELECT number, rand64() AS chance FROM numbers(500000) FORMAT Parquet',
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
  expect(response.headers.get('content-length')).toBe(String(bytes.length));
  await untilNoFile();
});
