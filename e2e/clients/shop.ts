import { TestServer } from '@goldcrest/server/testing';

/** Sales of a shop; the id is above what a JavaScript number holds, one price is unknown. */
const SALES = [
  '{"day":"2026-01-01","country":"ES","product":"tea","units":3,"price":2.5,"id":9007199254740993}',
  '{"day":"2026-01-02","country":"ES","product":"jam","units":1,"price":4,"id":9007199254740994}',
  '{"day":"2026-01-02","country":"FR","product":"tea","units":2,"price":2.5,"id":9007199254740995}',
  '{"day":"2026-01-03","country":"DE","product":"bread","units":4,"id":9007199254740996}',
];

const SCHEMA = `
  day Date \`json:$.day\`, country LowCardinality(String) \`json:$.country\`, product String \`json:$.product\`,
  units UInt32 \`json:$.units\`, price Nullable(Float64) \`json:$.price\`, id UInt64 \`json:$.id\``;

const PIPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  by_country: {
    chosen: `%
      SELECT * FROM sales
      WHERE day >= {{Date(since, '2026-01-01', description='First day')}}
        {% if defined(countries) %} AND country IN {{Array(countries, 'String')}} {% end %}
        {% if defined(min_units) %} AND units >= {{UInt32(min_units)}} {% end %}`,
    totals: `%
      SELECT country, sum(units) AS sold, sum(units * price) AS value FROM chosen
      GROUP BY country ORDER BY country LIMIT {{Int32(limit, 100)}}`,
  },
  by_id: { only: '% SELECT id, product FROM sales WHERE id = {{UInt64(id)}}' },
  by_ids: { only: "% SELECT id FROM sales WHERE id IN {{Array(ids, 'UInt64')}} ORDER BY id" },
  odd_numbers: {
    only: "SELECT toInt64(-9007199254740993) AS big, 1 / 0 AS inf, toFloat64('nan') AS nan, NULL AS nothing, toDecimal64(1.5, 2) AS exact",
  },
  refusing: { only: "% {{ custom_error({'error': 'Closed on Sundays', 'day': 7}, 422) }} SELECT 1" },
  endless: { only: 'SELECT count() AS c FROM numbers(1000000000000) WHERE sipHash64(number) = 1' },
};

/** A Workspace with sales and endpoints over them, as the clients' tests read it. */
export async function openShop(flags: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const server = await TestServer.start(flags);
  const client = server.client();
  await client.createDataSource('sales', SCHEMA);
  await client.events('sales', SALES.join('\n'), { wait: true });
  for (const [name, nodes] of Object.entries(PIPES)) {
    const list = Object.entries(nodes).map(([node, sql]) => ({ name: node, sql }));
    await client.createPipe({ name, nodes: list });
    await client.publish(name, list.at(-1)?.name ?? '');
  }
  return server;
}

/** The columns of `by_country`, as every JSON reply describes them. */
export const BY_COUNTRY_META = [
  { name: 'country', type: 'LowCardinality(String)' },
  { name: 'sold', type: 'UInt64' },
  { name: 'value', type: 'Nullable(Float64)' },
];
