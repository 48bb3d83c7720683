import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GateError } from './gateError.js';
import { checkSettings, QUERY_SETTINGS } from './settings.js';

test('[EN-21] the documented settings and those for compatibility pass, and no settings at all', () => {
  checkSettings([]);
  checkSettings(QUERY_SETTINGS.map((name) => ({ name, value: '1' })));
  expect([...QUERY_SETTINGS].sort()).toEqual([
    'aggregate_functions_null_for_empty',
    'allow_suspicious_types_in_group_by',
    'allow_suspicious_types_in_order_by',
    'date_time_output_format',
    'group_by_use_nulls',
    'join_algorithm',
    'join_use_nulls',
    'joined_subquery_requires_alias',
  ]);
});

test.each(['api.md', 'security.md'])('[EN-21] docs/%s names every one of them', (file) => {
  const text = readFileSync(new URL(`../../../../docs/${file}`, import.meta.url), 'utf8');
  expect(QUERY_SETTINGS.filter((name) => !text.includes(`\`${name}`))).toEqual([]);
});

test.each([
  'max_threads',
  'readonly',
  'JOIN_USE_NULLS',
  'additional_table_filters',
  'max_execution_time',
  '',
])('[EN-21] refuses %j even after an allowed one, and names what is allowed', (name) => {
  const settings = [
    { name: 'join_use_nulls', value: '1' },
    { name, value: '1' },
  ];
  const message = `The setting '${name}' is not allowed in a query. Allowed are ${QUERY_SETTINGS.join(', ')}.`;
  expect(() => checkSettings(settings)).toThrow(new GateError('setting', name, message));
});
