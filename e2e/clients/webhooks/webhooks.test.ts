import { type Reply, TestServer } from '@goldcrest/server/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Provider } from './provider.js';
import { PROVIDERS } from './providers.js';

/** For rows that nobody waited for. */
const SOON = { timeout: 10_000 };

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

/** The schema and the engine that the guides of webhooks have in common. */
async function makeAsInGuide({
  name,
  typePath,
  timeType = 'DateTime',
  jsonType = 'JSON',
}: Provider): Promise<void> {
  const schema = [
    `\`event_time\` ${timeType} \`json:$.tinybirdIngestTime\` DEFAULT now()`,
    `\`event_type\` String \`json:${typePath}\` DEFAULT 'unknown'`,
    `\`event\` ${jsonType} \`json:$\` DEFAULT '{}'`,
  ].join(', ');
  const engine = {
    engine: 'MergeTree',
    engine_partition_key: 'toYYYYMM(event_time)',
    engine_sorting_key: 'event_time',
  };
  await server.client().createDataSource(name, schema, { format: 'ndjson', ...engine });
}

/** Sends a body with the token in the URL, or in a header. */
function deliver(
  parameters: string,
  body: string,
  headers: Record<string, string>,
  token: 'url' | 'header' = 'url',
): Promise<Reply> {
  const inUrl = token === 'url' ? `&token=${server.token}` : '';
  const authorization = token === 'header' ? `Bearer ${server.token}` : '';
  return server.call(`POST /v0/events?${parameters}${inUrl}`, {
    body,
    headers: { ...headers, authorization },
  });
}

describe('webhooks with the schema of their guide', () => {
  test.each(PROVIDERS)('[$id] [WG-28] [EV-35] $name', async (provider) => {
    await makeAsInGuide(provider);
    const { name, more = '', contentType, headers, body, token, count = 1 } = provider;
    const sent = await deliver(
      `name=${name}${more}`,
      body,
      { 'content-type': contentType, ...headers },
      token,
    );
    expect([sent.status, sent.body]).toEqual([202, { successful_rows: count, quarantined_rows: 0 }]);
    const verified = /x-vercel-verify=(\w+)/.exec(more)?.[1] ?? null;
    expect(sent.headers.get('x-vercel-verify')).toBe(verified);
    const [expression, value] = provider.read;
    const stored = () =>
      server.rows(
        `SELECT event_type, ${expression}, abs(toUnixTimestamp(now()) - toUnixTimestamp(event_time)) < 600
          FROM ${name} WHERE event_type = '${provider.type}'`,
      );
    await expect.poll(stored, SOON).toEqual([[provider.type, value, 1]]);
    expect(await server.rows(`SELECT count() FROM ${name}_quarantine`)).toEqual([[0]]);
  });
});

describe('Data Sources that the guides leave to be made', () => {
  const json = { 'content-type': 'application/json' };

  test('[WG-02] [EV-22] Firehose, with the Pipe of the guide', async () => {
    const encode = (message: object): { data: string } => ({
      data: Buffer.from(JSON.stringify(message)).toString('base64'),
    });
    const body = JSON.stringify({
      requestId: 'ed4acda5-034f-9f42-bba1-f29aea6d7d8f',
      timestamp: 1704103200123,
      records: [
        encode({ datetime: '2024-01-01 10:00:00.500', event: 'buy', product: 'tea' }),
        encode({ datetime: '2024-01-01 10:00:01.250', event: 'view', product: 'jam' }),
      ],
    });
    const headers = {
      ...json,
      'x-amz-firehose-protocol-version': '1.0',
      'x-amz-firehose-request-id': 'ed4acda5',
    };
    const sent = await deliver('name=firehose&wait=true', body, headers);
    expect([sent.status, sent.body]).toEqual([200, { successful_rows: 1, quarantined_rows: 0 }]);
    const { columns } = await server.client().dataSource('firehose');
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'requestId String',
      'timestamp Int64',
      'records__data Array(String)',
    ]);
    const decode =
      'SELECT base64Decode(encoded_m) message, fromUnixTimestamp64Milli(timestamp) kinesis_ts FROM firehose ARRAY JOIN records__data as encoded_m';
    const extract =
      "SELECT kinesis_ts, toDateTime64(JSONExtractString(message, 'datetime'), 3) datetime, JSONExtractString(message, 'event') event, JSONExtractString(message, 'product') product FROM decode_messages";
    const nodes = [
      { name: 'decode_messages', sql: decode },
      { name: 'extract_message_fields', sql: extract },
    ];
    await server.client().createPipe({ name: 'kinesis', nodes });
    await server.client().publish('kinesis', 'extract_message_fields');
    expect((await server.call('GET /v0/pipes/kinesis.json')).body).toMatchObject({
      data: [
        {
          kinesis_ts: '2024-01-01 10:00:00.123',
          datetime: '2024-01-01 10:00:00.500',
          event: 'buy',
          product: 'tea',
        },
        {
          kinesis_ts: '2024-01-01 10:00:00.123',
          datetime: '2024-01-01 10:00:01.250',
          event: 'view',
          product: 'jam',
        },
      ],
    });
  });

  test('[WG-08] [EV-21] Pub/Sub push with the message wrapped, and the query of the guide', async () => {
    const data = Buffer.from('{"user":"ana"}').toString('base64');
    const message = {
      data,
      messageId: '19',
      message_id: '19',
      publishTime: '2026-01-05T10:00:00.12Z',
      publish_time: '2026-01-05T10:00:00.12Z',
    };
    const body = JSON.stringify({ message, subscription: 'projects/p/subscriptions/s' }, null, 1);
    const sent = await deliver('wait=true&name=events_demo&format=json', body, json);
    expect(sent.body).toEqual({ successful_rows: 1, quarantined_rows: 0 });
    const query =
      'SELECT message_message_id as message_id, message_publish_time, base64Decode(message_data) as message_data FROM events_demo';
    expect(await server.rows(query)).toEqual([['19', '2026-01-05 10:00:00.120', '{"user":"ana"}']]);
  });

  test('[WG-08] Pub/Sub push with the payload unwrapped', async () => {
    const sent = await deliver('wait=true&name=unwrapped', '{"user":"ana","n":1}', {
      'x-goog-pubsub-message-id': '19',
    });
    expect(sent.body).toEqual({ successful_rows: 1, quarantined_rows: 0 });
    expect(await server.rows('SELECT * FROM unwrapped')).toEqual([['ana', 1]]);
  });

  test('[WG-15] [EV-34] RudderStack with a Data Source for each kind of event', async () => {
    const event = (name: string, properties: object): string =>
      JSON.stringify({
        type: 'track',
        event: name,
        userId: 'u1',
        originalTimestamp: '2026-01-05T10:00:00.123Z',
        context: { library: { name: 'http' }, traits: {} },
        properties,
      });
    const path = (name: string): string => `name=rudderstack_${name.toLowerCase().replace(/[\s.]/g, '_')}`;
    for (const [name, properties] of [
      ['Product purchased', { price: 9.5, sku: 'tea' }],
      ['Signed.up', { plan: 'free' }],
      ['Product purchased', { price: 12.5, sku: 'jam' }],
    ] as const) {
      const sent = await deliver(path(name), event(name, properties), json, 'header');
      expect([sent.status, sent.body]).toEqual([202, { successful_rows: 1, quarantined_rows: 0 }]);
    }
    await expect
      .poll(() => server.rows('SELECT properties_sku FROM rudderstack_product_purchased ORDER BY 1'), SOON)
      .toEqual([['jam'], ['tea']]);
    await expect
      .poll(() => server.rows('SELECT properties_plan, originalTimestamp FROM rudderstack_signed_up'), SOON)
      .toEqual([['free', '2026-01-05 10:00:00.123']]);
  });

  test('[WG-16] [EV-24] RudderStack with all events in one column, whose keys are offered as columns', async () => {
    const options = { format: 'ndjson', engine: 'MergeTree', engine_sorting_key: 'value' };
    await server.client().createDataSource('rudderstack_events', 'value String `json:$`', options);
    const event = '{"type": "track", "event": "Product purchased", "properties": {"price": 9.5}}';
    expect((await deliver('name=rudderstack_events', event, json, 'header')).status).toBe(202);
    await expect.poll(() => server.rows('SELECT value FROM rudderstack_events'), SOON).toEqual([[event]]);
    const { body } = await server.call('GET /v0/datasources/rudderstack_events?attrs=new_columns_detected');
    expect(body).toEqual({
      new_columns_detected: {
        type: { type: 'String', jsonpath: '$.type' },
        event: { type: 'String', jsonpath: '$.event' },
        properties_price: { type: 'Float64', jsonpath: '$.properties.price' },
      },
    });
  });
});
