import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { Engine } from '@goldcrest/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { gate } from './testing/brittleEngine.js';

let server: TestServer;

/** Is opened when a table of the name is to be made; the table is made when `may` is opened. */
const slow = { name: 'made_slowly', asked: gate(), may: gate() };

beforeAll(async () => {
  server = await TestServer.start({}, { wrapEngine: holdUp });
});
afterAll(() => server.stop());

function holdUp(engine: Engine): Engine {
  const command: Engine['command'] = async (request) => {
    if (request.sql.includes(slow.name)) {
      slow.asked.open();
      await slow.may.passed;
    }
    return engine.command(request);
  };
  return new Proxy(engine, {
    get: (target, name) => {
      if (name === 'command') return command;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test('[EV-19] of requests at the same moment one looks at its events, and the others wait for what it makes', async () => {
  const path = `/v0/events?name=${slow.name}`;
  const first = server.call(`POST ${path}`, { body: '{"n":1}' });
  await slow.asked.passed;
  // By themselves these events would make no Data Source.
  const body = '{}\n{}';
  const headers = {
    authorization: `Bearer ${server.token}`,
    expect: '100-continue',
    'content-length': body.length,
  };
  const second = httpRequest(server.url + path, { method: 'POST', headers });
  second.flushHeaders();
  await once(second, 'continue');
  second.end(body);
  const answered = once(second, 'response');
  // Each is read and parsed in the turns that this takes.
  expect((await server.call('POST /v0/sql', { body: 'SELECT 1' })).status).toBe(200);
  slow.may.open();
  const [response] = await answered;
  expect([(await first).status, response.statusCode]).toEqual([202, 202]);
});
