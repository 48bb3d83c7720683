import type { Schema } from '../document.js';
import { META, STATISTICS } from '../endpointReplies.js';
import { list, object, reference, text } from './described.js';

const ID = text('`t_` and 32 hexadecimal digits.');
const TIME: Schema = { type: 'string', example: '2026-01-31 10:00:00.000000', description: 'UTC.' };
const COUNT: Schema = { type: 'integer', format: 'int64', minimum: 0 };
const TEXT_OR_NULL: Schema = { type: 'string', nullable: true };
const ANY_OBJECT: Schema = { type: 'object', additionalProperties: true };

const COLUMN: Schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    type: { type: 'string' },
    codec: TEXT_OR_NULL,
    default_value: TEXT_OR_NULL,
    jsonpath: TEXT_OR_NULL,
    nullable: { type: 'boolean' },
    normalized_name: { type: 'string' },
  },
};

const DATA_SOURCE: Schema = {
  type: 'object',
  properties: {
    id: ID,
    name: { type: 'string' },
    description: { type: 'string' },
    type: { type: 'string', enum: ['csv', 'ndjson', 'parquet'] },
    columns: list(COLUMN),
    engine: { type: 'object', additionalProperties: { type: 'string' } },
    statistics: object({ bytes: COUNT, row_count: COUNT }),
    quarantine_rows: COUNT,
    used_by: list(object({ id: ID, name: { type: 'string' } })),
    tags: ANY_OBJECT,
    created_at: TIME,
    updated_at: TIME,
  },
  additionalProperties: true,
};

const NODE: Schema = {
  type: 'object',
  properties: {
    id: ID,
    name: { type: 'string' },
    sql: { type: 'string' },
    description: TEXT_OR_NULL,
    dependencies: list({ type: 'string' }),
    node_type: { type: 'string', enum: ['standard', 'endpoint', 'materialized', 'copy', 'sink'] },
    params: list(ANY_OBJECT),
    tags: ANY_OBJECT,
    created_at: TIME,
    updated_at: TIME,
  },
  additionalProperties: true,
};

const PIPE: Schema = {
  type: 'object',
  properties: {
    id: ID,
    name: { type: 'string' },
    description: { type: 'string' },
    tags: list({ type: 'string' }),
    type: { type: 'string' },
    version: { type: 'integer' },
    endpoint: { type: 'string', nullable: true, description: 'Id of the published node, or null.' },
    nodes: list(reference('Node')),
    url: text('Where the data of its endpoint is.'),
    token: text('A token that reads the endpoint, when there is exactly one.'),
    created_at: TIME,
    updated_at: TIME,
  },
  additionalProperties: true,
};

const VERSION_FIELDS: Readonly<Record<string, Schema>> = {
  version: { type: 'integer', minimum: 1 },
  created_at: TIME,
  token: object({ id: { type: 'string' }, name: { type: 'string' } }),
  change: text('What was done.'),
};

const WHOLE_VERSION: Schema = object({
  ...VERSION_FIELDS,
  pipe: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      description: { type: 'string' },
      tags: list({ type: 'string' }),
      endpoint: TEXT_OR_NULL,
      nodes: list(ANY_OBJECT),
    },
  },
});

const RESULT: Schema = {
  type: 'object',
  properties: {
    meta: list(reference('Meta')),
    data: list(ANY_OBJECT),
    rows: COUNT,
    rows_before_limit_at_least: COUNT,
    statistics: reference('Statistics'),
  },
  required: ['meta', 'data', 'rows', 'statistics'],
};

/** The things that the server's replies are made of, by name. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  DataSource: DATA_SOURCE,
  Pipe: PIPE,
  Node: NODE,
  Version: object(VERSION_FIELDS),
  WholeVersion: WHOLE_VERSION,
  Result: RESULT,
  Meta: META,
  Statistics: STATISTICS,
};
