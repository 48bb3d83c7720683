import { type Check, FITS, type Verdict, wholeNumber, wrong } from './verdict.js';

/** `2024-06-20`, then optionally a time with seconds, a fraction and a zone. A zone without a time means nothing. */
const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?\s?(?:Z|UTC|[+-](\d{2}):?(\d{2}))?)?$/;

/** Text in which a day can be. The engine would complete what is missing, e.g. `10:00` by some day of its choice. */
const HAS_A_DAY = /\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}|[A-Za-z]{3,}[ ,.-]+\d|\d[ .-]+[A-Za-z]{3,}/;

/** A day of text this close to the end of a type's range may be outside in another time zone. */
const ZONE_MS = 24 * 3600 * 1000;

/** A type of times: its name, its range, and how many of its units make a second (for values sent as numbers). */
interface TimeType {
  name: string;
  rangeMs: readonly [number, number];
  unitsPerSecond: number;
}

/** Checks dates: `YYYY-MM-DD` inside the type's range. */
export function dateCheck(name: string, first: string, last: string): Check {
  return (value) => {
    if (typeof value !== 'string' || !isCalendarDay(value)) return wrong(value, name);
    return value >= first && value <= last ? FITS : wrong(value, name);
  };
}

/**
 * Checks `DateTime`: seconds since 1970 as a number, or text (DT-22). Text of digits only is refused (DT-23): depending on its
 * length the same text would be seconds, milliseconds or a date.
 */
export function dateTimeCheck(name: string): Check {
  return timeCheck({ name, rangeMs: [0, (2 ** 32 - 1) * 1000], unitsPerSecond: 1 });
}

/** Checks `DateTime64(digits)`: like `DateTime`; a number counts the type's own units, e.g. milliseconds for 3 digits. */
export function dateTime64Check(name: string, digits: number): Check {
  // Nanoseconds in 64 bits end in April 2262; with fewer digits the engine's calendar ends with 2299.
  const last = digits >= 9 ? Date.UTC(2262, 3, 11) : Date.UTC(2300, 0, 1);
  return timeCheck({ name, rangeMs: [Date.UTC(1900, 0, 1), last - 1], unitsPerSecond: 10 ** digits });
}

function timeCheck(type: TimeType): Check {
  return (value) => (typeof value === 'string' ? textVerdict(value, type) : numberVerdict(value, type));
}

function numberVerdict(value: unknown, type: TimeType): Verdict {
  const units = wholeNumber(value);
  if (units === null) return wrong(value, type.name);
  return inRange((Number(units) / type.unitsPerSecond) * 1000, type) ? FITS : wrong(value, type.name);
}

function textVerdict(text: string, type: TimeType): Verdict {
  if (!HAS_A_DAY.test(text)) return wrong(text, type.name);
  // The engine takes the month 00 for January, and the like.
  const [begin = ''] = /^\d{4}[-/]\d\d[-/]\d\d(?!\d)/.exec(text) ?? [];
  if (begin !== '' && !isCalendarDay(begin.replaceAll('/', '-'))) return wrong(text, type.name);
  const match = DATE_TIME.exec(text);
  if (match === null)
    return { kind: 'ask', questions: [{ kind: 'time', text, type: type.name, rangeMs: type.rangeMs }] };
  const [, day = '', hour = '00', minute = '00', second = '00', zoneHour = '00', zoneMinute = '00'] = match;
  const isTime = hour <= '23' && minute <= '59' && second <= '59' && zoneHour <= '14' && zoneMinute <= '59';
  if (!isTime) return wrong(text, type.name);
  const ms = Date.parse(`${day}T00:00:00Z`);
  if (inRange(ms - ZONE_MS, type) && inRange(ms + 2 * ZONE_MS, type)) return FITS;
  return { kind: 'ask', questions: [{ kind: 'time', text, type: type.name, rangeMs: type.rangeMs }] };
}

function inRange(ms: number, { rangeMs: [first, last] }: TimeType): boolean {
  return ms >= first && ms <= last;
}

/** Whether `YYYY-MM-DD` is a day that exists. */
function isCalendarDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  return isDay(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8)));
}

/** Whether the day exists; not a number is none. */
export function isDay(year: number, month: number, day: number): boolean {
  if (!(month >= 1 && month <= 12 && day >= 1)) return false;
  if (month === 2) return day <= (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28);
  return day <= (month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31);
}
