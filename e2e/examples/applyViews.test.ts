import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyProject, readProject, runCommand } from '@goldcrest/project';
import { TestServer } from '@goldcrest/server/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

let server: TestServer;
let directory: string;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'goldcrest-apply-views-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
}

async function apply(): Promise<void> {
  await applyProject(server.client(), await readProject(directory));
}

/** Rows of `FORMAT CSV`, a line each. */
const PER_DAY =
  'SELECT day, shop, sumMerge(total) AS total FROM a_daily GROUP BY day, shop ORDER BY day, shop';

/** `a_total` is read before it is made: the node's ENGINE lines make `a_daily`, and another view goes on from there. */
const SHOP = {
  'sales.datasource':
    'SCHEMA >\n  `at` DateTime `json:$.at`,\n  `shop` String `json:$.shop`,\n  `amount` UInt32 `json:$.amount`\n',
  'a_total.datasource':
    'SCHEMA >\n  `shop` String,\n  `total` AggregateFunction(sum, UInt32)\nENGINE AggregatingMergeTree\nENGINE_SORTING_KEY shop\n',
  'a_answer.pipe': `NODE answer\nSQL >\n  ${PER_DAY}\n`,
  'b_total_mv.pipe':
    'NODE totals\nSQL >\n  SELECT shop, sumMergeState(total) AS total FROM a_daily GROUP BY shop\nTYPE materialized\nDATASOURCE a_total\n',
  'z_daily_mv.pipe': [
    "NODE kept\nSQL >\n  SELECT * FROM sales WHERE shop != 'test'",
    'NODE daily\nSQL >\n  SELECT toDate(at) AS day, shop, sumState(amount) AS total FROM kept GROUP BY day, shop',
    'TYPE materialized\nDATASOURCE a_daily\nENGINE AggregatingMergeTree\nENGINE_SORTING_KEY day, shop\nENGINE_PARTITION_KEY toYYYYMM(day)\n',
  ].join('\n'),
};

test('[DFP-05] [MV-01] [MV-02] materialized nodes are linked in the order that they need, once, and fixtures are behind them', async () => {
  await write(SHOP);
  await apply();
  await apply();
  const client = server.client();
  const views = (await client.pipes()).filter(({ type }) => type === 'materialized').map(({ name }) => name);
  expect(views.sort()).toEqual(['b_total_mv', 'z_daily_mv']);
  const { engine } = await client.dataSource('a_daily');
  expect([engine['engine'], engine['engine_sorting_key'], engine['engine_partition_key']]).toEqual([
    'AggregatingMergeTree',
    'day, shop',
    'toYYYYMM(day)',
  ]);
  const sold = (shop: string, amount: number) => ({ at: '2026-01-01 10:00:00', shop, amount });
  await client.events('sales', [sold('a', 2), sold('test', 9)], { wait: true });
  await client.events('sales', [sold('a', 3), sold('b', 1)], { wait: true });
  expect((await client.endpoint('a_answer')).data).toEqual([
    { day: '2026-01-01', shop: 'a', total: 5 },
    { day: '2026-01-01', shop: 'b', total: 1 },
  ]);
  const totals = await client.sql(
    'SELECT shop, sumMerge(total) AS total FROM a_total GROUP BY shop ORDER BY shop FORMAT JSON',
  );
  expect(totals.data).toEqual([
    { shop: 'a', total: 5 },
    { shop: 'b', total: 1 },
  ]);
});

test('[DFP-05] one whose columns do not fit its Data Source is refused, and can be applied when it is right', async () => {
  const view = (column: string) =>
    `NODE n\nSQL >\n  SELECT amount AS ${column} FROM pays\nTYPE materialized\nDATASOURCE paid\n`;
  await write({
    'pays.datasource': 'SCHEMA >\n  `amount` UInt32 `json:$.amount`\n',
    'paid.datasource': 'SCHEMA >\n  `amount` UInt32\nENGINE_SORTING_KEY amount\n',
    'paid_mv.pipe': view('wrong'),
  });
  await expect(apply()).rejects.toMatchObject({
    message: expect.stringMatching(/^paid_mv\.pipe:1:1: The node `n` can not be materialized: .*`wrong`/),
    cause: { status: 400 },
  });
  await write({ 'paid_mv.pipe': view('amount') });
  const out: string[] = [];
  const say = (line: string) => out.push(line);
  const code = await runCommand([directory, '--url', server.url, '--token', server.token], say, say);
  expect([code, out]).toEqual([0, []]);
  expect((await server.client().pipe('paid_mv')).nodes.map(({ node_type }) => node_type)).toEqual([
    'materialized',
  ]);
});

test('[DF-19] what the server refuses is said of its file', async () => {
  await write({
    'sorted.datasource': 'SCHEMA >\n  `a` Int8\nENGINE MergeTree\nENGINE_SORTING_KEY nothing\n',
  });
  await expect(apply()).rejects.toMatchObject({
    name: 'ProjectError',
    message: expect.stringMatching(/^sorted\.datasource:2:3: The schema is not valid: /),
  });
});
