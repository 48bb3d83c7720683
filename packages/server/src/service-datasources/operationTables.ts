import { OWNER_COLUMN, type ServiceColumn, type ServiceTable } from './serviceTable.js';

/**
 * How long operations and blocks are kept, in days: a month, whichever it is, can be counted on its last day. The documentation
 * has no number for them.
 */
const KEPT_DAYS = 31;

/** Every operation on a Data Source, and every materialization that it made (SVT-10). */
export const DATASOURCES_OPS_LOG: ServiceTable = {
  name: 'datasources_ops_log',
  columns: [
    { name: 'timestamp', type: 'DateTime' },
    { name: 'event_type', type: 'String' },
    { name: 'operation_id', type: 'String' },
    { name: 'datasource_id', type: 'String' },
    { name: 'datasource_name', type: 'String' },
    { name: 'result', type: 'String' },
    { name: 'elapsed_time', type: 'Float32' },
    { name: 'error', type: 'Nullable(String)' },
    { name: 'import_id', type: 'Nullable(String)' },
    { name: 'job_id', type: 'Nullable(String)' },
    { name: 'request_id', type: 'String' },
    { name: 'rows', type: 'Nullable(UInt64)' },
    { name: 'rows_quarantine', type: 'Nullable(UInt64)' },
    { name: 'blocks_ids', type: 'Array(String)' },
    // The documentation lists `options` and writes `Options` in its queries.
    { name: 'Options.Names', type: 'Array(String)', alias: 'options.Names' },
    { name: 'Options.Values', type: 'Array(String)', alias: 'options.Values' },
    { name: 'read_bytes', type: 'UInt64' },
    { name: 'read_rows', type: 'UInt64' },
    { name: 'written_rows', type: 'UInt64' },
    { name: 'written_bytes', type: 'UInt64' },
    { name: 'written_rows_quarantine', type: 'UInt64' },
    { name: 'written_bytes_quarantine', type: 'UInt64' },
    { name: 'pipe_id', type: 'String' },
    { name: 'pipe_name', type: 'String' },
    { name: 'release', type: 'String' },
    { name: 'resource_tags', type: 'Array(String)' },
    { name: 'cpu_time', type: 'Float32' },
  ],
  engine: 'MergeTree',
  sortedBy: ['datasource_id', 'timestamp'],
  partitionedBy: 'toDate(timestamp)',
  kept: { days: KEPT_DAYS, from: 'timestamp' },
  madeFrom: null,
};

/** A column whose values are added up. */
function summed(name: string): ServiceColumn {
  return { name, type: 'UInt64', stored: 'SimpleAggregateFunction(sum, UInt64)', from: `sum(${name})` };
}

/** The operations of each day (SVT-22). */
export const DATASOURCES_OPS_STATS: ServiceTable = {
  name: 'datasources_ops_stats',
  columns: [
    { name: 'event_date', type: 'Date', from: 'toDate(timestamp)' },
    // The Workspace's id is a UUID, of which the database's name has the digits.
    {
      name: 'workspace_id',
      type: 'String',
      stored: 'SimpleAggregateFunction(any, String)',
      from: `toString(toUUIDOrZero(substring(any(${OWNER_COLUMN}), 3)))`,
    },
    { name: 'event_type', type: 'String' },
    { name: 'pipe_id', type: 'String' },
    { name: 'pipe_name', type: 'String' },
    { ...summed('error_count'), from: "countIf(result = 'error')" },
    { ...summed('executions'), from: 'count()' },
    {
      name: 'avg_elapsed_time_state',
      type: 'AggregateFunction(avg, Float32)',
      from: 'avgState(elapsed_time)',
    },
    {
      name: 'quantiles_state',
      type: 'AggregateFunction(quantilesTiming(0.9, 0.95, 0.99), Float64)',
      from: 'quantilesTimingState(0.9, 0.95, 0.99)(toFloat64(elapsed_time) * 1000)',
    },
    summed('read_bytes'),
    summed('read_rows'),
    summed('written_rows'),
    summed('written_bytes'),
    summed('written_rows_quarantine'),
    summed('written_bytes_quarantine'),
    {
      name: 'resource_tags',
      type: 'Array(String)',
      stored: 'SimpleAggregateFunction(groupUniqArrayArray, Array(String))',
      from: 'groupUniqArrayArray(resource_tags)',
    },
  ],
  engine: 'AggregatingMergeTree',
  sortedBy: ['event_type', 'pipe_id', 'event_date', 'pipe_name'],
  partitionedBy: 'toYYYYMM(event_date)',
  kept: null,
  madeFrom: 'datasources_ops_log',
};

/** Every block of rows that went into a Data Source (SVT-08). */
export const BLOCK_LOG: ServiceTable = {
  name: 'block_log',
  columns: [
    { name: 'timestamp', type: 'DateTime' },
    { name: 'import_id', type: 'String' },
    { name: 'job_id', type: 'Nullable(String)' },
    { name: 'request_id', type: 'String' },
    { name: 'source', type: 'String' },
    { name: 'block_id', type: 'String' },
    { name: 'status', type: 'String' },
    { name: 'datasource_id', type: 'String' },
    { name: 'datasource_name', type: 'String' },
    { name: 'start_offset', type: 'Nullable(Int64)' },
    { name: 'end_offset', type: 'Nullable(Int64)' },
    { name: 'rows', type: 'Nullable(Int32)' },
    { name: 'parser', type: 'Nullable(String)' },
    { name: 'quarantine_lines', type: 'Nullable(UInt32)' },
    { name: 'empty_lines', type: 'Nullable(UInt32)' },
    { name: 'bytes', type: 'Nullable(UInt32)' },
    { name: 'processing_time', type: 'Nullable(Float32)' },
    { name: 'processing_error', type: 'Nullable(String)' },
  ],
  engine: 'MergeTree',
  sortedBy: ['datasource_id', 'timestamp'],
  partitionedBy: 'toDate(timestamp)',
  kept: { days: KEPT_DAYS, from: 'timestamp' },
  madeFrom: null,
};
