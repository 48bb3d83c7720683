import type { ResultColumn } from '../queries/index.js';
import type { Content, Schema } from './document.js';
import { schemaOfType } from './schemaOfType.js';

/** A column of the result, in the replies' `meta` (EP-07). */
export const META: Schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    type: { type: 'string', description: 'Its ClickHouse type.', example: 'Nullable(Int32)' },
  },
  required: ['name', 'type'],
};

/** What a query cost, in the replies' `statistics` (EP-07, EP-20). */
export const STATISTICS: Schema = {
  type: 'object',
  properties: {
    elapsed: { type: 'number', description: 'Time that the query took, in seconds.' },
    rows_read: { type: 'integer', format: 'int64', minimum: 0 },
    bytes_read: { type: 'integer', format: 'int64', minimum: 0 },
  },
  required: ['elapsed', 'rows_read', 'bytes_read'],
};

/** The reply in JSON. @param columns of the result; null when they are not known, and then the rows may have any */
export function resultSchema(columns: readonly ResultColumn[] | null): Schema {
  return {
    type: 'object',
    properties: {
      meta: { type: 'array', items: { $ref: '#/components/schemas/Meta' } },
      data: { type: 'array', items: columns === null ? ANY_ROW : rowSchema(columns) },
      rows: { type: 'integer', format: 'int64', minimum: 0 },
      rows_before_limit_at_least: {
        type: 'integer',
        format: 'int64',
        minimum: 0,
        description: 'How many rows there would be without LIMIT, at least.',
      },
      statistics: { $ref: '#/components/schemas/Statistics' },
    },
    required: ['meta', 'data', 'rows', 'statistics'],
  };
}

const ANY_ROW: Schema = { type: 'object', additionalProperties: true };

function rowSchema(columns: readonly ResultColumn[]): Schema {
  const properties = columns.map(({ name, type }): [string, Schema] => [
    name,
    { ...schemaOfType(type), description: type },
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: columns.map(({ name }) => name),
  };
}

/** The reply in the other formats (EP-08…EP-12). */
export const EXPORTED: Content = {
  'text/csv': { schema: { type: 'string', description: 'With the names of the columns in the first line.' } },
  'application/x-ndjson': { schema: { type: 'string', description: 'One JSON object in each line.' } },
  'application/vnd.apache.parquet': { schema: { type: 'string', format: 'binary' } },
  'text/plain': { schema: { type: 'string', description: 'Metrics in the text format of Prometheus.' } },
};
