import type { NewPipe } from '@goldcrest/client';

const BUSY = `SELECT pathname, session_id, load_ms FROM page_hits
WHERE shop = 'birdhouse' AND ts >= toDateTime64('2026-01-06 00:00:00', 3, 'UTC') AND ts < toDateTime64('2026-01-07 00:00:00', 3, 'UTC')`;

const PAGES = `SELECT pathname, count() AS hits, uniq(session_id) AS visits, avg(load_ms) AS average_load_ms
FROM one_day GROUP BY pathname ORDER BY hits DESC, pathname LIMIT 10`;

/** The endpoint that is measured: the pages of one shop on one day, which is small and reads little, as good endpoints do. */
export const PIPE: NewPipe & { endpoint: string } = {
  name: 'bench_pages',
  endpoint: 'pages',
  nodes: [
    { name: 'one_day', sql: BUSY },
    { name: 'pages', sql: PAGES },
  ],
};

/** The same as one SELECT, the way the server compiles a Pipe: its nodes as common table expressions. */
export const COMPILED_SQL = `WITH \`one_day\` AS (\n${BUSY}\n)\n${PAGES}`;

const MIB = 1024 * 1024;

/** What the server adds to every query with its default settings, so that the raw engine does the same work. */
export const SETTINGS = {
  joined_subquery_requires_alias: 0,
  allow_suspicious_types_in_group_by: 1,
  allow_suspicious_types_in_order_by: 1,
  join_algorithm: 'hash',
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
  output_format_parquet_string_as_string: 0,
  max_execution_time: 10,
  max_memory_usage: 4096 * MIB,
  max_result_bytes: 100 * MIB,
  result_overflow_mode: 'throw',
  max_threads: 2,
} as const;
