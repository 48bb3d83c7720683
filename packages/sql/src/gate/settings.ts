import { GateError } from './gateError.js';

/**
 * The settings that a query may carry in its SETTINGS clause (EN-21), and those that the server sets for the sake of older projects, which
 * a query can so turn off.
 */
export const QUERY_SETTINGS: readonly string[] = [
  'aggregate_functions_null_for_empty',
  'allow_suspicious_types_in_group_by',
  'allow_suspicious_types_in_order_by',
  'date_time_output_format',
  'group_by_use_nulls',
  'join_algorithm',
  'join_use_nulls',
  'joined_subquery_requires_alias',
];

/**
 * Lets only the allowed query settings through. Values are left to the engine to judge.
 *
 * @param allowed the settings of this kind of query
 * @throws GateError of kind `setting` for the first other one (EN-21)
 */
export function checkSettings(
  settings: readonly { name: string; value: string }[],
  allowed: ReadonlySet<string> = new Set(QUERY_SETTINGS),
): void {
  for (const { name } of settings) {
    if (allowed.has(name)) continue;
    throw new GateError(
      'setting',
      name,
      `The setting '${name}' is not allowed in a query. Allowed are ${[...allowed].join(', ')}.`,
    );
  }
}
