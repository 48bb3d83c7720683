import { quoteIdentifier } from '@goldcrest/sql';
import { valueFailure } from '../errors.js';
import type { Frame } from '../frame.js';
import { isList, type List, SqlText, shown, toList, type Value } from '../value.js';
import { argument, type BoundCall, type TemplateFunction } from './signature.js';

/** Letters of any script, digits and underscores; dots reach into a nested column or name the table. */
const IDENTIFIER = /^[\p{L}\p{M}\p{N}_]+(?:\.[\p{L}\p{M}\p{N}_]+)*$/u;
const IDENTIFIER_MAX = 255;

/** The functions that print names. A name is always quoted, so that it can't be taken for a keyword. (TPF-02 to TPF-07, TPL-21) */
export const IDENTIFIER_FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['column', { args: ['x', 'default'], min: 1, call: column }],
  ['columns', { args: ['x', 'default'], min: 1, call: columns }],
  ['symbol', { args: ['x', 'quote'], min: 1, call: symbol }],
  ['table', { args: ['x'], min: 1, call: symbol }],
  ['TABLE', { args: ['x'], min: 1, call: symbol }],
]);

function column(frame: Frame, call: BoundCall): Value {
  return new SqlText(identifier(given(frame, call), call));
}

function columns(frame: Frame, call: BoundCall): Value {
  const names = toList(given(frame, call)).map((name) => (typeof name === 'string' ? name.trim() : name));
  if (names.length === 0) throw valueFailure(`${call.name}() needs the name of a column at least.`);
  // Only the template's author may ask for all columns.
  if (isAll(names) && argument(frame, call, 0) === null) return new SqlText('*');
  return new SqlText(names.map((name) => identifier(name, call)).join(','));
}

function isAll(names: List): boolean {
  return names.length === 1 && names[0] === '*';
}

function symbol(frame: Frame, call: BoundCall): Value {
  const quote = call.name === 'symbol' ? argument(frame, call, 1) : null;
  if (quote !== null && quote !== '`' && quote !== '"') {
    throw valueFailure(`symbol() quotes with \` or ", not with ${shown(quote)}.`);
  }
  const value = argument(frame, call, 0);
  if (value === null) throw frame.missing(call.subject);
  const name = identifier(value, call);
  return new SqlText(quote === '"' ? name.replaceAll('`', '"') : name);
}

function given(frame: Frame, call: BoundCall): Value {
  const value = argument(frame, call, 0);
  const used = value === null || value === '' ? argument(frame, call, 1) : value;
  if (used === null) throw frame.missing(call.subject);
  return used;
}

function identifier(value: Value, call: BoundCall): string {
  const name = typeof value === 'bigint' ? String(value) : value;
  if (typeof name === 'string' && name.length <= IDENTIFIER_MAX && IDENTIFIER.test(name)) {
    return name.split('.').map(quoteIdentifier).join('.');
  }
  const what = call.subject === undefined ? 'the value' : `the parameter ${call.subject}`;
  const found = isList(value) ? 'a list' : shown(value);
  throw valueFailure(`${call.name}() takes names of letters, digits and underscores; ${what} is ${found}.`);
}
