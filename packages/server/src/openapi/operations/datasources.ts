import { json, type Schema } from '../document.js';
import { ATTRS, choice, type DescribedRoutes, flag, list, object, reference, text } from './described.js';

const PATH = { name: 'Name or id of the Data Source.' };

/** `POST /v0/datasources` (DS-01…DS-20). */
const CREATE: Readonly<Record<string, Schema>> = {
  name: text('Letters, digits and underscores. Made up when left out.'),
  schema: text(
    'Columns, separated by commas: `at DateTime json:$.at, path String json:$.path`, with the JSONPaths in backticks.',
  ),
  format: choice('What is sent to it.', ['csv', 'ndjson', 'parquet']),
  mode: choice('What to do.', ['create'], 'create'),
  description: text('Markdown.'),
  engine: text(
    '`MergeTree`, `ReplacingMergeTree`, `SummingMergeTree`, `AggregatingMergeTree`, `CollapsingMergeTree`, `VersionedCollapsingMergeTree` or `Null`.',
  ),
  engine_sorting_key: text('An expression over the columns.'),
  engine_partition_key: text('An expression over the columns.'),
  engine_primary_key: text('An expression over the columns.'),
  engine_sampling_key: text('An expression over the columns.'),
  engine_ttl: text('An expression over the columns.'),
  engine_ver: text('The column of the version, for `ReplacingMergeTree`.'),
  engine_is_deleted: text('The column that marks deleted rows, for `ReplacingMergeTree`.'),
  engine_sign: text('The column of the sign, for `CollapsingMergeTree` and `VersionedCollapsingMergeTree`.'),
  engine_version: text('The column of the version, for `VersionedCollapsingMergeTree`.'),
  engine_settings: text('`name=number`, separated by commas.'),
};

/** The Data Sources API. */
export const DATA_SOURCE_ROUTES: DescribedRoutes = {
  'POST /v0/datasources': {
    summary: 'Make a Data Source',
    query: CREATE,
    required: ['schema'],
    reply: {
      status: 200,
      description: 'The Data Source.',
      content: json(
        object({
          datasource: reference('DataSource'),
          quarantine_rows: { type: 'integer' },
          invalid_lines: { type: 'integer' },
        }),
      ),
    },
    errors: [409, 501],
  },
  'GET /v0/datasources': {
    summary: 'List the Data Sources that the token may read',
    query: { attrs: ATTRS },
    reply: {
      status: 200,
      description: 'The Data Sources.',
      content: json(object({ datasources: list(reference('DataSource')) })),
    },
  },
  'GET /v0/datasources/:name': {
    summary: 'Show a Data Source',
    needs: 'DATASOURCES:READ on the Data Source',
    path: PATH,
    query: { attrs: ATTRS },
    reply: { status: 200, description: 'The Data Source.', content: json(reference('DataSource')) },
    errors: [404],
  },
  'DELETE /v0/datasources/:name': {
    summary: 'Remove a Data Source with its rows and its quarantine',
    needs: 'DATASOURCES:DROP on the Data Source',
    path: PATH,
    query: { force: flag('Whether Materialized Views that fill it are unlinked.') },
    reply: { status: 204, description: 'It is gone.' },
    errors: [404, 409],
  },
};
