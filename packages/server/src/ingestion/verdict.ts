import { LosslessNumber } from 'lossless-json';

/** Text that may be a time in a form that is not decided here. The engine reads it; the instant has to be in the range. */
export interface TimeQuestion {
  text: string;
  /** The column's type, for the message. */
  type: string;
  /** First and last instant that the type holds, in milliseconds since 1970. */
  rangeMs: readonly [number, number];
}

/**
 * What is known of a value for a column: it fits, it does not (with the reason), or the engine has to be asked about parts of
 * it, because imitating how it reads unusual forms of times would go wrong sooner or later.
 */
export type Verdict =
  | { kind: 'fits' }
  | { kind: 'wrong'; reason: string }
  | { kind: 'ask'; questions: readonly TimeQuestion[] };

/** Decides about a value that is present and not null. */
export type Check = (value: unknown) => Verdict;

export const FITS: Verdict = { kind: 'fits' };

/** Longest excerpt of a value in an error, in characters. */
const EXCERPT_MAX = 200;

/** The verdict that the value is none of the type. */
export function wrong(value: unknown, type: string): Verdict {
  return { kind: 'wrong', reason: notA(value, type) };
}

/** The sentence that says that a value is none of a type. */
export function notA(value: unknown, type: string): string {
  return `${excerpt(value)} is not a valid ${type}`;
}

/** The value as JSON, cut short. */
function excerpt(value: unknown): string {
  const text = stringify(value);
  return text.length <= EXCERPT_MAX ? text : `${text.slice(0, EXCERPT_MAX)}… (${text.length} characters)`;
}

/**
 * Whether the value is a number that was kept as text, because JavaScript's own numbers could not hold it. It goes by the class: an
 * event can have fields of any names, and the text of such a number is written out as it is.
 */
export function isExactNumber(value: unknown): value is LosslessNumber {
  return value instanceof LosslessNumber;
}

/** The number's text, or null when the value is no number. */
export function numberText(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return isExactNumber(value) ? value.value : null;
}

/** JSON text of a parsed value, with exact numbers as they were sent. */
export function stringify(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isExactNumber(value)) return value.value;
  if (Array.isArray(value)) return `[${value.map(stringify).join(',')}]`;
  const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}:${stringify(field)}`);
  return `{${fields.join(',')}}`;
}
