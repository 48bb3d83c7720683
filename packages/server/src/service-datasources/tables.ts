import { BLOCK_LOG, DATASOURCES_OPS_LOG, DATASOURCES_OPS_STATS } from './operationTables.js';
import type { ServiceTable } from './serviceTable.js';

/** Every call of an endpoint and of the Query API (SVT-01). */
export const PIPE_STATS_RT: ServiceTable = {
  name: 'pipe_stats_rt',
  columns: [
    { name: 'start_datetime', type: 'DateTime' },
    { name: 'pipe_id', type: 'String' },
    { name: 'pipe_name', type: 'String' },
    { name: 'duration', type: 'Float32' },
    { name: 'read_bytes', type: 'Nullable(UInt64)' },
    { name: 'read_rows', type: 'Nullable(UInt64)' },
    { name: 'result_rows', type: 'UInt64' },
    { name: 'url', type: 'String' },
    { name: 'error', type: 'UInt8' },
    { name: 'request_id', type: 'String' },
    { name: 'token', type: 'String' },
    { name: 'token_name', type: 'String' },
    { name: 'status_code', type: 'Int32' },
    { name: 'method', type: 'String' },
    { name: 'parameters', type: 'Map(String, String)' },
    { name: 'release', type: 'String' },
    { name: 'user_agent', type: 'Nullable(String)' },
    { name: 'resource_tags', type: 'Array(String)' },
    { name: 'cpu_time', type: 'Float32' },
  ],
  engine: 'MergeTree',
  sortedBy: ['pipe_id', 'start_datetime'],
  partitionedBy: 'toDate(start_datetime)',
  kept: { days: 7, from: 'start_datetime' },
  madeFrom: null,
};

/** The calls of each day (SVT-04). */
const PIPE_STATS: ServiceTable = {
  name: 'pipe_stats',
  columns: [
    { name: 'date', type: 'Date', from: 'toDate(start_datetime)' },
    { name: 'pipe_id', type: 'String', from: 'pipe_id' },
    { name: 'pipe_name', type: 'String', from: 'pipe_name' },
    { name: 'view_count', type: 'UInt64', stored: 'SimpleAggregateFunction(sum, UInt64)', from: 'count()' },
    {
      name: 'error_count',
      type: 'UInt64',
      stored: 'SimpleAggregateFunction(sum, UInt64)',
      from: 'countIf(error = 1)',
    },
    {
      name: 'avg_duration_state',
      type: 'AggregateFunction(avg, Float32)',
      from: 'avgState(duration)',
    },
    {
      name: 'quantile_timing_state',
      type: 'AggregateFunction(quantilesTiming(0.9, 0.95, 0.99), Float64)',
      from: 'quantilesTimingState(0.9, 0.95, 0.99)(toFloat64(duration) * 1000)',
    },
    {
      name: 'read_bytes_sum',
      type: 'UInt64',
      stored: 'SimpleAggregateFunction(sum, UInt64)',
      from: 'sum(ifNull(read_bytes, 0))',
    },
    {
      name: 'read_rows_sum',
      type: 'UInt64',
      stored: 'SimpleAggregateFunction(sum, UInt64)',
      from: 'sum(ifNull(read_rows, 0))',
    },
    {
      name: 'resource_tags',
      type: 'Array(String)',
      stored: 'SimpleAggregateFunction(groupUniqArrayArray, Array(String))',
      from: 'groupUniqArrayArray(resource_tags)',
    },
  ],
  engine: 'AggregatingMergeTree',
  sortedBy: ['pipe_id', 'date', 'pipe_name'],
  partitionedBy: 'toYYYYMM(date)',
  kept: null,
  madeFrom: 'pipe_stats_rt',
};

/** What went wrong in calls of endpoints (SVT-23). */
export const ENDPOINT_ERRORS: ServiceTable = {
  name: 'endpoint_errors',
  columns: [
    { name: 'start_datetime', type: 'DateTime' },
    { name: 'request_id', type: 'String' },
    { name: 'pipe_id', type: 'String' },
    { name: 'pipe_name', type: 'String' },
    { name: 'params', type: 'Nullable(String)' },
    { name: 'url', type: 'Nullable(String)' },
    { name: 'status_code', type: 'Nullable(Int32)' },
    { name: 'error', type: 'Nullable(String)' },
    { name: 'resource_tags', type: 'Array(String)' },
  ],
  engine: 'MergeTree',
  sortedBy: ['pipe_id', 'start_datetime'],
  partitionedBy: 'toDate(start_datetime)',
  kept: { days: 30, from: 'start_datetime' },
  madeFrom: null,
};

/** All Service Data Sources; one that is made from another comes after it. */
export const SERVICE_TABLES: readonly ServiceTable[] = [
  PIPE_STATS_RT,
  PIPE_STATS,
  ENDPOINT_ERRORS,
  DATASOURCES_OPS_LOG,
  DATASOURCES_OPS_STATS,
  BLOCK_LOG,
];
