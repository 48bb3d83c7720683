import { valueFailure } from '../errors.js';
import type { Frame } from '../frame.js';
import { SqlText, shown, toText, type Value } from '../value.js';
import { toInteger } from './numbers.js';
import { argument, type BoundCall, type TemplateFunction } from './signature.js';

/** More threads than a machine has help nobody. */
const THREADS_MAX = 1024n;
const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
  ['d', 86_400],
]);
const NOTHING = new SqlText('');

/** Functions that print nothing and ask the server for something, and those that ask it for a value. (TPF-45, TPF-46) */
export const REQUEST_FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['max_threads', { args: ['threads'], min: 1, call: maxThreads }],
  ['cache_ttl', { args: ['ttl'], min: 1, call: cacheTtl }],
  ['activate', { args: ['feature'], min: 1, call: activate }],
  ['backend_hint', { args: ['hint'], min: 1, call: backendHint }],
  ['tb_secret', { args: ['name', 'default'], min: 1, call: secret }],
  ['tb_var', { args: ['name', 'default'], min: 1, call: secret }],
  ['now', { args: [], min: 0, call: now }],
  ['today', { args: [], min: 0, call: today }],
]);

function maxThreads(frame: Frame, call: BoundCall): Value {
  const value = argument(frame, call, 0);
  const threads = toInteger(value);
  if (threads === undefined || threads < 1n || threads > THREADS_MAX) {
    throw valueFailure(`max_threads() takes a number from 1 to ${THREADS_MAX}, not ${shown(value)}.`);
  }
  frame.requests.settings['max_threads'] = Number(threads);
  return NOTHING;
}

/** Seconds, or a text such as `30s`, `5m`, `1h`. */
function cacheTtl(frame: Frame, call: BoundCall): Value {
  const value = argument(frame, call, 0);
  const match = value === null ? null : /^\s*(\d{1,9})\s*([smhd]?)\s*$/.exec(toText(value));
  if (match === null)
    throw valueFailure(`cache_ttl() takes seconds or a text such as '5m', not ${shown(value)}.`);
  frame.requests.cacheTtl = Number(match[1]) * (UNIT_SECONDS.get(match[2] ?? '') ?? 1);
  return NOTHING;
}

function activate(frame: Frame, call: BoundCall): Value {
  frame.requests.activated.push(name(frame, call));
  return NOTHING;
}

function backendHint(frame: Frame, call: BoundCall): Value {
  frame.requests.backendHint = name(frame, call);
  return NOTHING;
}

function name(frame: Frame, call: BoundCall): string {
  const value = argument(frame, call, 0);
  if (value !== null && /^[\w-]{1,100}$/.test(toText(value))) return toText(value);
  throw valueFailure(`${call.name}() takes a name of letters, digits and underscores, not ${shown(value)}.`);
}

function secret(frame: Frame, call: BoundCall): Value {
  const key = toText(argument(frame, call, 0));
  const found = frame.context.secrets?.(key);
  if (found !== undefined) frame.secretRead = true;
  const value = found ?? argument(frame, call, 1);
  if (value === null)
    throw valueFailure(`There is no variable ${shown(key)}. Create it, or give ${call.name}() a default.`);
  return value;
}

/** The time of the rendering in UTC, `2023-01-01 00:00:00`. */
function now(frame: Frame): string {
  return (frame.context.now ?? new Date()).toISOString().slice(0, 19).replace('T', ' ');
}

/** The date of the rendering in UTC, `2023-01-01`. */
function today(frame: Frame): string {
  return now(frame).slice(0, 10);
}
