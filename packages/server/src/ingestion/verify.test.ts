import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  const schema = "event_time DateTime `json:$.t` DEFAULT now(), event JSON `json:$` DEFAULT '{}'";
  await server.client().createDataSource('vercel_logs', schema);
});
afterAll(() => server.stop());

function send(code: string, body?: string): Promise<Reply> {
  const call = `POST /v0/events?name=vercel_logs&x-vercel-verify=${code}`;
  return server.call(call, body === undefined ? {} : { body });
}

function seen(reply: Reply): unknown[] {
  return [reply.status, reply.headers.get('x-vercel-verify'), reply.body];
}

test.each([
  ['no body', undefined],
  ['an empty one', ''],
  ['a line break', '\r\n'],
  ['no events', ' [ ] '],
])('[EV-33] [WG-21] a verification with %s is answered with its code', async (_title, body) => {
  expect(seen(await send('abc123', body))).toEqual([
    200,
    'abc123',
    { successful_rows: 0, quarantined_rows: 0 },
  ]);
});

test('[EV-33] deliveries carry the code too, and are stored', async () => {
  const logs = '{"id":"1","message":"GET /"}\n{"id":"2","message":"GET /about"}';
  expect(seen(await send('abc123', logs))).toEqual([
    202,
    'abc123',
    { successful_rows: 2, quarantined_rows: 0 },
  ]);
  const stored = () => server.rows('SELECT event.message FROM vercel_logs ORDER BY 1');
  await expect.poll(stored, { timeout: 10_000 }).toEqual([['GET /'], ['GET /about']]);
});

test('[EV-33] what can not be read is refused, so that no log is lost unseen', async () => {
  const reply = await send('abc123', 'hello');
  expect([reply.status, reply.headers.get('x-vercel-verify')]).toEqual([400, 'abc123']);
});

test.each(['a%0d%0ax-injected:1', 'a%0ab', '%00', 'a%20b', '%22', 'caf%C3%A9', 'x'.repeat(257)])(
  '[EV-33] the code %j is refused and put in no header',
  async (code) => {
    const reply = await send(code, '{"id":"3"}');
    expect([reply.status, reply.headers.get('x-vercel-verify'), reply.headers.get('x-injected')]).toEqual([
      400,
      null,
      null,
    ]);
    expect(reply.body).toEqual({
      error:
        'The parameter `x-vercel-verify` is not valid: it is no code: letters, digits and . _ ~ + / = : - are allowed, 256 characters at the most.',
    });
  },
);

test('[EV-33] an empty code, as the URL of the guide ends with, is none', async () => {
  expect(seen(await send('', '{"id":"5"}'))).toEqual([
    202,
    null,
    { successful_rows: 1, quarantined_rows: 0 },
  ]);
  expect((await send('')).status).toBe(400);
});

test('[EV-33] a verification needs a token and a Data Source like any other request', async () => {
  const call = 'POST /v0/events?name=vercel_logs&x-vercel-verify=abc';
  const reply = await server.call(call, { headers: { authorization: '' } });
  expect([reply.status, reply.headers.get('x-vercel-verify')]).toEqual([403, null]);
});

test('[EV-33] without the parameter there is no such header', async () => {
  const reply = await server.call('POST /v0/events?name=vercel_logs', { body: '{"id":"4"}' });
  expect([reply.status, reply.headers.get('x-vercel-verify')]).toEqual([202, null]);
});
