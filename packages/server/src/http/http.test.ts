import { once } from 'node:events';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

/** Sends bytes on a bare connection and gives back what the server answers. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port, hostname } = new URL(server.url);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

function bodyOf(answer: string): unknown {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
}

describe('authentication', () => {
  const noToken = {
    error:
      'A token is needed: send the header `Authorization: Bearer <token>` or the parameter `token=<token>`.',
  };
  const wrongToken = {
    error: 'The token is not valid here: it is incomplete, was made by another server, or has been removed.',
  };

  test('[GN-03] the token is taken from the Authorization header', async () => {
    expect((await server.call('GET /v0/pipes')).status).toBe(200);
  });

  test('[GN-04] the token is taken from the token parameter, on GET and POST', async () => {
    const headers = { authorization: '' };
    expect((await server.call(`GET /v0/pipes?token=${server.token}`, { headers })).status).toBe(200);
    const posted = await server.call(`POST /v0/sql?token=${server.token}`, {
      headers,
      body: 'SELECT 1 FORMAT CSV',
    });
    expect([posted.status, posted.body]).toEqual([200, 1]);
  });

  test('[GN-06] the header wins over the parameter', async () => {
    const reply = await server.call(`GET /v0/pipes?token=${server.token}`, {
      headers: { authorization: 'Bearer p.x.y' },
    });
    expect([reply.status, reply.body]).toEqual([403, wrongToken]);
  });

  test('[GN-24] without a token every route of the API answers 403', async () => {
    const calls = [
      'GET /v0/datasources',
      'POST /v0/datasources',
      'GET /v0/pipes',
      'POST /v0/pipes',
      'GET /v0/sql',
      'POST /v0/events',
    ];
    for (const call of [
      ...calls,
      'GET /v0/pipes/x.json',
      'POST /v0/pipes/x/nodes/y/endpoint',
      'DELETE /v0/datasources/x',
    ]) {
      const reply = await server.call(call, { headers: { authorization: '' } });
      expect([call, reply.status, reply.body]).toEqual([call, 403, noToken]);
    }
  });

  test.each([
    ['not a token', 'abc'],
    ['cut short', 'p.eyJ1IjoiYSIsImlkIjoiYiJ9'],
    ['signed by another key', 'p.eyJ1IjoiYSIsImlkIjoiYiJ9.c2lnbmVkIGJ5IHNvbWVib2R5IGVsc2U'],
  ])('[GN-11] a token that is %s is answered with 403', async (_title, token) => {
    const reply = await server.call('GET /v0/pipes', { headers: { authorization: `Bearer ${token}` } });
    expect([reply.status, reply.body]).toEqual([403, wrongToken]);
  });

  test('[GN-05] tokens are of the form p.<claims with u and id>.<signature>', () => {
    const [prefix, claims = '', signature] = server.token.split('.');
    const uuid = /^[0-9a-f-]{36}$/;
    expect(prefix).toBe('p');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      u: expect.stringMatching(uuid),
      id: expect.stringMatching(uuid),
      host: 'goldcrest',
    });
    expect(signature).toMatch(/^[\w-]{43}$/);
  });
});

describe('requests', () => {
  test('[GN-01] a trailing slash makes no difference', async () => {
    expect((await server.call('GET /v0/pipes/')).body).toEqual((await server.call('GET /v0/pipes')).body);
  });

  test('[GN-07] parameters come from the query and from a form, which wins', async () => {
    const reply = await server.form('POST /v0/datasources?name=ignored&format=ndjson', {
      name: 'from_form',
      schema: 'a Int32 `json:$.a`',
    });
    expect([reply.status, reply.body]).toMatchObject([
      200,
      { datasource: { name: 'from_form', type: 'ndjson' } },
    ]);
  });

  test('[GN-18] every reply carries a request id, a ULID of its own', async () => {
    const ids = await Promise.all(
      ['GET /health', 'GET /nowhere', 'GET /v0/pipes', 'DELETE /health'].map(async (call) => {
        return (await server.call(call)).headers.get('x-request-id');
      }),
    );
    for (const id of ids) expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(new Set(ids).size).toBe(4);
  });

  test('[GN-10] a reply is compressed when the client accepts it', async () => {
    const sql = 'SELECT number FROM numbers(1000)';
    const packed = await server.call('POST /v0/sql', { body: sql, headers: { 'accept-encoding': 'gzip' } });
    const plain = await server.call('POST /v0/sql', {
      body: sql,
      headers: { 'accept-encoding': 'identity' },
    });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(packed.body).toMatchObject({ rows: 1000 });
    expect(plain.body).toMatchObject({ rows: 1000 });
  });

  test('[GN-11] an unknown route is answered with 404', async () => {
    const reply = await server.call('GET /v0/nothing?x=1');
    const error = 'There is no GET /v0/nothing here. See docs/api.md for the routes of this server.';
    expect([reply.status, reply.body, reply.headers.get('x-error-code')]).toEqual([
      404,
      { error },
      'route_not_found',
    ]);
  });

  test.each([
    ['PUT /v0/sql', 'GET, POST'],
    ['GET /v0/events', 'POST'],
    ['PATCH /v0/datasources', 'POST, GET'],
    ['PUT /v0/pipes/x.json', 'GET, POST'],
    ['POST /v0/pipes/x', 'GET, PUT, DELETE'],
    ['DELETE /health', 'GET'],
  ])('[GN-11] [GN-N2] %s is answered with 405 and the allowed methods', async (call, allowed) => {
    const reply = await server.call(call);
    const error = `${call.split(' ')[0]} is not allowed on ${call.split(' ')[1]}. Allowed: ${allowed}.`;
    expect([reply.status, reply.body, reply.headers.get('allow')]).toEqual([405, { error }, allowed]);
  });

  test('[GN-09] a chunked body is answered with 411', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('SELECT 1'));
        controller.close();
      },
    });
    const init: RequestInit & { duplex: 'half' } = { body, duplex: 'half' };
    const reply = await server.call('POST /v0/sql', init);
    const error = 'Send a valid Content-Length header: chunked request bodies are not accepted.';
    expect([reply.status, reply.body]).toEqual([411, { error }]);
  });

  test('[GN-09] a Content-Length that is no number is answered with 411', async () => {
    const answer = await raw(`POST /v0/sql HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n`);
    expect(answer.split('\r\n')[0]).toBe('HTTP/1.1 411 Length Required');
    expect(bodyOf(answer)).toEqual({
      error: 'Send a valid Content-Length header: chunked request bodies are not accepted.',
    });
  });

  test('[GN-08] a path that can not be read, and a name that is too long, are answered like other errors', async () => {
    for (const path of ['/v0/pipes/%', `/v0/pipes/${'x'.repeat(500)}`]) {
      const reply = await server.call(`GET ${path}`);
      expect([reply.status, reply.body]).toEqual([expect.any(Number), { error: expect.any(String) }]);
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.headers.get('x-request-id')).toMatch(/^[0-9A-Z]{26}$/);
    }
  });

  test('[GN-11] headers that are too large are answered with 431', async () => {
    const answer = await raw(`GET /health HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`);
    expect(answer.split('\r\n')[0]).toBe('HTTP/1.1 431 Request Header Fields Too Large');
    expect(bodyOf(answer)).toEqual({ error: 'The headers of the request are larger than 65536 bytes.' });
  });

  test('[GN-11] what is not HTTP is answered with 400 and closed', async () => {
    const answer = await raw('hello there\r\n\r\n');
    expect(bodyOf(answer)).toEqual({ error: 'The request is not valid HTTP.' });
  });

  test('[GN-09] [LMT-15] a body of 11 MB is answered with 413', async () => {
    const reply = await server.call('POST /v0/events?name=x', { body: 'x'.repeat(11 * 1024 * 1024) });
    const error =
      'The request body is larger than the 10485760 bytes that this route takes. Send it in smaller parts.';
    expect([reply.status, reply.body]).toEqual([413, { error }]);
  });

  test('[GN-11] [LMT-21] a GET with a URL above 2 KB is answered with 414; a query may be longer', async () => {
    const long = 'x'.repeat(2048);
    const reply = await server.call(`GET /v0/pipes/p.json?a=${long}`);
    const error = 'The URL is longer than 2048 bytes. Send the parameters in the body of a POST request.';
    expect([reply.status, reply.body]).toEqual([414, { error }]);
    const query = await server.call(
      `GET /v0/sql?q=${encodeURIComponent(`SELECT length('${long}') FORMAT CSV`)}`,
    );
    expect([query.status, query.body]).toEqual([200, 2048]);
  });

  test('[GN-20] browsers may call from any origin', async () => {
    const preflight = await server.call('OPTIONS /v0/events?name=x', {
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, POST, PUT, DELETE, OPTIONS');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    const reply = await server.call('GET /v0/pipes', { headers: { origin: 'https://shop.example' } });
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    const refused = await server.call('GET /v0/pipes', {
      headers: { origin: 'https://shop.example', authorization: '' },
    });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, '*']);
  });
});

describe('bodies that are on their way', () => {
  const LENGTH = 8 * 1024 * 1024;
  const begun: ClientRequest[] = [];

  // Each has a limit of its own of bytes per second, which are counted as they are announced.
  beforeAll(async () => {
    for (const name of ['slow_1', 'slow_2', 'slow_3', 'quick'])
      await server.client().createDataSource(name, 'a String `json:$.a`');
  });
  afterEach(() => {
    for (const request of begun.splice(0)) request.destroy();
  });

  /** Announces bodies of events, and sends some of each once the server says that it has begun with it. */
  async function begin(name: string, count: number, bytes: number): Promise<void> {
    const headers = {
      authorization: `Bearer ${server.token}`,
      'content-length': String(LENGTH),
      expect: '100-continue',
    };
    const begins = Array.from({ length: count }, () => {
      const request = httpRequest(`${server.url}/v0/events?name=${name}`, { method: 'POST', headers });
      begun.push(request.on('error', () => {}));
      request.flushHeaders();
      return once(request, 'continue').then(() => request.write(Buffer.alloc(bytes, ' ')));
    });
    await Promise.all(begins);
  }

  async function statusOf(call: string, body: string): Promise<unknown[]> {
    const { status, headers } = await server.call(call, { body });
    return [status, headers.get('retry-after')];
  }

  test('[GN-09] [EV-18] take room when they arrive, and not when they are announced', async () => {
    for (const name of ['slow_1', 'slow_2']) await begin(name, 80, 1);
    expect(await statusOf('POST /v0/sql', 'SELECT 1')).toEqual([200, null]);
    expect(await statusOf('POST /v0/events?name=quick', '{"a":1}')).toEqual([202, null]);
  });

  test('[EV-18] of events share their own room with others of their Workspace, and give it back', async () => {
    const large = `${JSON.stringify({ a: 'x'.repeat(1024 * 1024) })}\n`.repeat(9);
    const send = (): Promise<unknown[]> => statusOf('POST /v0/events?name=quick', large);
    // A Workspace alone may hold 128 MiB.
    await begin('slow_3', 15, LENGTH - 1);
    await expect.poll(send, { timeout: 20_000 }).toEqual([503, '1']);
    expect(await statusOf('POST /v0/sql', 'SELECT 1')).toEqual([200, null]);
    for (const request of begun) request.destroy();
    await expect.poll(send, { timeout: 20_000 }).toEqual([202, null]);
  }, 60_000);
});

describe('health', () => {
  test('/health says that the process is up, /ready that engine and metadata answer', async () => {
    const headers = { authorization: '' };
    expect((await server.call('GET /health', { headers })).body).toEqual({ status: 'ok' });
    const ready = await server.call('GET /ready', { headers });
    expect([ready.status, ready.body]).toEqual([200, { status: 'ok', engine: 'ok', metadata: 'ok' }]);
  });
});
