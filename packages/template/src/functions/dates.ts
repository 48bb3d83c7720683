import type { Value } from '../value.js';
import { type DateParts, parseFormatted, parseIso, toMilliseconds } from './dateText.js';

/** Text of this many digits is a time since 1970; fewer digits may be a year or a mistake. */
const UNIX_TEXT = /^\d{9,19}$/;
/** Integers below these are seconds, milliseconds and microseconds since 1970, else nanoseconds; each reaches to the year 5138. */
const SECONDS_BELOW = 10n ** 11n;
const MILLISECONDS_BELOW = 10n ** 14n;
const MICROSECONDS_BELOW = 10n ** 17n;
const NANOSECONDS_BELOW = 10n ** 19n;

/** `2023-01-01`, also from a text with a time; `undefined` when it is no date. (TPF-35) */
export function toDate(value: Value, format: string | undefined): string | undefined {
  return readTime(value, format)?.text.slice(0, 10);
}

/** `2023-01-01 00:00:00` in UTC, without the fraction of a second; `undefined` when it is no time. (TPF-36) */
export function toDateTime(value: Value, format: string | undefined): string | undefined {
  return readTime(value, format)?.text;
}

/** `2023-01-01 00:00:00.123` in UTC, with as many digits as given; `undefined` when it is no time. (TPF-37) */
export function toDateTime64(value: Value, format: string | undefined): string | undefined {
  const time = readTime(value, format);
  return time === undefined || time.fraction === '' ? time?.text : `${time.text}.${time.fraction}`;
}

interface Time {
  /** `YYYY-MM-DD hh:mm:ss` in UTC. */
  text: string;
  /** Digits of the fraction of a second. */
  fraction: string;
}

/** A format without a directive is documentation only. A value in ISO form or since 1970 is always read. */
function readTime(value: Value, format: string | undefined): Time | undefined {
  if (typeof value === 'bigint') return unixTime(value);
  if (typeof value !== 'string') return undefined;
  const formatted = format?.includes('%') ? parseFormatted(value, format) : undefined;
  const parts: DateParts | undefined = formatted ?? parseIso(value);
  if (parts !== undefined)
    return { text: utc(toMilliseconds({ ...parts, fraction: '' })), fraction: parts.fraction };
  return UNIX_TEXT.test(value) ? unixTime(BigInt(value)) : undefined;
}

function unixTime(value: bigint): Time | undefined {
  if (value < 0n || value >= NANOSECONDS_BELOW) return undefined;
  if (value < SECONDS_BELOW) return { text: utc(Number(value) * 1000), fraction: '' };
  const digits = value < MILLISECONDS_BELOW ? 3 : value < MICROSECONDS_BELOW ? 6 : 9;
  const text = String(value);
  return { text: utc(Number(text.slice(0, -digits)) * 1000), fraction: text.slice(-digits) };
}

function utc(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
}
