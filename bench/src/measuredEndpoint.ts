import type { DatasetSize } from './benchmark.js';

/** An endpoint that is measured. */
export interface MeasuredEndpoint {
  /** The Pipe's name. */
  name: string;
  /** Its nodes, the last of which is published. The first has the parameter `least`. */
  nodes: { name: string; sql: string }[];
  /** Where its rows are. */
  dataset: DatasetSize;
}

/** Data Source of the large endpoint. */
export const LARGE_TABLE = 'page_hits_large';

/**
 * How many values of `least` requests go through. Requests that ask for the same at the same time are answered together, so every request
 * has to ask for something else than those around it; and none leaves out many rows, so that all cost the same.
 */
export const VALUES = 300;

const PAGES = `SELECT pathname, count() AS hits, uniq(session_id) AS visits, avg(load_ms) AS average_load_ms
FROM busy GROUP BY pathname ORDER BY hits DESC, pathname LIMIT 10`;

/** The pages of one shop on one day, which is small and reads little, as good endpoints do. */
export const SMALL: MeasuredEndpoint = {
  name: 'bench_pages',
  nodes: [
    { name: 'busy', sql: hitsOf('page_hits', '2026-01-06', '2026-01-07') },
    { name: 'pages', sql: PAGES },
  ],
  dataset: 'small',
};

/** The same of two months among five million rows. */
export const LARGE: MeasuredEndpoint = {
  name: 'bench_pages_large',
  nodes: [
    { name: 'busy', sql: hitsOf(LARGE_TABLE, '2026-06-01', '2026-08-01') },
    { name: 'pages', sql: PAGES },
  ],
  dataset: 'large',
};

/** Path of a request. @param value of the parameter `least` */
export function pathOf({ name }: MeasuredEndpoint, value: number): string {
  return `/v0/pipes/${name}.json?least=${value}`;
}

function hitsOf(table: string, from: string, to: string): string {
  return `%
SELECT pathname, session_id, load_ms FROM ${table}
WHERE shop = 'birdhouse' AND ts >= toDateTime64('${from} 00:00:00', 3, 'UTC') AND ts < toDateTime64('${to} 00:00:00', 3, 'UTC')
  AND load_ms >= {{ Int32(least, 0) }}`;
}
