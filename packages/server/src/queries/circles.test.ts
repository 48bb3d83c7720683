import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { makePipe } from '../testing/pipes.js';

let server: TestServer;

/** Reads another table only for a value of the parameter that no sample has. */
function readsWhenClosed(table: string): string {
  return `% SELECT * FROM {% if String(way, 'open') == 'closed' %}${table}{% else %}numbers(1){% end %}`;
}

beforeAll(async () => {
  server = await TestServer.start();
  const publish = async (name: string, sql: string): Promise<void> => {
    await makePipe(server, name, { [`${name}_node`]: sql }, { publish: `${name}_node` });
  };
  await publish('first', 'SELECT 1 AS number');
  await publish('second', 'SELECT * FROM first');
  await publish('third', 'SELECT * FROM second');
  const client = server.client();
  const pipe = await client.pipe('first');
  const call = `PUT /v0/pipes/first/nodes/${pipe.nodes[0]?.id}`;
  expect((await server.call(call, { body: readsWhenClosed('third') })).status).toBe(200);
  const nodes = { up: readsWhenClosed('down'), down: 'SELECT number FROM up' };
  await makePipe(server, 'within', nodes, { publish: 'down' });
});
afterAll(() => server.stop());

async function answer(call: string, init: RequestInit = {}): Promise<[number, unknown]> {
  const { status, body } = await server.call(call, init);
  return [status, body];
}

const circle = (path: string): unknown => ({ error: `The query goes round in a circle: ${path}.` });
const data = { data: [{ number: 0 }], meta: expect.anything(), rows: 1, statistics: expect.anything() };

describe('[PS-05] a circle that only some parameters close', () => {
  test.each(['first', 'second', 'third', 'within'])('lets %s be asked without them', async (name) => {
    expect(await answer(`GET /v0/pipes/${name}.json`)).toEqual([200, data]);
  });

  test.each([
    ['GET /v0/pipes/first.json?way=closed', 'first → third → second → first'],
    ['GET /v0/pipes/second.json?way=closed', 'second → first → third → second'],
    ['GET /v0/pipes/third.json?way=closed', 'third → second → first → third'],
    ['GET /v0/pipes/third.csv?way=closed', 'third → second → first → third'],
    ['GET /v0/pipes/third.json?way=closed&explain=true', 'third → second → first → third'],
    ['GET /v0/pipes/within.json?way=closed', 'down → up → down'],
    ['GET /v0/sql?way=closed&q=SELECT+*+FROM+second', 'second → first → third → second'],
    ['GET /v0/sql?way=closed&q=SELECT+*+FROM+within', 'down → up → down'],
  ])('is told: %s', async (call, path) => {
    expect(await answer(call)).toEqual([400, circle(path)]);
  });

  test('is told once more when the Pipe has been compiled before', async () => {
    await server.call('GET /v0/pipes/third.json');
    const call = 'GET /v0/pipes/third.json?way=closed';
    expect(await answer(call)).toEqual([400, circle('third → second → first → third')]);
  });

  test('[AU-17] is told to a reader without the names of Pipes that he may not read', async () => {
    const { token } = await server.client().publish('third', 'third_node');
    const headers = { authorization: `Bearer ${token}` };
    expect(await answer('GET /v0/pipes/third.json?way=closed', { headers })).toEqual([
      400,
      circle('third → … → … → third'),
    ]);
  });
});

test('[PS-05] a table that is missing for another reason is no circle', async () => {
  expect(await answer('GET /v0/sql?way=closed&q=SELECT+1+FROM+nowhere,third')).toEqual([
    400,
    { error: 'There is no Data Source or Pipe `nowhere` in this Workspace. (UNKNOWN_TABLE)' },
  ]);
});
