/** A text that is a day or a time: the forms that a column of times takes without asking anybody. */
export interface TimeText {
  /** Milliseconds since 1970. */
  ms: number;
  /** Whether it is a day without a time. */
  isDay: boolean;
  /** Digits of the seconds' fraction. */
  digits: number;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME =
  /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?\s?(?:Z|UTC|[+-](?:0\d|1[0-4]):?[0-5]\d)?$/;

/** Longest text in such a form. */
const LENGTH_MAX = 40;

/** Reads `2024-06-20`, `2024-06-20 19:06:15` and `2024-06-20T19:06:15.373Z`; undefined for any other text, and for days that are none. */
export function readTime(text: string): TimeText | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  if (DAY.test(text)) return timeOf(text, '00:00:00', { isDay: true, digits: 0 });
  const [, day = '', time = '', fraction = ''] = TIME.exec(text) ?? [];
  return day === '' ? undefined : timeOf(day, time, { isDay: false, digits: fraction.length });
}

function timeOf(day: string, time: string, rest: Pick<TimeText, 'isDay' | 'digits'>): TimeText | undefined {
  const written = `${day}T${time}`;
  const date = new Date(`${written}Z`);
  // A day such as 30 February becomes another one.
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(written)) return undefined;
  return { ms: date.getTime(), ...rest };
}

/** What a zone can move a time by, in milliseconds: so close to the end of a range it is not decided here. */
const ZONE_MS = 2 * 24 * 3600 * 1000;

interface TimeType {
  type: string;
  days: boolean;
  digitsMax: number;
  firstMs: number;
  lastMs: number;
}

const FIRST_OF_64 = Date.UTC(1900, 0, 1);
const LAST_OF_64 = Date.UTC(2299, 11, 31);

/** Types of times, the plainest first. */
const TIME_TYPES: readonly TimeType[] = [
  { type: 'Date', days: true, digitsMax: 0, firstMs: 0, lastMs: Date.UTC(2149, 5, 6) },
  { type: 'Date32', days: true, digitsMax: 0, firstMs: FIRST_OF_64, lastMs: LAST_OF_64 },
  { type: 'DateTime', days: false, digitsMax: 0, firstMs: ZONE_MS, lastMs: 2 ** 32 * 1000 - ZONE_MS },
  ...[3, 6].map((digitsMax) => ({
    type: `DateTime64(${digitsMax})`,
    days: false,
    digitsMax,
    firstMs: FIRST_OF_64 + ZONE_MS,
    lastMs: LAST_OF_64 - ZONE_MS,
  })),
  {
    type: 'DateTime64(9)',
    days: false,
    digitsMax: 9,
    firstMs: FIRST_OF_64 + ZONE_MS,
    lastMs: Date.UTC(2262, 3, 11) - ZONE_MS,
  },
];

/** The times of one place, as far as the choice of a type needs them. */
export class TimeRange {
  private firstMs = Number.POSITIVE_INFINITY;
  private lastMs = Number.NEGATIVE_INFINITY;
  private digits = 0;
  private onlyDays = true;

  /** Takes one more time into account. */
  add(time: TimeText): void {
    this.firstMs = Math.min(this.firstMs, time.ms);
    this.lastMs = Math.max(this.lastMs, time.ms);
    this.digits = Math.max(this.digits, time.digits);
    this.onlyDays &&= time.isDay;
  }

  /** The plainest type that holds all of them, or undefined when none does. */
  type(): string | undefined {
    return TIME_TYPES.find(
      (candidate) =>
        candidate.days === this.onlyDays &&
        this.digits <= candidate.digitsMax &&
        candidate.firstMs <= this.firstMs &&
        this.lastMs <= candidate.lastMs,
    )?.type;
  }
}
