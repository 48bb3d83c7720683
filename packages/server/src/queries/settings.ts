import type { Settings } from '@goldcrest/engine';
import type { Config } from '../config/index.js';
import type { PreparedQuery } from './external.js';

/** The settings of the server that bound a query. */
export type QueryLimits = Pick<
  Config,
  'querySeconds' | 'queryMemoryBytes' | 'queryResultBytes' | 'querySqlBytes' | 'queryThreads'
>;

/** What the SQL of existing projects needs from a current engine. */
const SQL_COMPATIBILITY: Settings = {
  joined_subquery_requires_alias: 0,
  allow_suspicious_types_in_group_by: 1,
  allow_suspicious_types_in_order_by: 1,
  join_algorithm: 'hash',
};

/** What existing projects need from a current engine, below what a query says in its own SETTINGS. */
const COMPATIBILITY: Settings = {
  ...SQL_COMPATIBILITY,
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
  output_format_parquet_string_as_string: 0,
};

/** Lets no subquery see the columns around it, as those of a Pipe would see the columns of whoever reads it (AU-17). */
const ENCLOSED: Settings = { allow_experimental_correlated_subqueries: 0 };

/** The settings that bound a query, as the server is configured. */
function limits(config: QueryLimits): Settings {
  return {
    max_execution_time: config.querySeconds,
    max_memory_usage: config.queryMemoryBytes,
    max_result_bytes: config.queryResultBytes,
    result_overflow_mode: 'throw',
  };
}

/**
 * Longest time that a Materialized View may take for the rows of an insert, in seconds. Rows that come wait for it, so that it is longer than
 * what a query may take, but an insert has time for a few such views.
 */
const VIEW_SECONDS_MAX = 60;

/**
 * The settings of a Materialized View, which runs inside of inserts: what its SQL needs, what it says in its own SETTINGS, and a limit of its
 * own. When the insert's is exceeded the engine does not say by which view, and goes on with none.
 */
export function viewSettings({ settings }: PreparedQuery): Settings {
  return {
    ...SQL_COMPATIBILITY,
    ...Object.fromEntries(settings.map(({ name, value }) => [name, value])),
    max_execution_time: VIEW_SECONDS_MAX,
  };
}

/**
 * All settings of a query.
 * @param threads how many it may have just now; its template can ask for fewer
 */
export function querySettings(config: QueryLimits, query: PreparedQuery, threads: number): Settings {
  const asked = Number(query.templateSettings['max_threads'] ?? threads);
  return {
    ...COMPATIBILITY,
    ...Object.fromEntries(query.settings.map(({ name, value }) => [name, value])),
    ...limits(config),
    ...(query.enclosed ? ENCLOSED : {}),
    max_threads: Math.max(1, Math.min(asked, threads)),
  };
}
