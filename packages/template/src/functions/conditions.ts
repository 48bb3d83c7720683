import { TemplateFailure, valueFailure } from '../errors.js';
import type { Frame } from '../frame.js';
import { literal } from '../literal.js';
import { isList, SqlText, type Value } from '../value.js';
import { argument, type BoundCall, type TemplateFunction } from './signature.js';

const OPERATORS: ReadonlyMap<string, string> = new Map([
  ['in', 'IN'],
  ['not_in', 'NOT IN'],
  ['gt', '>'],
  ['lt', '<'],
  ['gte', '>='],
  ['lte', '<='],
  ['eq', '='],
  ['ne', '!='],
]);

/** `defined` and `sql_and`. (TPF-01, TPF-21 to TPF-25) */
export const CONDITION_FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['defined', { args: ['x'], min: 1, call: defined }],
  ['sql_and', { args: [], min: 0, open: 'named', call: sqlAnd }],
]);

/** False for None and for a typed call whose parameter is missing. */
function defined(frame: Frame, call: BoundCall): Value {
  try {
    return argument(frame, call, 0) !== null;
  } catch (error) {
    if (error instanceof TemplateFailure && error.failure.kind === 'missing') return false;
    throw error;
  }
}

/** Conditions joined by AND, without those whose value is None; `1` when none is left, so that it can stand after WHERE. */
function sqlAnd(frame: Frame, call: BoundCall): Value {
  const conditions: string[] = [];
  for (const [key, evaluate] of call.others) {
    const [column, operator] = splitKey(key);
    const value = evaluate(frame);
    if (value !== null) conditions.push(`${column} ${operator} ${operand(key, value)}`);
  }
  return new SqlText(conditions.length === 0 ? '1' : conditions.join(' AND '));
}

/** The column's name stands in the template, as a name; it is no value of a request. */
function splitKey(key: string): [string, string] {
  const at = key.lastIndexOf('__');
  const operator = OPERATORS.get(key.slice(at + 2));
  if (at < 1 || operator === undefined) {
    throw valueFailure(
      `sql_and() takes <column>__<operator>=<value>, not ${key}. The operators are ${[...OPERATORS.keys()].join(', ')}.`,
    );
  }
  return [key.slice(0, at), operator];
}

function operand(key: string, value: Value): string {
  const wantsList = /(?:^|_)in$/.test(key.slice(key.lastIndexOf('__') + 2));
  if (wantsList) return literal(isList(value) ? value : [value]);
  if (isList(value)) throw valueFailure(`sql_and() needs a single value for ${key}, not a list.`);
  return literal(value);
}
