import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPostgres, startPostgres, type TestPostgres } from './metadata/testing/postgres.js';
import { ClickHouseProcess } from './testing/clickhouse.js';
import { type Reply, TestServer } from './testing/harness.js';

const installed = findPostgres();
const reason = installed.kind === 'missing' ? ` (skipped: ${installed.reason})` : '';
const directory = mkdtempSync(join(tmpdir(), 'goldcrest-nodes-'));
let clickhouse: ClickHouseProcess | undefined;
let postgres: TestPostgres | undefined;
let one: TestServer;
let two: TestServer;

/** A server that speaks ClickHouse's HTTP interface, unless the environment names a real one. */
async function engineUrl(): Promise<string> {
  const given = process.env['CLICKHOUSE_URL'];
  if (given !== undefined) return given;
  clickhouse = await ClickHouseProcess.start(join(directory, 'clickhouse'));
  return clickhouse.url;
}

/** Asks again until the reply is as expected: a node may believe what it knows for a second. */
async function eventually(ask: () => Promise<Reply>, status: number): Promise<Reply> {
  for (;;) {
    const reply = await ask();
    if (reply.status === status) return reply;
  }
}

describe.skipIf(installed.kind === 'missing')(`two nodes on ClickHouse and PostgreSQL${reason}`, () => {
  beforeAll(async () => {
    if (installed.kind === 'missing') return;
    postgres = await startPostgres(installed);
    const flags = {
      'engine-url': await engineUrl(),
      'metadata-url': await postgres.createDatabase(),
      'secret-key': 'a key that both of the nodes have been given',
    };
    [one, two] = await Promise.all([TestServer.start(flags), TestServer.start(flags)]);
  });

  afterAll(async () => {
    await Promise.all([one?.stop(), two?.stop()]);
    await postgres?.stop();
    await clickhouse?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test('[PM-04] make one default Workspace, whose tokens both know', async () => {
    expect(two.token).toBe(one.token);
    expect((await two.call('GET /ready')).body).toEqual({ status: 'ok', engine: 'ok', metadata: 'ok' });
  });

  test('[EV-12] [EP-05] what is made and sent on one is served by the other', async () => {
    await one.client().createDataSource('hits', 'path String `json:$.path`, n Int64 `json:$.n` DEFAULT 7');
    await one.client().events('hits', [{ path: '/', n: 1 }, { path: '/' }, { n: 2 }], { wait: true });
    await one
      .client()
      .createPipe({ name: 'total', nodes: [{ name: 'n', sql: 'SELECT sum(n) AS total FROM hits' }] });
    const { token } = await one.client().publish('total', 'n');
    const headers = { authorization: `Bearer ${token}` };
    const reply = await eventually(() => two.call('GET /v0/pipes/total.json', { headers }), 200);
    expect(reply.body).toMatchObject({ data: [{ total: 8 }], rows: 1 });
    expect(await two.rows('SELECT c__error_column FROM hits_quarantine')).toEqual([[['path']]]);
  });

  test('[PI-10] a change on one begins from what the other wrote a moment ago', async () => {
    const append = (node: TestServer, name: string): Promise<Reply> =>
      node.call(`POST /v0/pipes/by_turns/nodes?name=${name}`, { body: 'SELECT 1' });
    await one.client().createPipe({ name: 'by_turns', nodes: [{ name: 'n', sql: 'SELECT 1' }] });
    for (const [index, node] of [two, one, two, two, one].entries())
      expect(await append(node, `n${index}`)).toMatchObject({ status: 200, body: { name: `n${index}` } });
    const nodes = (await one.client().pipe('by_turns')).nodes.map(({ name }) => name);
    expect(nodes).toEqual(['n', 'n0', 'n1', 'n2', 'n3', 'n4']);
  });

  test('[SVT-01] calls of both are in one log', async () => {
    await Promise.all(
      [one, two].map((node) => node.call('POST /v0/sql?app_name=nodes', { body: 'SELECT 1' })),
    );
    const calls =
      "SELECT count() FROM tinybird.pipe_stats_rt WHERE parameters['app_name'] = 'nodes' FORMAT CSV";
    const deadline = Date.now() + 20_000;
    for (let seen: unknown; seen !== 2 && Date.now() < deadline; )
      ({ body: seen } = await two.call('POST /v0/sql', { body: calls }));
    expect((await one.call('POST /v0/sql', { body: calls })).body).toBe(2);
  });

  test('[DM-05] a name is taken for both', async () => {
    const made = await Promise.all(
      [one, two].map((node) => node.form('POST /v0/datasources', { name: 'contested', schema: 'a Int32' })),
    );
    expect(made.map((reply) => reply.status).sort()).toEqual([200, 409]);
  });

  test('[EV-19] events for a new name on both at the same moment: one makes the Data Source, both insert', async () => {
    const send = (node: TestServer, n: number): Promise<Reply> =>
      node.call('POST /v0/events?name=made_by_either&wait=true', { body: JSON.stringify({ n }) });
    const replies = await Promise.all([send(one, 1), send(two, 2), send(one, 3), send(two, 4)]);
    const stored = { successful_rows: 1, quarantined_rows: 0 };
    expect(replies.map(({ status, body }) => [status, body])).toEqual(replies.map(() => [200, stored]));
    expect(await two.rows('SELECT n FROM made_by_either ORDER BY n')).toEqual([[1], [2], [3], [4]]);
  });

  test('[DS-49] what one removes is gone from the other', async () => {
    await two.client().createDataSource('short_lived', 'a Int32');
    await eventually(() => one.call('GET /v0/datasources/short_lived'), 200);
    await one.client().deleteDataSource('short_lived');
    const gone = await eventually(() => two.call('GET /v0/datasources/short_lived'), 404);
    expect(gone.body).toMatchObject({
      error: expect.stringContaining('There is no Data Source `short_lived`'),
    });
  });
});
