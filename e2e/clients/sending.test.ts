import { Tinybird } from '@chronark/zod-bird';
import { TestServer } from '@goldcrest/server/testing';
import { presetSchemas, TinybirdGenerator } from '@tinybirdco/mockingbird';
import { createTinybirdApi } from '@tinybirdco/sdk';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  const schema =
    'id UInt64 `json:$.id`, at DateTime64(3) `json:$.at`, tags Array(String) `json:$.tags[:]` DEFAULT [], note Nullable(String) `json:$.note`';
  await server.client().createDataSource('events', schema);
});
afterAll(() => server.stop());

describe('the SDK', () => {
  const api = (token = server.token) => createTinybirdApi({ baseUrl: server.url, token });

  test('[EV-12] ingest waits unless told otherwise; times, arrays and nulls arrive', async () => {
    const event = { id: 1, at: '2026-01-05 10:00:00.123', tags: ['a', 'b'], note: null };
    expect(await api().ingest('events', event)).toEqual({ successful_rows: 1, quarantined_rows: 0 });
    expect(await server.rows('SELECT * FROM events WHERE id = 1')).toEqual([
      [1, '2026-01-05 10:00:00.123', ['a', 'b'], null],
    ]);
    const bad = { ...event, id: -1 };
    expect(await api().ingest('events', bad, { wait: false })).toEqual({
      successful_rows: 0,
      quarantined_rows: 1,
    });
  });

  test('[EV-12] a bigint, which it sends as text, arrives with every digit', async () => {
    const event = { id: 18446744073709551615n, at: '2026-01-05 10:00:00.123' };
    expect(await api().ingest('events', event)).toEqual({ successful_rows: 1, quarantined_rows: 0 });
    expect(await server.rows(`SELECT toString(id) FROM events WHERE id = ${event.id}`)).toEqual([
      ['18446744073709551615'],
    ]);
  });

  test('[EV-07] ingestBatch', async () => {
    const rows = Array.from({ length: 100 }, (_, n) => ({ id: 1000 + n, at: '2026-01-05T10:00:00Z' }));
    expect(await api().ingestBatch('events', rows)).toEqual({ successful_rows: 100, quarantined_rows: 0 });
    expect(await server.rows('SELECT count() FROM events WHERE id >= 1000 AND id < 2000')).toEqual([[100]]);
  });

  test('[EV-19] into a Data Source that is not there yet', async () => {
    expect(await api().ingest('from_sdk', { user: { id: 7, name: 'Ana' } })).toEqual({
      successful_rows: 1,
      quarantined_rows: 0,
    });
    expect(await server.rows('SELECT user_id, user_name FROM from_sdk')).toEqual([[7, 'Ana']]);
  });

  test('[EV-14] refused with the reason', async () => {
    const refused = await api('p.x.y')
      .ingest('events', { id: 1 })
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({
      statusCode: 403,
      message: expect.stringMatching(/^The token is not valid here/),
    });
  });

  test('[EV-17] [GN-15] waits as long as Retry-After says, and then all is there', async () => {
    await server.client().createDataSource('few', 'n Int32 `json:$.n`');
    await server.restart({ 'events-rps': '1' });
    const sent = [1, 2, 3].map((n) => api().ingest('few', { n }, { maxRetries: 20 }));
    expect(await Promise.all(sent)).toEqual(sent.map(() => ({ successful_rows: 1, quarantined_rows: 0 })));
    expect(await server.rows('SELECT n FROM few ORDER BY n')).toEqual([[1], [2], [3]]);
    await server.restart();
  });
});

describe('zod-bird', () => {
  test('[EV-12] [EV-19] one event and many, into a Data Source that is not there yet', async () => {
    const send = new Tinybird({ baseUrl: server.url, token: server.token }).buildIngestEndpoint({
      datasource: 'from_zod_bird',
      event: z.object({ id: z.number(), at: z.string(), name: z.string().nullable() }),
      wait: true,
    });
    const event = { id: 1, at: '2026-01-05T10:00:00.123Z', name: null };
    expect(await send([event, { ...event, id: 2, name: 'x' }])).toEqual({
      successful_rows: 2,
      quarantined_rows: 0,
    });
    expect(await send({ ...event, id: 3 })).toEqual({ successful_rows: 1, quarantined_rows: 0 });
    expect(await server.rows('SELECT * FROM from_zod_bird ORDER BY id')).toEqual([
      [1, '2026-01-05 10:00:00.123', null],
      [2, '2026-01-05 10:00:00.123', 'x'],
      [3, '2026-01-05 10:00:00.123', null],
    ]);
  });
});

describe('mockingbird', () => {
  // The weights of one of its presets are of a form that it does not take itself.
  const presets = Object.entries(presetSchemas)
    .filter(([name]) => name !== 'Flight Bookings')
    .map(([name, schema]) => ({ name, schema }));

  test.each(presets)(
    '[EV-19] [EV-06] the preset «$name» fills a Data Source that it makes',
    async ({ name, schema }) => {
      const datasource = `preset_${name.toLowerCase().replace(/\W/g, '_')}`;
      const log = vi.spyOn(console, 'log').mockImplementation(() => {});
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
      const config = {
        schema,
        endpoint: server.url,
        datasource,
        token: server.token,
        eps: 200,
        limit: 200,
        logs: true,
      };
      await new TinybirdGenerator(config as never).generate();
      const said = log.mock.calls.map(([line]) => String(line));
      log.mockRestore();
      warn.mockRestore();
      expect(said).toContain('INFO> Tinybird Response: {"successful_rows":200,"quarantined_rows":0}');
      const count = () => server.rows(`SELECT count() FROM ${datasource}`);
      await expect.poll(count, { timeout: 10_000 }).toEqual([[200]]);
    },
  );
});
