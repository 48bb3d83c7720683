import { compileTemplate } from '@goldcrest/template';
import type { Benchmark } from './benchmark.js';
import { median } from './figures.js';

/** Calls that are timed together: one alone is too short for the clock. */
const CALLS = 200;

/** How often; the first half warms up, and the median of the other counts. */
const ROUNDS = 200;

/** Columns that a dashboard filters by, each with a parameter of its own. */
const FILTERS = ['country', 'browser', 'device', 'path', 'source'];

const FILTER_LINES = FILTERS.map(
  (name) => `  {% if defined(${name}) %}
    AND ${name} = {{ String(${name}, description="Only this ${name}", required=False) }}
  {% end %}`,
).join('\n');

/** Sixty lines with eight parameters, like the endpoints of dashboards. */
const TEMPLATE = `%
{% if defined(date_from) and defined(date_to) and date_diff_in_days(date_from, date_to) > 366 %}
  {{ error('At most a year') }}
{% end %}
WITH hits AS (
  SELECT
    toStartOfHour(ts) AS hour,
    session_id,
    country,
    browser,
    device,
    path,
    source,
    load_ms
  FROM page_hits
  WHERE shop = 'birdhouse'
  {% if defined(date_from) %}
    AND toDate(ts) >= {{ Date(date_from, '2026-01-01') }}
  {% else %}
    AND toDate(ts) >= today() - 7
  {% end %}
  {% if defined(date_to) %}
    AND toDate(ts) <= {{ Date(date_to, '2026-12-31') }}
  {% end %}
${FILTER_LINES}
)
SELECT
  hour,
  uniq(session_id) AS visits,
  count() AS hits,
  avg(load_ms) AS average_load_ms,
  quantile(0.9)(load_ms) AS load_ms_p90
FROM hits
GROUP BY hour
HAVING hits > 0
ORDER BY
  hour DESC
LIMIT {{ Int32(page_size, 100) }}
`;

const PARAMETERS = {
  date_from: '2026-01-02',
  date_to: '2026-02-03',
  country: 'ES',
  browser: 'firefox',
  device: 'phone',
  path: "/tea's",
  source: 'search',
  page_size: '50',
};

/** Microseconds to render a template of sixty lines with eight parameters. */
export const templateRendering: Benchmark = {
  name: 'template.render_us',
  run: async () => {
    const template = compileTemplate(TEMPLATE);
    return microseconds(() => template.render({ parameters: PARAMETERS }));
  },
};

/** Microseconds to compile the same template, its parameters included. */
export const templateCompiling: Benchmark = {
  name: 'template.compile_us',
  run: async () => microseconds(() => compileTemplate(TEMPLATE)),
};

function microseconds(work: () => unknown): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const begin = performance.now();
    for (let i = 0; i < CALLS; i += 1) work();
    return ((performance.now() - begin) / CALLS) * 1000;
  });
  return median(times.slice(ROUNDS / 2));
}
