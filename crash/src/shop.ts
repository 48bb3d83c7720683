import type { Random } from '@goldcrest/example-web-analytics';
import type { Fault } from './ledger.js';

/** A Data Source of the run: how it is made, and what rows are sent to it. */
export interface Target {
  name: string;
  schema: string;
  engine: Record<string, string>;
  /** A good row. */
  row: (random: Random, client: string) => Record<string, unknown>;
  /** Whether a view of the Data Source fails on a good row, so that it has to miss it. */
  isMissed?: (row: Record<string, unknown>) => boolean;
  /** What makes a bad row of a good one, and what quarantine has to say of it. A field that is undefined is left out. */
  faults: readonly [BadRow, ...BadRow[]];
}

interface BadRow extends Fault {
  fields: Record<string, unknown>;
}

/** Days over which rows are spread: they lie in three months, so that an insert writes to several partitions. */
const DAYS = 85;
const FIRST_DAY_MS = Date.UTC(2026, 0, 2);
const DAY_MS = 86_400_000;

/** Of the orders, how many make a view fail. Each costs its segment more than a second, so that most are in one that has another. */
const SPOILED_SHARE = 0.003;

/** Partitioned by month, with a nested path and a column that may be NULL. Views read it. */
const visits: Target = {
  name: 'visits',
  schema: [
    'request UInt32 `json:$.request`',
    'row UInt32 `json:$.row`',
    'at DateTime64(3) `json:$.at`',
    'client LowCardinality(String) `json:$.source.client`',
    'amount Nullable(Int32) `json:$.amount`',
    'note String `json:$.note`',
  ].join(', '),
  engine: { engine: 'MergeTree', engine_partition_key: 'toYYYYMM(at)', engine_sorting_key: 'client, at' },
  row: (random, client) => ({
    at: new Date(FIRST_DAY_MS + random.below(DAYS) * DAY_MS + random.below(DAY_MS)).toISOString(),
    source: { client },
    amount: random.chance(0.2) ? null : random.below(1000) - 500,
    note: random.hex(1 + random.below(6)),
  }),
  faults: [
    { fields: { amount: 'many' }, column: 'amount', reason: '"many" is not a valid Int32' },
    { fields: { note: undefined }, column: 'note', reason: 'there is no value at $.note' },
    { fields: { at: false }, column: 'at', reason: 'false is not a valid DateTime64(3)' },
  ],
};

/** Without partitions, with an array and a default. */
const readings: Target = {
  name: 'readings',
  schema: [
    'request UInt32 `json:$.request`',
    'row UInt32 `json:$.row`',
    'ratio Float64 `json:$.ratio`',
    'labels Array(String) `json:$.labels[:]`',
    "title String `json:$.title` DEFAULT 'none'",
  ].join(', '),
  engine: { engine: 'MergeTree', engine_sorting_key: 'request, row' },
  row: (random) => ({
    ratio: random.unit(),
    labels: Array.from({ length: random.below(4) }, () => random.hex(1)),
    ...(random.chance(0.5) ? { title: random.hex(1) } : {}),
  }),
  faults: [
    { fields: { ratio: 'high' }, column: 'ratio', reason: '"high" is not a valid Float64' },
    { fields: { ratio: undefined }, column: 'ratio', reason: 'there is no value at $.ratio' },
  ],
};

/** A view of it fails on some of its rows. */
const orders: Target = {
  name: 'orders',
  schema: [
    'request UInt32 `json:$.request`',
    'row UInt32 `json:$.row`',
    'day Date `json:$.day`',
    'spoiled UInt8 `json:$.spoiled` DEFAULT 0',
  ].join(', '),
  engine: { engine: 'MergeTree', engine_partition_key: 'toYYYYMM(day)', engine_sorting_key: 'request, row' },
  row: (random) => ({
    day: new Date(FIRST_DAY_MS + random.below(DAYS) * DAY_MS).toISOString().slice(0, 10),
    ...(random.chance(SPOILED_SHARE) ? { spoiled: 1 } : {}),
  }),
  isMissed: ({ spoiled }) => spoiled === 1,
  faults: [{ fields: { day: 'someday' }, column: 'day', reason: 'is not a valid Date' }],
};

/** The Data Sources that take all that comes. */
export const SOUND_TARGETS = [visits, readings] as const;

/** The Data Sources that are sent to. */
export const TARGETS = [...SOUND_TARGETS, orders] as const;

/** A view: the node that is materialized, where to, and the same over all rows that it has to have, to compare. */
export interface View {
  pipe: string;
  sql: string;
  target: { name: string; schema: string; engine: Record<string, string> };
  /** What is in the target, put together as its engine does it at some time. */
  stored: string;
  recomputed: string;
}

/** A view, and a view of that one's target; the same of one that fails on some rows, and one beside it that does not. */
export const VIEWS: readonly View[] = [
  {
    pipe: 'visits_by_day',
    sql: 'SELECT toDate(at) AS day, client, count() AS hits, sum(ifNull(amount, 0)) AS total FROM visits GROUP BY day, client',
    target: {
      name: 'visit_days',
      schema: 'day Date, client LowCardinality(String), hits UInt64, total Int64',
      engine: { engine: 'SummingMergeTree', engine_sorting_key: 'day, client' },
    },
    stored:
      'SELECT day, client, sum(hits) AS h, sum(total) AS t FROM visit_days GROUP BY day, client ORDER BY day, client',
    recomputed:
      'SELECT toDate(at) AS day, client, count() AS h, sum(ifNull(amount, 0)) AS t FROM visits GROUP BY day, client ORDER BY day, client',
  },
  {
    pipe: 'visits_by_client',
    sql: 'SELECT client, sum(hits) AS hits, sum(total) AS total FROM visit_days GROUP BY client',
    target: {
      name: 'visit_clients',
      schema: 'client LowCardinality(String), hits UInt64, total Int64',
      engine: { engine: 'SummingMergeTree', engine_sorting_key: 'client' },
    },
    stored:
      'SELECT client, sum(hits) AS h, sum(total) AS t FROM visit_clients GROUP BY client ORDER BY client',
    recomputed:
      'SELECT client, count() AS h, sum(ifNull(amount, 0)) AS t FROM visits GROUP BY client ORDER BY client',
  },
  {
    pipe: 'orders_without_spoiled',
    sql: "SELECT request, row, day, throwIf(spoiled = 1, 'spoiled') AS spoiled FROM orders",
    target: {
      name: 'sound_orders',
      schema: 'request UInt32, row UInt32, day Date, spoiled UInt8',
      engine: {
        engine: 'MergeTree',
        engine_partition_key: 'toYYYYMM(day)',
        engine_sorting_key: 'request, row',
      },
    },
    stored: 'SELECT request, row, count() AS c FROM sound_orders GROUP BY request, row ORDER BY request, row',
    recomputed:
      'SELECT request, row, count() AS c FROM orders WHERE spoiled = 0 GROUP BY request, row ORDER BY request, row',
  },
  {
    pipe: 'sound_orders_by_day',
    sql: 'SELECT day, count() AS orders FROM sound_orders GROUP BY day',
    target: {
      name: 'sound_days',
      schema: 'day Date, orders UInt64',
      engine: { engine: 'SummingMergeTree', engine_sorting_key: 'day' },
    },
    stored: 'SELECT day, sum(orders) AS o FROM sound_days GROUP BY day ORDER BY day',
    recomputed: 'SELECT day, count() AS o FROM orders WHERE spoiled = 0 GROUP BY day ORDER BY day',
  },
  {
    pipe: 'orders_by_day',
    sql: 'SELECT day, count() AS orders, countIf(spoiled = 1) AS spoiled FROM orders GROUP BY day',
    target: {
      name: 'order_days',
      schema: 'day Date, orders UInt64, spoiled UInt64',
      engine: {
        engine: 'SummingMergeTree',
        engine_partition_key: 'toYYYYMM(day)',
        engine_sorting_key: 'day',
      },
    },
    stored: 'SELECT day, sum(orders) AS o, sum(spoiled) AS s FROM order_days GROUP BY day ORDER BY day',
    recomputed: 'SELECT day, count() AS o, countIf(spoiled = 1) AS s FROM orders GROUP BY day ORDER BY day',
  },
];
