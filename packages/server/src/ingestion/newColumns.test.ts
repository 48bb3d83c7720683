import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DataSource } from '../datasources/index.js';
import { TestServer } from '../testing/harness.js';
import { NewColumns } from './newColumns.js';

describe('of a server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  async function detected(name: string): Promise<unknown> {
    const { body } = await server.call(`GET /v0/datasources/${name}?attrs=new_columns_detected`);
    return (body as { new_columns_detected: unknown }).new_columns_detected;
  }

  test('[EV-24] [FM-22] [DS-41] what no column reads is shown, with a type, and the rows are stored', async () => {
    const client = server.client();
    await client.createDataSource('shop', 'date DateTime `json:$.date`, city String `json:$.extra.city`');
    expect(await detected('shop')).toEqual({});
    const known = { date: '2020-04-05 00:05:38', extra: { city: 'Chicago' } };
    await client.events('shop', [known]);
    expect(await detected('shop')).toEqual({});
    const more = {
      ...known,
      extra: { city: 'Oslo', country: 'NO' },
      price: 2.5,
      tags: ['a'],
      city: 'a name that is there',
    };
    expect(await client.events('shop', [more], { wait: true })).toEqual({
      successful_rows: 1,
      quarantined_rows: 0,
    });
    const expected = {
      extra_country: { type: 'Nullable(String)', jsonpath: '$.extra.country' },
      price: { type: 'Nullable(Float64)', jsonpath: '$.price' },
      tags: { type: 'Array(String)', jsonpath: '$.tags[:]' },
      city_2: { type: 'Nullable(String)', jsonpath: '$.city' },
    };
    expect(await detected('shop')).toEqual(expected);
    const { body } = await server.call('GET /v0/datasources?attrs=name,new_columns_detected');
    expect(body).toEqual({ datasources: [{ name: 'shop', new_columns_detected: expected }] });
  });

  test('[EV-24] also of a document over several lines, and of rows in quarantine', async () => {
    await server.client().createDataSource('documents', 'id Int32 `json:$.id`');
    const body = JSON.stringify(
      [
        { id: 'bad', x: 1 },
        { id: 2, x: 2 },
      ],
      null,
      2,
    );
    await server.call('POST /v0/events?name=documents&format=json', { body });
    expect(await detected('documents')).toEqual({ x: { type: 'Int64', jsonpath: '$.x' } });
  });

  test('[EV-24] [WG-16] beside a column of whole events, not inside a column of a part', async () => {
    const schema = 'value String `json:$`, part String `json:$.part`, list Array(String) `json:$.list[:].a`';
    await server.client().createDataSource('rudderstack_events', schema);
    const event = { part: { x: 1 }, list: [{ a: 'x', b: 'y' }], event: 'Product purchased' };
    await server.client().events('rudderstack_events', [event]);
    expect(await detected('rudderstack_events')).toEqual({
      list__b: { type: 'Array(String)', jsonpath: '$.list[:].b' },
      event: { type: 'String', jsonpath: '$.event' },
    });
  });

  test('[EV-24] one that was made from its events has none', async () => {
    await server.client().events('made', [{ a: 1, o: { b: 'x' } }]);
    expect(await detected('made')).toEqual({});
  });
});

describe('of any traffic', () => {
  const datasource = (id: string): DataSource => ({
    id,
    workspaceId: 'w',
    name: id,
    description: '',
    format: 'ndjson',
    columns: [],
    engine: {
      engine: 'MergeTree',
      sortingKey: 'tuple()',
      partitionKey: '',
      primaryKey: '',
      ttl: '',
      settings: {},
    },
    tags: {},
    status: 'ready',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
  });

  /** How many bodies are looked at: each has a key of its own. */
  function looked(columns: NewColumns, ids: readonly string[], body: (n: number) => string): number {
    for (const [n, id] of ids.entries()) columns.look(datasource(id), Buffer.from(body(n)));
    return [...new Set(ids)].flatMap((id) => Object.keys(columns.of(datasource(id)))).length;
  }

  test('only so many bytes per second are looked at, of one Data Source and of all', () => {
    const clock = { ms: 1000 };
    const columns = new NewColumns(() => clock.ms);
    const body = (n: number): string => JSON.stringify({ [`k${n}`]: 'x'.repeat(8000) });
    const one = Array.from({ length: 50 }, () => 'one');
    expect(looked(columns, one, body)).toBe(5);
    clock.ms += 1000;
    expect(looked(columns, one, (n) => body(n + 50))).toBe(10);
    clock.ms += 1000;
    expect(
      looked(
        columns,
        Array.from({ length: 150 }, (_, n) => `d${n}`),
        body,
      ),
    ).toBe(33);
  });

  test('of a large body the first line and others of chance; lines that are too long and bad ones are left out', () => {
    const at = [0.5, 0.9, 0.1, 0.999999];
    const columns = new NewColumns(
      () => 0,
      () => at.shift() ?? 0,
    );
    const lines = Array.from({ length: 10_000 }, (_, n) => JSON.stringify({ [`k${n}`]: 1 }));
    columns.look(datasource('large'), Buffer.from(lines.join('\n')));
    expect(Object.keys(columns.of(datasource('large')))).toEqual(['k0', 'k5047', 'k9010', 'k1084']);
    const hostile = ['nonsense', '[1]', `{"long":"${'x'.repeat(70_000)}"}`];
    expect(
      looked(
        new NewColumns(() => 0),
        hostile.map(() => 'h'),
        (n) => hostile[n] ?? '',
      ),
    ).toBe(0);
  });

  test('memory is bounded: by keys, by Data Sources, and by what is shown', () => {
    const columns = new NewColumns(() => 0);
    const keys = Array.from({ length: 400 }, (_, n) => `"k${n}":1`).join(',');
    expect(looked(columns, ['many keys'], () => `{${keys}}`)).toBe(100);
    const ids = Array.from({ length: 201 }, (_, n) => `d${n}`);
    expect(looked(columns, ids, () => '{"a":1}')).toBe(200);
    expect(columns.of(datasource('many keys'))).toEqual({});
  });
});
