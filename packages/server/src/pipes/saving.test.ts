import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { makePipe, outcome, sendJson } from '../testing/pipes.js';
import { parametersOf } from './parameters.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

test.each([
  'SELECT * FROM not_there',
  'SELECT FROM',
  "SELECT 'open",
  'SELECT * FROM n',
  'SELECT 1 FORMAT CSV',
])('[PS-05] [PS-24] %s is stored with ignore_sql_errors, which stays with the node', async (sql) => {
  await server.call('DELETE /v0/pipes/broken');
  const nodes = [
    { name: 'n', sql, ignore_sql_errors: true },
    { name: 'm', sql: 'SELECT 1 AS x' },
  ];
  const reply = await sendJson(server, 'POST /v0/pipes', { name: 'broken', nodes });
  expect(reply).toMatchObject({
    status: 200,
    body: { nodes: [{ sql, ignore_sql_errors: true }, { ignore_sql_errors: false }] },
  });
  expect((await server.call('PUT /v0/pipes/broken/nodes/m', { body: 'SELECT 2 AS x' })).status).toBe(200);
  expect((await server.client().publish('broken', 'm')).type).toBe('endpoint');
  expect((await server.client().endpoint('broken')).data).toEqual([{ x: 2 }]);
  expect((await server.call('GET /v0/datasources')).status).toBe(200);
  expect((await server.call('POST /v0/pipes/broken/nodes/n/endpoint')).status).toBe(200);
  expect((await server.call('GET /v0/pipes/broken.json')).status).toBe(sql.endsWith('CSV') ? 200 : 400);
  expect((await server.call('PUT /v0/pipes/broken/nodes/n?ignore_sql_errors=false')).status).toBe(400);
  expect(
    (await server.call('PUT /v0/pipes/broken/nodes/n?ignore_sql_errors=false', { body: 'SELECT 3 AS x' }))
      .body,
  ).toMatchObject({
    ignore_sql_errors: false,
  });
  expect((await server.client().endpoint('broken')).data).toEqual([{ x: 3 }]);
});

test('[PS-05] [PS-24] ignore_sql_errors of the request is for all of its nodes', async () => {
  const nodes = [
    { name: 'a', sql: 'SELECT * FROM x' },
    { name: 'b', sql: 'SELECT * FROM y' },
  ];
  for (const [call, more] of [
    ['POST /v0/pipes?ignore_sql_errors=true', {}],
    ['POST /v0/pipes', { ignore_sql_errors: true }],
  ] as const) {
    await server.call('DELETE /v0/pipes/loose');
    expect(await sendJson(server, call, { name: 'loose', nodes, ...more })).toMatchObject({
      status: 200,
      body: { nodes: [{ ignore_sql_errors: true }, { ignore_sql_errors: true }] },
    });
  }
});

test('[PS-05] Pipes that wait for each other can be made in any order', async () => {
  expect(
    (await server.call('POST /v0/pipes?name=first_made&sql=SELECT+x+FROM+made_later&ignore_sql_errors=true'))
      .status,
  ).toBe(200);
  await makePipe(server, 'made_later', { n: 'SELECT 4 AS x' });
  await server.client().publish('first_made', 'first_made_0');
  expect((await server.client().endpoint('first_made')).data).toEqual([{ x: 4 }]);
  expect(
    outcome(await server.call('PUT /v0/pipes/made_later/nodes/n', { body: 'SELECT x FROM first_made' })),
  ).toEqual([400, 'The query goes round in a circle: made_later → first_made → made_later.']);
});

test('[PS-05] [PI-17] a new name that would close a circle is refused', async () => {
  await makePipe(server, 'closing', { n: 'SELECT 1 AS x' });
  await makePipe(server, 'waiting', { n: 'SELECT x FROM closing' });
  await makePipe(server, 'opener', { n: 'SELECT x FROM waiting' });
  expect((await server.call('DELETE /v0/pipes/closing?force=true')).status).toBe(204);
  expect(outcome(await server.call('PUT /v0/pipes/opener?name=closing'))).toEqual([
    400,
    'The query goes round in a circle: closing → waiting → closing.',
  ]);
});

test('[PS-05] [PS-23] a template is shown with its parameters, and read by its name like any other', async () => {
  const sql = "% SELECT {{Int32(n, 3, description='How many')}} AS x";
  await makePipe(server, 'base', { n: sql }, { publish: 'n' });
  const [node] = (await server.client().pipe('base')).nodes;
  expect(node?.params).toEqual([
    { name: 'n', type: 'Int32', default: 3, description: 'How many', required: false },
  ]);
  expect(await server.client().pipeFile('base')).toContain(`SQL >\n    ${sql}\n`);
  await makePipe(server, 'over', {
    total: '% SELECT sum(x) AS total FROM base {% if defined(never) %} WHERE x {% end %}',
    required: '% SELECT {{String(label, required=True)}} AS base, total FROM total',
    plain: 'SELECT 1 AS base',
  });
  expect(outcome(await server.call('DELETE /v0/pipes/base'))).toEqual([
    409,
    'The Pipe `base` is read by `over`. Change them first, or send force=true to go on: then they fail until they are changed.',
  ]);
  expect(
    (await server.call('PUT /v0/pipes/over/nodes/total', { body: '% SELECT {{Int8(base, 1)}} AS total' }))
      .status,
  ).toBe(200);
  expect((await server.call('DELETE /v0/pipes/base')).status).toBe(204);
});

test('[PS-23] [CHD-03] the parameters of a template', () => {
  const sql = `%
    SELECT * FROM t
    WHERE site = {{String(site, 'shop', description='Which site', required=True)}}
    {% if defined(_secret) %} AND s = {{String(_secret)}} {% end %}
    AND kind IN {{Array(kinds, 'Int32', '1,2', enum=['1', '2'])}} LIMIT {{Int32(n, 10, format='number', example=5)}}`;
  expect(parametersOf(sql)).toEqual([
    { name: 'site', type: 'String', default: 'shop', description: 'Which site', required: true },
    { name: '_secret', type: 'String', required: false, private: true },
    { name: 'kinds', type: 'Array(Int32)', default: '1,2', enum: ['1', '2'], required: false },
    { name: 'n', type: 'Int32', default: 10, format: 'number', example: 5, required: false },
  ]);
  expect(parametersOf('SELECT {{Int32(n)}}')).toEqual([]);
  expect(parametersOf('% SELECT {{Int32(}}')).toEqual([]);
});
