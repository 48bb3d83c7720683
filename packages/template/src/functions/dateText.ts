import { valueFailure } from '../errors.js';
import { FORMAT_MAX } from '../limits.js';

/** A point in time as a request wrote it, without a time zone. */
export interface DateParts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Digits of the fraction of a second, as written; empty for none. */
  fraction: string;
  /** Minutes east of UTC, when the text said so. */
  offset: number;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH_NAME = `(?:${MONTHS.join('|')})[a-z]*`;
const ISO =
  /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?\s*$/i;
const DIRECTIVES: Readonly<Record<string, string>> = {
  Y: '(?<Y>\\d{4})',
  y: '(?<y>\\d{2})',
  m: '(?<m>\\d{1,2})',
  d: '(?<d>\\d{1,2})',
  H: '(?<H>\\d{1,2})',
  I: '(?<I>\\d{1,2})',
  M: '(?<M>\\d{1,2})',
  S: '(?<S>\\d{1,2})',
  f: '(?<f>\\d{1,9})',
  p: '(?<p>[ap]m)',
  b: `(?<b>${MONTH_NAME})`,
  B: `(?<B>${MONTH_NAME})`,
  z: '(?<z>Z|[+-]\\d{2}:?\\d{2})',
};
const COMPOSED: readonly (readonly [string, string])[] = [
  ['%F', '%Y-%m-%d'],
  ['%T', '%H:%M:%S'],
];

/** Reads `YYYY-MM-DD`, with or without a time, a fraction, `T` and a time zone. (TPF-35, TPF-36, TPF-37) */
export function parseIso(text: string): DateParts | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  return checkParts({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    fraction: fraction ?? '',
    offset: zoneMinutes(zone),
  });
}

/**
 * Reads a text in a format of Python's strptime: `%Y %y %m %d %H %I %M %S %f %p %b %B %z %F %T %%`. Letters match in any case.
 * (TPF-18)
 *
 * @throws TemplateFailure when the format itself is wrong
 */
export function parseFormatted(text: string, format: string): DateParts | undefined {
  const groups = formatPattern(format).exec(text.trim())?.groups;
  if (groups === undefined) return undefined;
  const { Y, y, m, b, B, d, M, S, f, z } = groups;
  return checkParts({
    year: Y === undefined ? shortYear(y) : Number(Y),
    month: m === undefined ? monthOf(b ?? B) : Number(m),
    day: Number(d ?? 1),
    hour: hourOf(groups),
    minute: Number(M ?? 0),
    second: Number(S ?? 0),
    fraction: f ?? '',
    offset: zoneMinutes(z),
  });
}

/** Milliseconds since 1970 in UTC, with what the fraction has beyond. */
export function toMilliseconds(parts: DateParts): number {
  return (
    Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute - parts.offset, parts.second) +
    Number(`0.${parts.fraction || 0}`) * 1000
  );
}

function formatPattern(format: string): RegExp {
  if (format.length > FORMAT_MAX) throw valueFailure(`A date format has at most ${FORMAT_MAX} characters.`);
  const seen = new Set<string>();
  const whole = COMPOSED.reduce((text, [short, long]) => text.replaceAll(short, long), format.trim());
  const pattern = whole.replace(/%([\s\S]?)|\s+|[^%\s]/g, (piece, directive?: string) => {
    if (directive === undefined) return /\s/.test(piece) ? '\\s+' : piece.replace(/[^\w]/g, '\\$&');
    if (directive === '%') return '%';
    const group = Object.hasOwn(DIRECTIVES, directive) ? DIRECTIVES[directive] : undefined;
    if (group === undefined || seen.has(directive)) {
      const what = group === undefined ? `can not have %${directive}` : `has %${directive} twice`;
      throw valueFailure(`The date format ${what}.`);
    }
    seen.add(directive);
    return group;
  });
  return new RegExp(`^${pattern}$`, 'i');
}

/** Python's rule: 69 to 99 are in the last century. Without a year it is 1900. */
function shortYear(text: string | undefined): number {
  const year = Number(text ?? 0);
  return text === undefined || year >= 69 ? 1900 + year : 2000 + year;
}

function monthOf(name: string | undefined): number {
  return name === undefined ? 1 : MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

function hourOf({ H, I, p }: Record<string, string | undefined>): number {
  if (I === undefined) return Number(H ?? 0);
  return (Number(I) % 12) + (p?.toLowerCase() === 'pm' ? 12 : 0);
}

function zoneMinutes(zone: string | undefined): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '');
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

function checkParts(parts: DateParts): DateParts | undefined {
  const { year, month, day, hour, minute, second } = parts;
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const valid =
    year >= 100 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= days &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  return valid ? parts : undefined;
}
