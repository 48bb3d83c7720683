import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepCalls } from '../queries/call.js';
import { TestServer } from '../testing/harness.js';
import { compressReplies, ENCODINGS } from './compression.js';
import { answerErrors } from './errorReplies.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  await server.client().createPipe({
    name: 'numbers_1000',
    nodes: [{ name: 'only', sql: "SELECT number AS n, repeat('x', 20) AS text FROM numbers(1000)" }],
  });
  await server.client().publish('numbers_1000', 'only');
});
afterAll(() => server.stop());

/** Sends a request and gives back the reply as it is on the wire: clients such as fetch unpack it. */
async function send(url: string, acceptEncoding: string, method = 'GET'): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${server.token}`, 'accept-encoding': acceptEncoding };
  const [reply] = await once(request(url, { method, headers }).end(), 'response');
  return reply;
}

async function bytesOf(reply: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await reply.toArray());
}

function unpack(encoding: string | undefined, bytes: Buffer): Buffer {
  if (encoding === 'gzip') return zlib.gunzipSync(bytes);
  if (encoding === 'br') return zlib.brotliDecompressSync(bytes);
  const unzstd: unknown = Reflect.get(zlib, 'zstdDecompressSync');
  if (encoding === 'zstd' && typeof unzstd === 'function') return unzstd(bytes);
  return bytes;
}

function sql(text: string): string {
  return `${server.url}/v0/sql?q=${encodeURIComponent(text)}`;
}

describe('which encoding', () => {
  test('[GN-10] gzip and br, and zstd where Node has it', () => {
    const zstd = 'createZstdCompress' in zlib ? ['zstd'] : [];
    expect(ENCODINGS).toEqual([...zstd, 'br', 'gzip']);
  });

  const best = ENCODINGS[0];
  test.each<[string, string | undefined]>([
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip, deflate', 'gzip'],
    ['deflate', undefined],
    ['', undefined],
    ['identity', undefined],
    ['gzip;q=0', undefined],
    ['gzip;q=0.5, br;q=0.4', 'gzip'],
    ['br, gzip', 'br'],
    ['gzip, br, zstd', best],
    ['*', best],
    ['nonsense', undefined],
  ])('[GN-10] Accept-Encoding: %s', async (accepted, expected) => {
    const reply = await send(`${server.url}/v0/pipes/numbers_1000.json`, accepted);
    const text = unpack(reply.headers['content-encoding'], await bytesOf(reply)).toString();
    expect([reply.headers['content-encoding'], reply.headers.vary, JSON.parse(text).rows]).toEqual([
      expected,
      'Accept-Encoding',
      1000,
    ]);
  });
});

describe('what is packed', () => {
  test.each(ENCODINGS.flatMap((encoding) => ['json', 'csv', 'ndjson'].map((file) => [file, encoding])))(
    '[GN-10] [EP-05] .%s with %s is the same data',
    async (file, encoding) => {
      const url = `${server.url}/v0/pipes/numbers_1000.${file}`;
      const plain = await send(url, 'identity');
      const packed = await send(url, encoding);
      expect([plain, packed].map(({ headers }) => [headers['content-encoding'], headers.vary])).toEqual([
        [undefined, 'Accept-Encoding'],
        [encoding, 'Accept-Encoding'],
      ]);
      const bytes = await bytesOf(packed);
      expect(bytes.length).toBeLessThan(10_000);
      expect(withoutElapsed(unpack(encoding, bytes))).toBe(withoutElapsed(await bytesOf(plain)));
    },
  );

  test('[GN-10] Parquet is left as it is', async () => {
    const reply = await send(`${server.url}/v0/pipes/numbers_1000.parquet`, 'gzip, br');
    expect([reply.headers['content-encoding'], reply.headers.vary]).toEqual([undefined, undefined]);
    expect((await bytesOf(reply)).subarray(0, 4).toString()).toBe('PAR1');
  });

  test('[GN-10] short replies, errors among them, are left as they are', async () => {
    for (const url of [sql('SELECT 1'), `${server.url}/v0/pipes/nothing.json`]) {
      const reply = await send(url, 'gzip');
      expect([reply.headers['content-encoding'], reply.headers.vary]).toEqual([undefined, 'Accept-Encoding']);
      expect(Number(reply.headers['content-length'])).toBe((await bytesOf(reply)).length);
    }
  });

  test.each([
    ['80', 'the first bytes of a deflate file', 'SELECT number + 80 FROM numbers(1000)'],
    ['x ', 'others of them', "SELECT 'x ' || toString(number) FROM numbers(1000)"],
    ['1f8b', 'those of a gzip file', "SELECT unhex('1F8B') || toString(number) FROM numbers(1000)"],
  ])('[GN-10] a text that begins with %s, %s, is packed', async (_start, _what, query) => {
    const url = sql(`${query} FORMAT TSV`);
    const plain = await bytesOf(await send(url, 'identity'));
    const packed = await send(url, 'gzip');
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(zlib.gunzipSync(await bytesOf(packed)).equals(plain)).toBe(true);
  });
});

function withoutElapsed(bytes: Buffer): string {
  return bytes.toString().replace(/"elapsed": [\d.e-]+/, '"elapsed": 0');
}

describe('streams', () => {
  let app: FastifyInstance;
  let nextLine: () => void;
  let url: string;

  beforeAll(async () => {
    app = Fastify();
    keepCalls(app);
    compressReplies(app);
    answerErrors(app, pino({ level: 'silent' }));
    app.get('/lines', (_request, reply) => reply.type('application/x-ndjson').send(Readable.from(lines())));
    app.get('/broken', (_request, reply) => reply.type('application/x-ndjson').send(Readable.from(broken())));
    app.get('/failed', (_request, reply) => reply.type('text/csv').header('ETag', '"1"').send(failed()));
    app.get('/tagged', (_request, reply) =>
      reply.type('text/csv').header('ETag', '"1"').send('x'.repeat(2000)),
    );
    url = await app.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(() => app.close());

  async function* lines(): AsyncGenerator<string> {
    for (const n of [1, 2, 3]) {
      const asked = new Promise<void>((resolve) => {
        nextLine = resolve;
      });
      yield `{"n":${n}}\n`;
      await asked;
    }
  }

  function failed(): Readable {
    return new Readable({
      read: (): never => {
        throw new Error('the source failed');
      },
    });
  }

  async function* broken(): AsyncGenerator<string> {
    yield* lines();
    throw new Error('the source failed');
  }

  test.each(ENCODINGS)('[GN-10] each line arrives before the next one is made: %s', async (encoding) => {
    const response = await fetchPacked(`${url}/lines`, encoding);
    const seen: string[] = [];
    for await (const line of response) {
      seen.push(String(line));
      nextLine();
    }
    expect(seen).toEqual(['{"n":1}\n', '{"n":2}\n', '{"n":3}\n']);
  });

  test('[GN-10] a source that fails breaks the connection: the reply is never complete', async () => {
    const reply = await send(`${url}/broken`, 'gzip');
    reply.on('data', () => nextLine());
    const [error] = await once(reply, 'error');
    expect([error.code, reply.complete]).toEqual(['ECONNRESET', false]);
  });

  test('[GN-10] a source that fails before anything of it was sent is answered as an error, not packed', async () => {
    const reply = await send(`${url}/failed`, 'gzip');
    expect([reply.statusCode, reply.headers['content-encoding'], reply.headers.etag]).toEqual([
      500,
      undefined,
      undefined,
    ]);
    expect(JSON.parse((await bytesOf(reply)).toString())).toEqual({ error: expect.any(String) });
  });

  test('[GN-10] a strong ETag becomes a weak one, since the bytes differ', async () => {
    const packed = await send(`${url}/tagged`, 'gzip');
    const plain = await send(`${url}/tagged`, 'identity');
    expect([packed.headers.etag, plain.headers.etag]).toEqual(['W/"1"', '"1"']);
  });

  async function fetchPacked(address: string, encoding: string): Promise<Readable> {
    const reply = await send(address, encoding);
    expect(reply.headers['content-encoding']).toBe(encoding);
    const packers: Record<string, () => NodeJS.ReadWriteStream> = {
      gzip: zlib.createGunzip,
      br: zlib.createBrotliDecompress,
    };
    const create = packers[encoding] ?? Reflect.get(zlib, 'createZstdDecompress');
    return reply.pipe(create());
  }
});
