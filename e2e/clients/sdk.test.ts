import type { TestServer } from '@goldcrest/server/testing';
import { createTinybirdApi, TinybirdClient, TinybirdError } from '@tinybirdco/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BY_COUNTRY_META, openShop } from './shop.js';

let server: TestServer;
let api: ReturnType<typeof createTinybirdApi>;
let client: TinybirdClient;

beforeAll(async () => {
  server = await openShop({ 'query-seconds': '1' });
  const config = { baseUrl: server.url, token: server.token };
  api = createTinybirdApi(config);
  client = new TinybirdClient(config);
});
afterAll(() => server.stop());

const STATISTICS = { elapsed: expect.any(Number), rows_read: 4, bytes_read: expect.any(Number) };

describe('query', () => {
  test('[EP-05] the whole result, without parameters', async () => {
    expect(await client.query('by_country')).toEqual({
      meta: BY_COUNTRY_META,
      data: [
        { country: 'DE', sold: 4, value: null },
        { country: 'ES', sold: 4, value: 11.5 },
        { country: 'FR', sold: 2, value: 5 },
      ],
      rows: 3,
      rows_before_limit_at_least: 3,
      statistics: STATISTICS,
    });
  });

  test.each<[string, Record<string, unknown>, string[]]>([
    ['a date', { since: '2026-01-02' }, ['DE', 'ES', 'FR']],
    ['a Date', { since: new Date('2026-01-03').toISOString().slice(0, 10) }, ['DE']],
    ['an array, which goes as repeated keys', { countries: ['ES', 'FR'] }, ['ES', 'FR']],
    ['an array of one', { countries: ['FR'] }, ['FR']],
    ['an array as comma text', { countries: 'DE,FR' }, ['DE', 'FR']],
    ['an empty array, which is left out', { countries: [] }, ['DE', 'ES', 'FR']],
    ['null and undefined, which are left out', { countries: null, since: undefined }, ['DE', 'ES', 'FR']],
    ['numbers', { min_units: 3, limit: 1 }, ['DE']],
    ['text that is SQL', { countries: ["ES') OR (1=1"] }, []],
    ['parameters that no template has', { colour: 'red', ready: true }, ['DE', 'ES', 'FR']],
  ])('[EP-16] [TPL-14] with %s', async (_title, parameters, countries) => {
    const { data, rows } = await client.query<{ country: string }>('by_country', parameters);
    expect([data.map(({ country }) => country), rows]).toEqual([countries, countries.length]);
  });

  test('[QY-07] [QY-08] 64-bit ids can be asked for as text, as one and as an array', async () => {
    const quoted = { output_format_json_quote_64bit_integers: 1 };
    const one = await client.query('by_id', { id: 9007199254740993n, ...quoted });
    expect(one.data).toEqual([{ id: '9007199254740993', product: 'tea' }]);
    const ids = ['9007199254740996', '9007199254740994'];
    const some = await client.query('by_ids', { ids, ...quoted });
    expect(some.data).toEqual([{ id: '9007199254740994' }, { id: '9007199254740996' }]);
  });

  test('[QY-08] what is no number is null, and text when that is asked for', async () => {
    const plain = await client.query('odd_numbers');
    expect(plain.data).toEqual([{ big: -9007199254740992, inf: null, nan: null, nothing: null, exact: 1.5 }]);
    const quoted = await client.query('odd_numbers', {
      output_format_json_quote_64bit_integers: 1,
      output_format_json_quote_denormals: 1,
    });
    expect(quoted.data).toEqual([
      { big: '-9007199254740993', inf: 'inf', nan: 'nan', nothing: null, exact: 1.5 },
    ]);
  });
});

describe('sql', () => {
  test('[QY-03] the whole result', async () => {
    expect(await client.sql("SELECT product, units FROM sales WHERE country = 'ES' ORDER BY units")).toEqual({
      meta: [
        { name: 'product', type: 'String' },
        { name: 'units', type: 'UInt32' },
      ],
      data: [
        { product: 'jam', units: 1 },
        { product: 'tea', units: 3 },
      ],
      rows: 2,
      statistics: STATISTICS,
    });
  });

  test('[QY-14] over an endpoint', async () => {
    const { data } = await api.sql('SELECT sum(sold) AS sold_in_all FROM by_country');
    expect(data).toEqual([{ sold_in_all: 10 }]);
  });
});

describe('errors', () => {
  test.each<[string, () => Promise<unknown>, number, string | RegExp]>([
    [
      '[ERR-06] a parameter of the wrong type',
      () => client.query('by_country', { min_units: 'many' }),
      400,
      /min_units/,
    ],
    ['[ERR-06] a required parameter that is missing', () => client.query('by_id'), 400, /id/],
    ['[TPL-27] what the template says', () => client.query('refusing'), 422, 'Closed on Sundays'],
    [
      '[EP-05] no such endpoint',
      () => client.query('by_contry'),
      404,
      'There is no Pipe `by_contry` in this Workspace. Did you mean `by_country`?',
    ],
    ['[ERD-04] SQL that is none', () => client.sql('SELECT FROM sales'), 400, /\(SYNTAX_ERROR\)$/],
    ['[ERD-04] too slow', () => client.query('endless'), 408, /\(TIMEOUT_EXCEEDED\)$/],
    [
      '[GN-11] a token of nobody',
      () => new TinybirdClient({ baseUrl: server.url, token: 'p.x.y' }).query('by_country'),
      403,
      /^The token is not valid here/,
    ],
    ['[PS-08] a table of the server', () => client.sql('SELECT * FROM system.tables'), 403, /system/],
  ])('%s', async (_title, call, status, message) => {
    const error = await call().catch((thrown: unknown) => thrown);
    if (!(error instanceof TinybirdError)) throw new Error(`not refused: ${JSON.stringify(error)}`);
    const expected = typeof message === 'string' ? message : expect.stringMatching(message);
    expect([error.statusCode, error.message]).toEqual([status, expected]);
    expect([error.isAuthError(), error.isNotFoundError()]).toEqual([status === 403, status === 404]);
  });

  test("[AU-05] an endpoint's own token reads it and nothing else", async () => {
    const { token = '' } = await server.client().publish('by_id', 'only');
    const own = new TinybirdClient({ baseUrl: server.url, token });
    expect((await own.query('by_id', { id: '9007199254740994' })).rows).toBe(1);
    await expect(own.query('by_country')).rejects.toMatchObject({ statusCode: 403 });
    await expect(own.sql('SELECT * FROM sales')).rejects.toMatchObject({ statusCode: 403 });
  });
});
