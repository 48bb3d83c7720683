import { valueFailure } from '../errors.js';
import type { Frame } from '../frame.js';
import { isTrue, shown, type Value } from '../value.js';
import { parseFormatted, parseIso, toMilliseconds } from './dateText.js';
import { argument, type BoundCall, type TemplateFunction } from './signature.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const TIME_FORMAT = '%Y-%m-%d %H:%M:%S';
const DATE_FORMAT = '%Y-%m-%d';
const ARGS = ['date_1', 'date_2', 'date_format', 'backup_date_format', 'none_if_error'];

/** Differences between dates, always positive and whole. (TPF-13 to TPF-20, TPF-48) */
export const DATE_FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['date_diff_in_seconds', difference(SECOND_MS, TIME_FORMAT)],
  ['date_diff_in_minutes', difference(MINUTE_MS, TIME_FORMAT)],
  ['date_diff_in_hours', difference(HOUR_MS, TIME_FORMAT)],
  ['date_diff_in_days', difference(DAY_MS, DATE_FORMAT)],
  ['day_diff', { args: ['date_1', 'date_2'], min: 2, call: dayDiff }],
]);

function difference(unitMs: number, defaultFormat: string): TemplateFunction {
  const call = (frame: Frame, bound: BoundCall): Value => {
    const optional = isTrue(argument(frame, bound, 4));
    const first = argument(frame, bound, 0);
    const second = argument(frame, bound, 1);
    if (first === null || second === null) {
      if (optional) return null;
      throw frame.missing(first === null ? bound.subject : bound.secondName);
    }
    const formats = [argument(frame, bound, 2) ?? defaultFormat, argument(frame, bound, 3)];
    const from = readTime(first, formats);
    const to = readTime(second, formats);
    if (from !== undefined && to !== undefined) return BigInt(Math.floor(Math.abs(to - from) / unitMs));
    if (optional) return null;
    throw unreadable(bound, from === undefined ? first : second, formats);
  };
  return { args: ARGS, min: 2, call };
}

/** Milliseconds since 1970 of the first format that fits. */
function readTime(value: Value, formats: readonly Value[]): number | undefined {
  if (typeof value !== 'string') return undefined;
  for (const format of formats) {
    const parts = typeof format === 'string' ? parseFormatted(value, format) : undefined;
    if (parts !== undefined) return toMilliseconds(parts);
  }
  return undefined;
}

/** Whole days between two dates or times; None when one is missing, so that a template can ask before it checks. */
function dayDiff(frame: Frame, call: BoundCall): Value {
  const days: number[] = [];
  for (const value of [argument(frame, call, 0), argument(frame, call, 1)]) {
    if (value === null) return null;
    const parts = typeof value === 'string' ? parseIso(value) : undefined;
    if (parts === undefined) throw unreadable(call, value, [DATE_FORMAT]);
    days.push(Date.UTC(parts.year, parts.month - 1, parts.day) / DAY_MS);
  }
  const [from = 0, to = 0] = days;
  return BigInt(Math.abs(to - from));
}

function unreadable(call: BoundCall, value: Value, formats: readonly Value[]): Error {
  const expected = formats.filter((format) => typeof format === 'string').join(' or ');
  return valueFailure(`${call.name}() can not read ${shown(value)} as ${expected}.`);
}
