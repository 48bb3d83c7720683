import { TestServer } from '@goldcrest/server/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TARGETS, VIEWS } from './shop.js';
import { readWorld } from './tables.js';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
  const client = server.client();
  for (const { name, schema, engine } of TARGETS) await client.createDataSource(name, schema, engine);
  for (const { target } of VIEWS) await client.createDataSource(target.name, target.schema, target.engine);
});
afterAll(() => server.stop());

test('[EV-23] [EV-28] reads what Data Sources, quarantines and views hold', async () => {
  const lines = [
    '{"request":1,"row":0,"at":"2026-01-02T03:04:05.678Z","source":{"client":"a"},"amount":7,"note":"x"}',
    '{"request":1,"row":1,"at":"2026-02-02T03:04:05.678Z","source":{"client":"a"},"amount":null,"note":"x"}',
    '{"request":1,"row":2,"at":"2026-01-02T03:04:05.678Z","source":{"client":"a"},"amount":"many","note":"x"}',
    '{"request":1,"row":3,',
  ];
  await server.client().events('visits', lines.join('\n'), { wait: true });
  const { url, token } = server;
  const { datasources, views } = await readWorld({ url, token, lastRequest: 1 });
  expect(datasources.get('readings')).toEqual({ rows: new Map(), quarantine: [] });
  expect(datasources.get('visits')?.rows).toEqual(new Map([[1, [0, 1]]]));
  expect(datasources.get('visits')?.quarantine).toEqual(
    expect.arrayContaining([
      { request: 1, row: 2, columns: ['amount'], reasons: ['"many" is not a valid Int32'] },
      { request: 1, row: 3, columns: ['$'], reasons: [expect.stringContaining('is not JSON')] },
    ]),
  );
  expect(views).toEqual([
    {
      name: 'visit_days',
      stored: [],
      recomputed: [
        '{"day":"2026-01-02","client":"a","h":1,"t":7}',
        '{"day":"2026-02-02","client":"a","h":1,"t":0}',
      ],
    },
    { name: 'visit_clients', stored: [], recomputed: ['{"client":"a","h":2,"t":7}'] },
    ...['sound_orders', 'sound_days', 'order_days'].map((name) => ({ name, stored: [], recomputed: [] })),
  ]);
});
