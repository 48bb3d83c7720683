import { ApiReplyError, type DataSourceOptions, type GoldcrestClient, type NewPipe } from '@goldcrest/client';

/** A Pipe of the project. */
export interface ProjectPipe extends NewPipe {
  /** The node that is published as the Pipe's endpoint; none when only other Pipes read it. */
  endpoint?: string;
}

/** The Data Source of the shops' page hits. Nested values have columns of their own; `payload` keeps the whole as text. */
export const PAGE_HITS: { name: string; schema: string; options: DataSourceOptions } = {
  name: 'page_hits',
  schema: [
    'ts DateTime64(3) `json:$.ts`',
    'session_id String `json:$.session_id`',
    'visitor UInt64 `json:$.visitor`',
    'action LowCardinality(String) `json:$.action`',
    "version LowCardinality(String) `json:$.version` DEFAULT '1'",
    'payload String `json:$.payload`',
    'shop LowCardinality(String) `json:$.payload.shop`',
    'pathname String `json:$.payload.pathname`',
    'country Nullable(String) `json:$.payload.country`',
    'load_ms Nullable(UInt32) `json:$.payload.load_ms`',
    'labels Array(String) `json:$.payload.labels[:]`',
  ].join(', '),
  options: {
    format: 'ndjson',
    description: 'Page hits of the shops, as their pages send them',
    engine: 'MergeTree',
    engine_partition_key: 'toYYYYMM(ts)',
    engine_sorting_key: 'shop, ts',
  },
};

/** What every other Pipe reads: hits of people, with what they need from the payload. */
const HUMAN_HITS: ProjectPipe = {
  name: 'human_hits',
  description: 'Hits of people, not of bots',
  nodes: [
    {
      name: 'unpacked',
      description: 'Values that have no column of their own are taken out of the payload',
      sql: `SELECT ts, session_id, visitor, action, shop, pathname, country, load_ms, labels,
  JSONExtractString(payload, 'user_agent') AS user_agent,
  JSONExtractString(payload, 'referrer') AS referrer,
  JSONExtractString(payload, 'href') AS href
FROM page_hits`,
    },
    {
      name: 'people',
      sql: "SELECT * FROM unpacked WHERE NOT match(lower(user_agent), 'bot|crawler|spider')",
    },
  ],
};

const SESSIONS: ProjectPipe = {
  name: 'sessions',
  description: 'Visits per day: how many, how long, and how many end on their first page',
  endpoint: 'sessions_per_day',
  nodes: [
    {
      name: 'session_summaries',
      description: 'One row for each session; it belongs to the day on which it began',
      sql: `SELECT session_id, any(visitor) AS session_visitor, toDate(min(ts), 'UTC') AS day,
  dateDiff('millisecond', min(ts), max(ts)) / 1000 AS seconds,
  countIf(action = 'page_hit') AS page_hits_seen, countIf(action = 'add_to_cart') AS carts_filled,
  count() = 1 AS bounced
FROM human_hits GROUP BY session_id`,
    },
    {
      name: 'sessions_per_day',
      sql: `SELECT day, count() AS visits, uniqExact(session_visitor) AS visitors,
  sum(page_hits_seen) AS hits, sum(carts_filled) AS carts,
  round(countIf(bounced) / count(), 4) AS bounce_rate, round(avg(seconds), 1) AS average_seconds
FROM session_summaries GROUP BY day ORDER BY day`,
    },
  ],
};

const TOP_PAGES: ProjectPipe = {
  name: 'top_pages',
  description: 'The pages with the most hits',
  endpoint: 'pages_by_hits',
  nodes: [
    { name: 'seen', sql: "SELECT * FROM human_hits WHERE action = 'page_hit'" },
    { name: 'total', sql: 'SELECT count() AS hits_of_all FROM seen' },
    {
      name: 'pages_by_hits',
      sql: `SELECT shop, pathname, count() AS hits, uniqExact(session_id) AS visits, uniqExact(country) AS countries,
  countIf(has(labels, 'sale')) AS sale_hits, quantileExact(0.9)(load_ms) AS load_ms_p90,
  round(hits / (SELECT hits_of_all FROM total), 5) AS share
FROM seen GROUP BY shop, pathname ORDER BY hits DESC, shop, pathname LIMIT 50`,
    },
  ],
};

const TOP_SOURCES: ProjectPipe = {
  name: 'top_sources',
  description: 'Where visits come from: the campaign of their first page, else the site that linked to it',
  endpoint: 'sources_by_visits',
  nodes: [
    {
      name: 'hits_with_source',
      sql: `SELECT session_id, ts, visitor, domainWithoutWWW(referrer) AS host,
  decodeURLComponent(extractURLParameter(href, 'utm_source')) AS campaign,
  multiIf(campaign != '', campaign, referrer = '', '(direct)', host = '', '(unknown)', host) AS hit_source
FROM human_hits`,
    },
    {
      name: 'session_sources',
      sql: `SELECT session_id, any(visitor) AS session_visitor, argMin(hit_source, ts) AS source, count() AS session_hits
FROM hits_with_source GROUP BY session_id`,
    },
    {
      name: 'sources_by_visits',
      sql: `SELECT source, count() AS visits, uniqExact(session_visitor) AS visitors, sum(session_hits) AS hits,
  round(countIf(session_hits = 1) / count(), 4) AS bounce_rate
FROM session_sources GROUP BY source ORDER BY visits DESC, source`,
    },
  ],
};

/** The Pipes, each after those that it reads. */
export const PIPES: readonly ProjectPipe[] = [HUMAN_HITS, SESSIONS, TOP_PAGES, TOP_SOURCES];

/**
 * Makes the project's Data Source and Pipes and publishes the endpoints (DS-28, PI-07, EP-01). What is there already is left as
 * it is, so it can be applied again.
 * @throws ApiReplyError when the server refuses
 */
export async function applyProject(client: GoldcrestClient): Promise<void> {
  const { name, schema, options } = PAGE_HITS;
  await findOrMake(
    () => client.dataSource(name),
    () => client.createDataSource(name, schema, options),
  );
  for (const { endpoint, ...pipe } of PIPES) {
    const made = await findOrMake(
      () => client.pipe(pipe.name),
      () => client.createPipe(pipe),
    );
    if (endpoint !== undefined && made.endpoint === null) await client.publish(pipe.name, endpoint);
  }
}

async function findOrMake<Resource>(
  find: () => Promise<Resource>,
  make: () => Promise<Resource>,
): Promise<Resource> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof ApiReplyError && error.status === 404) return make();
    throw error;
  }
}
