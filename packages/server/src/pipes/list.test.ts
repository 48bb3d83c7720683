import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { aShownNode, makePipe, outcome } from '../testing/pipes.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  await server.client().createDataSource('sales', 'amount Int64 `json:$.amount`');
  await makePipe(server, 'totals', {
    all_sales: 'SELECT amount FROM sales',
    total: 'SELECT sum(amount) AS s FROM all_sales',
  });
  await makePipe(server, 'report', { n: 'SELECT s FROM totals' }, { publish: 'n' });
});
afterAll(() => server.stop());

function withoutDependencies(node: object): object {
  return Object.fromEntries(Object.entries(node).filter(([key]) => key !== 'dependencies'));
}

test.each(['/v0/pipes', '/v1/pipes', '/v0/pipes/?dependencies=false'])(
  '[PI-01] [PI-02] [PI-05] GET %s lists Pipes, oldest first',
  async (path) => {
    const nodes = [
      aShownNode('all_sales', 'SELECT amount FROM sales'),
      aShownNode('total', 'SELECT sum(amount) AS s FROM all_sales'),
    ];
    const reply = await server.call(`GET ${path}`);
    expect(reply).toMatchObject({ status: 200, body: { pipes: [{ name: 'totals' }, { name: 'report' }] } });
    expect(reply.body).toEqual({
      pipes: [
        { ...(await server.client().pipe('totals')), nodes: nodes.map(withoutDependencies) },
        expect.objectContaining({ name: 'report', type: 'endpoint' }),
      ],
    });
  },
);

test.each([
  [
    '/v0/pipes?attrs=name,endpoint',
    {
      pipes: [
        { name: 'totals', endpoint: null },
        { name: 'report', endpoint: expect.stringMatching(/^t_/) },
      ],
    },
  ],
  [
    '/v0/pipes?attrs=name,nodes&node_attrs=name',
    {
      pipes: [
        { name: 'totals', nodes: [{ name: 'all_sales' }, { name: 'total' }] },
        { name: 'report', nodes: [{ name: 'n' }] },
      ],
    },
  ],
  ['/v0/pipes?attrs=name,,nothing&node_attrs=sql', { pipes: [{ name: 'totals' }, { name: 'report' }] }],
  [
    '/v0/pipes?attrs=nodes&node_attrs=name,dependencies',
    {
      pipes: [
        {
          nodes: [
            { name: 'all_sales', dependencies: ['sales'] },
            { name: 'total', dependencies: ['all_sales'] },
          ],
        },
        { nodes: [{ name: 'n', dependencies: ['totals'] }] },
      ],
    },
  ],
  [
    '/v0/pipes?attrs=nodes&node_attrs=name&dependencies=true',
    {
      pipes: [
        {
          nodes: [
            { name: 'all_sales', dependencies: ['sales'] },
            { name: 'total', dependencies: ['all_sales'] },
          ],
        },
        { nodes: [{ name: 'n', dependencies: ['totals'] }] },
      ],
    },
  ],
  [
    '/v0/pipes/report?attrs=name,nodes&node_attrs=node_type&dependencies=0',
    { name: 'report', nodes: [{ node_type: 'endpoint' }] },
  ],
  ['/v0/pipes/report?attrs=name,token', { name: 'report', token: expect.stringMatching(/^p\./) }],
])('[PI-05] [PI-06] GET %s', async (path, body) => {
  const reply = await server.call(`GET ${path}`);
  expect([reply.status, reply.body]).toEqual([200, body]);
});

test('[PI-05] one Pipe shows its dependencies unless it is asked not to', async () => {
  expect(await server.call('GET /v0/pipes/report')).toMatchObject({
    body: { nodes: [{ dependencies: ['totals'] }] },
  });
  const without = await server.call('GET /v0/pipes/report?dependencies=false&attrs=nodes');
  const node = withoutDependencies(aShownNode('n', 'SELECT s FROM totals', { node_type: 'endpoint' }));
  expect(without.body).toEqual({ nodes: [node] });
  expect(outcome(await server.call('GET /v0/pipes?dependencies=some'))).toEqual([
    400,
    'The parameter `dependencies` is not valid: `some` is neither true nor false.',
  ]);
});

test('[PI-01] [PI-15] [AU-09] a token sees what it may read', async () => {
  const { token } = await server.client().pipe('report');
  const headers = { authorization: `Bearer ${token}` };
  expect((await server.call('GET /v0/pipes?attrs=name', { headers })).body).toEqual({
    pipes: [{ name: 'report' }],
  });
  expect((await server.call('GET /v0/pipes/report', { headers })).status).toBe(200);
  expect((await server.call('GET /v0/pipes/report.pipe', { headers })).status).toBe(200);
  const error = 'The token `report_endpoint_read` may not do this: it needs the scope PIPES:READ:totals.';
  for (const path of ['totals', 'totals.pipe', 'totals?format=pipe'])
    expect(outcome(await server.call(`GET /v0/pipes/${path}`, { headers }))).toEqual([403, error]);
  expect(outcome(await server.call('GET /v0/pipes/totalss', { headers }))).toEqual([
    404,
    'There is no Pipe `totalss` in this Workspace. Create it with POST /v0/pipes.',
  ]);
});
