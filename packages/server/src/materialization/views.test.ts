import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { aShownNode, ID, makePipe, outcome, TIME } from '../testing/pipes.js';

let server: TestServer;
/** Makes names of one test other than those of all others. */
let run = 0;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  run += 1;
});

const SALES = 'day Date `json:$.day`, shop String `json:$.shop`, amount UInt32 `json:$.amount`';

/** A Data Source for the test, and the names that it uses. */
async function landing(): Promise<{ sales: string; totals: string; pipe: string; more: string }> {
  const names = { sales: `sales${run}`, totals: `totals${run}`, pipe: `to_totals${run}`, more: `more${run}` };
  await server.client().createDataSource(names.sales, SALES);
  return names;
}

function sell(sales: string, rows: [string, string, number][]): Promise<unknown> {
  const events = rows.map(([day, shop, amount]) => ({ day, shop, amount }));
  return server.client().events(sales, events, { wait: true });
}

const link = (pipe: string, node: string, query: string, body?: string) =>
  server.call(
    `POST /v0/pipes/${pipe}/nodes/${node}/materialization?${query}`,
    body === undefined ? {} : { body },
  );
const unlink = (pipe: string, node: string) =>
  server.call(`DELETE /v0/pipes/${pipe}/nodes/${node}/materialization`);

describe('a view', () => {
  test('[MV-01] [MV-02] [MZ-02] [MZ-03] [PI-02] [PI-03] is filled by what comes in, and made with the node’s columns', async () => {
    const { sales, totals, pipe } = await landing();
    const sql = `SELECT day, shop, sum(amount) AS total FROM ${sales} GROUP BY day, shop`;
    await makePipe(server, pipe, { sums: sql });
    await sell(sales, [['2026-01-01', 'before', 1]]);
    const reply = await link(pipe, 'sums', `datasource=${totals}`);
    expect([reply.status, reply.body]).toEqual([
      200,
      {
        ...aShownNode('sums', sql, { dependencies: [sales], node_type: 'materialized', materialized: ID }),
        created_datasource: true,
        datasource: expect.objectContaining({
          name: totals,
          engine: expect.objectContaining({ engine: 'MergeTree', engine_sorting_key: 'day' }),
          columns: ['day', 'shop', 'total'].map((name) => expect.objectContaining({ name })),
        }),
      },
    ]);
    await sell(sales, [
      ['2026-01-01', 'a', 2],
      ['2026-01-01', 'a', 3],
      ['2026-01-02', 'b', 4],
    ]);
    expect(await server.rows(`SELECT * FROM ${totals} ORDER BY day`)).toEqual([
      ['2026-01-01', 'a', 5],
      ['2026-01-02', 'b', 4],
    ]);
    const { body } = await server.call(
      `GET /v0/pipes/${pipe}?node_attrs=materialized,node_type&attrs=type,nodes`,
    );
    expect(body).toEqual({
      type: 'materialized',
      nodes: [
        {
          materialized: (await server.client().dataSource(totals)).id,
          node_type: 'materialized',
          dependencies: [sales],
        },
      ],
    });
  });

  test('[MV-04] [MZ-08] an unlinked one takes no more rows; node and Data Source stay', async () => {
    const { sales, totals, pipe } = await landing();
    await makePipe(server, pipe, { sums: `SELECT shop, amount FROM ${sales}` });
    await link(pipe, 'sums', `datasource=${totals}`);
    await sell(sales, [['2026-01-01', 'a', 1]]);
    expect((await unlink(pipe, 'sums')).status).toBe(204);
    await sell(sales, [['2026-01-01', 'a', 2]]);
    expect(await server.rows(`SELECT amount FROM ${totals}`)).toEqual([[1]]);
    expect((await server.client().pipe(pipe)).nodes).toEqual([
      expect.objectContaining({ name: 'sums', materialized: null, node_type: 'standard' }),
    ]);
    expect(outcome(await unlink(pipe, 'sums'))).toEqual([
      404,
      `The node \`sums\` of the Pipe \`${pipe}\` is not materialized.`,
    ]);
    expect((await link(pipe, 'sums', `datasource=${totals}`)).body).toMatchObject({
      created_datasource: false,
    });
    await sell(sales, [['2026-01-01', 'a', 3]]);
    expect(await server.rows(`SELECT amount FROM ${totals} ORDER BY amount`)).toEqual([[1], [3]]);
  });

  test('[MZ-05] [EV-28] of a view is filled in the same insert', async () => {
    const { sales, totals, pipe, more } = await landing();
    await makePipe(server, pipe, { sums: `SELECT day, shop, amount AS total FROM ${sales}` });
    await link(pipe, 'sums', `datasource=${totals}&engine=MergeTree&engine_sorting_key=day,shop`);
    await makePipe(server, `second${run}`, {
      days: `SELECT day, sum(total) AS total FROM ${totals} GROUP BY day`,
    });
    await link(`second${run}`, 'days', `datasource=${more}&engine=SummingMergeTree&engine_sorting_key=day`);
    await sell(sales, [
      ['2026-01-01', 'a', 2],
      ['2026-01-01', 'b', 3],
    ]);
    expect(await server.rows(`SELECT * FROM ${more}`)).toEqual([['2026-01-01', 5]]);
  });

  test('[MZ-01] [MZ-04] is triggered by the first table, through nodes and Pipes, and reads what is joined', async () => {
    const { sales, totals, pipe, more } = await landing();
    await server.client().createDataSource(more, 'shop String `json:$.shop`, town String `json:$.town`');
    await server.client().events(more, [{ shop: 'a', town: 'Ulm' }], { wait: true });
    await makePipe(server, `clean${run}`, { kept: `SELECT * FROM ${sales} WHERE amount > 0` });
    await makePipe(server, pipe, {
      towns: `SELECT shop, town FROM ${more}`,
      joined: `SELECT shop, town, amount FROM clean${run} ANY LEFT JOIN (SELECT shop, town FROM towns) USING shop`,
    });
    expect((await link(pipe, 'joined', `datasource=${totals}`)).status).toBe(200);
    await sell(sales, [
      ['2026-01-01', 'a', 2],
      ['2026-01-01', 'a', 0],
    ]);
    await server.client().events(more, [{ shop: 'b', town: 'Bonn' }], { wait: true });
    expect(await server.rows(`SELECT shop, town, amount FROM ${totals}`)).toEqual([['a', 'Ulm', 2]]);
  });

  test('[MZ-02] a UNION counts as a whole', async () => {
    const { sales, totals, pipe } = await landing();
    await makePipe(server, pipe, {
      both: `SELECT shop, 'sold' AS what FROM ${sales} UNION ALL SELECT shop, 'paid' AS what FROM ${sales}`,
    });
    expect((await link(pipe, 'both', `datasource=${totals}`)).status).toBe(200);
    await sell(sales, [['2026-01-01', 'a', 2]]);
    expect(await server.rows(`SELECT what FROM ${totals} ORDER BY what`)).toEqual([['paid'], ['sold']]);
  });

  test('[MZ-06] of states makes an AggregatingMergeTree that is sorted by the other columns', async () => {
    const { sales, totals, pipe } = await landing();
    const sql = `SELECT day, shop, sumState(amount) AS total FROM ${sales} GROUP BY day, shop`;
    await makePipe(server, pipe, { states: 'SELECT 1 AS one' });
    const { body } = await link(pipe, 'states', `datasource=${totals}`, sql);
    expect(body).toMatchObject({
      sql,
      version: 1,
      datasource: { engine: { engine: 'AggregatingMergeTree', engine_sorting_key: 'day, shop' } },
    });
    for (const amount of [1, 2]) await sell(sales, [['2026-01-01', 'a', amount]]);
    expect(await server.rows(`SELECT shop, sumMerge(total) AS t FROM ${totals} GROUP BY shop`)).toEqual([
      ['a', 3],
    ]);
  });

  test('[EV-16] that fails leaves the rows of its trigger where they are, once and in no quarantine', async () => {
    const { sales, totals, pipe } = await landing();
    await makePipe(server, pipe, { wrong: `SELECT toUInt8(shop) AS shop FROM ${sales}` });
    await link(pipe, 'wrong', `datasource=${totals}`);
    const body = JSON.stringify({ day: '2026-01-01', shop: 'a', amount: 1 });
    expect((await server.call(`POST /v0/events?name=${sales}&wait=true`, { body })).status).not.toBe(200);
    expect(await server.rows(`SELECT count() AS n FROM ${sales}`)).toEqual([[1]]);
    expect(await server.rows(`SELECT count() AS n FROM ${sales}_quarantine`)).toEqual([[0]]);
    expect(await server.rows(`SELECT count() AS n FROM ${totals}`)).toEqual([[0]]);
  });

  test('[PS-22] templates with defaults are rendered once', async () => {
    const { sales, totals, pipe } = await landing();
    await makePipe(server, pipe, {
      some: `% SELECT shop, amount FROM ${sales} WHERE amount >= {{Int32(least, 2)}} {% if defined(shop) %} AND 0 {% end %}`,
    });
    expect((await link(pipe, 'some', `datasource=${totals}`)).status).toBe(200);
    await sell(sales, [
      ['2026-01-01', 'a', 1],
      ['2026-01-01', 'a', 2],
    ]);
    expect(await server.rows(`SELECT amount FROM ${totals}`)).toEqual([[2]]);
  });

  test('[PI-11] a node is added and materialized at once, or not at all', async () => {
    const { sales, totals, pipe } = await landing();
    await makePipe(server, pipe, { first_node: 'SELECT 1 AS n' });
    const add = (query: string) =>
      server.call(`POST /v0/pipes/${pipe}/nodes?name=added&type=materialized${query}`, {
        body: `SELECT shop, amount FROM ${sales}`,
      });
    expect((await add('')).status).toBe(400);
    expect((await add('&datasource=1a')).status).toBe(400);
    expect((await server.client().pipe(pipe)).nodes).toHaveLength(1);
    const { status, body } = await add(`&datasource=${totals}&engine=MergeTree&engine_sorting_key=shop`);
    expect([status, body]).toEqual([
      200,
      {
        ...aShownNode('added', `SELECT shop, amount FROM ${sales}`, {
          dependencies: [sales],
          node_type: 'materialized',
          materialized: ID,
        }),
        created_datasource: true,
        datasource: expect.objectContaining({ name: totals }),
      },
    ]);
    await sell(sales, [['2026-01-01', 'a', 2]]);
    expect(await server.rows(`SELECT amount FROM ${totals}`)).toEqual([[2]]);
  });

  test('[PI-07] [PI-11] a Pipe is made with materialized nodes, or not at all, and no Data Source for it', async () => {
    const { sales, totals, pipe, more } = await landing();
    const view = (datasource: string, column = 'amount') => ({
      name: `into_${datasource}`,
      sql: `SELECT shop, ${column} FROM kept`,
      type: 'materialized',
      datasource,
      engine: 'MergeTree',
      engine_sorting_key: 'shop',
    });
    const make = (second: object) => {
      const nodes = [{ name: 'kept', sql: `SELECT * FROM ${sales} WHERE amount > 1` }, view(totals), second];
      const headers = { 'content-type': 'application/json' };
      return server.call('POST /v0/pipes', { headers, body: JSON.stringify({ name: pipe, nodes }) });
    };
    const { datasource: _, ...aimless } = view(more);
    const wrong = [
      aimless,
      view(more, 'price'),
      view(sales),
      view(`1${more}`),
      { ...view(more), populate: true },
    ];
    const answers = [];
    for (const second of wrong) answers.push((await make(second)).status);
    expect(answers).toEqual([400, 400, 400, 400, 501]);
    expect((await server.call(`GET /v0/pipes/${pipe}`)).status).toBe(404);
    for (const name of [totals, more])
      expect((await server.call(`GET /v0/datasources/${name}`)).status).toBe(404);
    const { status, body } = await make(view(more));
    expect([status, body]).toMatchObject([
      200,
      {
        name: pipe,
        type: 'materialized',
        endpoint: null,
        nodes: [{ materialized: null }, { materialized: ID }, { materialized: ID }],
      },
    ]);
    await sell(sales, [
      ['2026-01-01', 'a', 1],
      ['2026-01-01', 'b', 2],
    ]);
    expect(await server.rows(`SELECT shop, amount FROM ${totals}`)).toEqual([['b', 2]]);
    expect(await server.rows(`SELECT shop, amount FROM ${more}`)).toEqual([['b', 2]]);
  });

  test('[DFP-05] [PI-16] stands in the datafile with its target and its table', async () => {
    const { sales, totals, pipe } = await landing();
    await makePipe(server, pipe, { sums: `SELECT shop, amount FROM ${sales}` });
    await link(pipe, 'sums', `datasource=${totals}&engine=SummingMergeTree&engine_sorting_key=shop`);
    const file = await server.client().pipeFile(pipe);
    expect(file).toContain(`TYPE materialized\nDATASOURCE ${totals}\n`);
    expect(file).toMatch(/ENGINE "?SummingMergeTree"?\nENGINE_SORTING_KEY "?shop"?\n/);
  });

  test('is shown in the versions of its Pipe; going back to one links and unlinks nothing', async () => {
    const { sales, totals, pipe } = await landing();
    await makePipe(server, pipe, { sums: `SELECT shop, amount FROM ${sales}` });
    await link(pipe, 'sums', `datasource=${totals}`);
    const { body } = await server.call(`GET /v0/pipes/${pipe}/versions/2`);
    expect(body).toEqual({
      version: 2,
      created_at: TIME,
      token: { id: expect.any(String), name: expect.any(String) },
      change: 'materialized: sums',
      pipe: expect.objectContaining({
        nodes: [expect.objectContaining({ name: 'sums', node_type: 'materialized', materialized: ID })],
      }),
    });
    await server.client().restorePipe(pipe, 1);
    await sell(sales, [['2026-01-01', 'a', 2]]);
    expect(await server.rows(`SELECT amount FROM ${totals}`)).toEqual([[2]]);
  });
});
