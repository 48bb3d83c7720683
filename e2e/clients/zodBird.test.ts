import { Tinybird } from '@chronark/zod-bird';
import type { TestServer } from '@goldcrest/server/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { BY_COUNTRY_META, openShop } from './shop.js';

let server: TestServer;
let tinybird: Tinybird;

beforeAll(async () => {
  server = await openShop();
  tinybird = new Tinybird({ baseUrl: server.url, token: server.token });
});
afterAll(() => server.stop());

function byCountry(client = tinybird) {
  return client.buildPipe({
    pipe: 'by_country',
    parameters: z.object({
      since: z.string().optional(),
      countries: z.array(z.string()).optional(),
      min_units: z.number().optional(),
    }),
    data: z.object({ country: z.string(), sold: z.number(), value: z.number().nullable() }),
  });
}

test('[EP-05] the whole result, with an array as comma text', async () => {
  expect(await byCountry()({ countries: ['ES', 'FR'], since: '2026-01-02' })).toEqual({
    meta: BY_COUNTRY_META,
    data: [
      { country: 'ES', sold: 1, value: 4 },
      { country: 'FR', sold: 2, value: 5 },
    ],
    rows: 2,
    rows_before_limit_at_least: 2,
    statistics: { elapsed: expect.any(Number), rows_read: 4, bytes_read: expect.any(Number) },
  });
});

test('[EP-05] no rows are an empty list', async () => {
  expect(await byCountry()({ min_units: 1000 })).toMatchObject({ meta: BY_COUNTRY_META, data: [], rows: 0 });
});

test('[QY-07] numbers of 64 bits are numbers, which a schema of numbers takes', async () => {
  const byIds = tinybird.buildPipe({
    pipe: 'by_ids',
    parameters: z.object({ ids: z.array(z.string()) }),
    data: z.object({ id: z.number() }),
  });
  expect((await byIds({ ids: ['9007199254740994', '9007199254740996'] })).data).toEqual([
    { id: 9007199254740994 },
    { id: 9007199254740996 },
  ]);
});

test.each<[string, () => Promise<unknown>, string | RegExp]>([
  [
    '[GN-11] a token of nobody',
    () => byCountry(new Tinybird({ baseUrl: server.url, token: 'p.x.y' }))({}),
    'Unauthorized',
  ],
  ['[ERR-06] a parameter of the wrong type', () => byCountry()({ since: 'soon' }), /since/],
  [
    '[EP-05] no such endpoint',
    () => tinybird.buildPipe({ pipe: 'by_contry', data: z.any() })({}),
    'There is no Pipe `by_contry` in this Workspace. Did you mean `by_country`?',
  ],
])('%s', async (_title, call, message) => {
  await expect(call()).rejects.toThrow(message);
});

test('[EV-01] [EV-12] what it sends can be asked for', async () => {
  const send = tinybird.buildIngestEndpoint({
    datasource: 'sales',
    event: z.object({
      day: z.string(),
      country: z.string(),
      product: z.string(),
      units: z.number(),
      id: z.number(),
    }),
    wait: true,
  });
  const sale = { day: '2026-02-01', country: 'IT', product: 'tea', units: 1, id: 1 };
  expect(await send([sale, { ...sale, id: 2 }])).toEqual({ successful_rows: 2, quarantined_rows: 0 });
  expect((await byCountry()({ since: '2026-02-01' })).data).toEqual([
    { country: 'IT', sold: 2, value: null },
  ]);
});
