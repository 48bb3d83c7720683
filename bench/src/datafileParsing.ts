import { parseDatasource, parsePipe } from '@goldcrest/datafiles';
import type { Benchmark } from './benchmark.js';
import { median } from './figures.js';

/** Files of each kind; real projects have about three Pipes for a Data Source. */
const PIPES = 30;
const DATASOURCES = 10;

/** How often all of them are read; the first half warms up, and the median of the other counts. */
const ROUNDS = 300;

const PIPE = `DESCRIPTION >
    Pages of a day, by hits

NODE hits
SQL >
    %
    SELECT pathname, session_id, load_ms
    FROM page_hits
    WHERE shop = {{ String(shop, 'birdhouse') }}
    {% if defined(day) %} AND toDate(ts) = {{ Date(day) }} {% end %}

NODE pages
DESCRIPTION >
    The endpoint
SQL >
    SELECT pathname, count() AS hits, uniq(session_id) AS visits, avg(load_ms) AS average_load_ms
    FROM hits
    GROUP BY pathname
    ORDER BY hits DESC, pathname
    LIMIT 10

TYPE endpoint
`;

const DATASOURCE = `TOKEN tracker APPEND

SCHEMA >
    \`ts\` DateTime64(3) \`json:$.ts\`,
    \`session_id\` String \`json:$.session_id\`,
    \`shop\` LowCardinality(String) \`json:$.payload.shop\` DEFAULT 'unknown',
    \`pathname\` String \`json:$.payload.pathname\`,
    \`load_ms\` Nullable(UInt32) \`json:$.payload.load_ms\`

ENGINE "MergeTree"
ENGINE_PARTITION_KEY "toYYYYMM(ts)"
ENGINE_SORTING_KEY "shop, ts"
ENGINE_TTL "toDateTime(ts) + toIntervalDay(60)"
`;

/** Megabytes of datafiles that are read in a second, in the mixture of a real project. */
export const datafileParsing: Benchmark = {
  name: 'datafile.parse_mb_s',
  run: async () => {
    const bytes = PIPES * PIPE.length + DATASOURCES * DATASOURCE.length;
    const speeds = Array.from({ length: ROUNDS }, () => bytes / 1e6 / secondsOf(readProject));
    return median(speeds.slice(ROUNDS / 2));
  },
};

function readProject(): void {
  for (let i = 0; i < PIPES; i += 1) refuseProblems(parsePipe(PIPE, `pages_${i}.pipe`).problems);
  for (let i = 0; i < DATASOURCES; i += 1) {
    refuseProblems(parseDatasource(DATASOURCE, `hits_${i}.datasource`).problems);
  }
}

function refuseProblems(problems: readonly unknown[]): void {
  if (problems.length > 0) throw new Error(`The project does not parse: ${JSON.stringify(problems)}`);
}

function secondsOf(work: () => void): number {
  const begin = performance.now();
  work();
  return (performance.now() - begin) / 1000;
}
