import { type Engine, EngineError } from '@goldcrest/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;

/** Which commands of the engine fail for want of space. */
let fails = (_sql: string): boolean => false;

beforeAll(async () => {
  server = await TestServer.start({}, { wrapEngine: withFullDisk });
});
afterAll(() => server.stop());

function withFullDisk(engine: Engine): Engine {
  const command: Engine['command'] = async (request) => {
    if (fails(request.sql))
      throw new EngineError('No space left on device. (STD_EXCEPTION)', 1001, 'STD_EXCEPTION');
    await engine.command(request);
  };
  return new Proxy(engine, {
    get: (target, name) => {
      if (name === 'command') return command;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function seen({ status, headers, body }: Reply): unknown[] {
  return [status, headers.get('retry-after'), body];
}

const FULL = [503, '1', { error: 'The server is out of space on its disk. Try again in a moment.' }];

test.each<[title: string, fails: (sql: string) => boolean]>([
  ['not even its first table', () => true],
  ['its quarantine, and what was made can not be taken back', (sql) => /_quarantine|^DROP/i.test(sql)],
])(
  '[EV-18] [EV-19] [DS-01] a Data Source for which there is no space is made as soon as there is: %s',
  async (title, when) => {
    const name = `full_${title.length}`;
    const schema = 'a Int64 `json:$.a`';
    const make = (): Promise<Reply> => server.form('POST /v0/datasources', { name, schema });
    const send = (): Promise<Reply> =>
      server.call(`POST /v0/events?name=${name}&wait=true`, { body: '{"a":1}' });
    fails = when;
    expect([seen(await make()), seen(await send()), seen(await make())]).toEqual([FULL, FULL, FULL]);
    fails = () => false;
    expect(seen(await send())).toEqual([200, null, { successful_rows: 1, quarantined_rows: 0 }]);
    expect(await server.rows(`SELECT a FROM ${name}`)).toEqual([[1]]);
    expect((await make()).status).toBe(409);
  },
);
