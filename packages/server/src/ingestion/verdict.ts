import { LosslessNumber } from 'lossless-json';

/** Text that may be a time in a form that is not decided here. The engine reads it; the instant has to be in the range. */
export interface TimeQuestion {
  kind: 'time';
  text: string;
  /** The column's type, for the message. */
  type: string;
  /** First and last instant that the type holds, in milliseconds since 1970. */
  rangeMs: readonly [number, number];
}

/** A value of which only the engine knows whether a column of the type can hold it. */
export interface ValueQuestion {
  kind: 'value';
  /** The value as JSON. */
  text: string;
  type: string;
}

/** What the engine has to say before a value is known to fit. */
export type Question = TimeQuestion | ValueQuestion;

/**
 * What is known of a value for a column: it fits, it does not (with the reason), or the engine has to be asked about parts of
 * it, because imitating how it reads unusual forms of times would go wrong sooner or later.
 */
export type Verdict =
  | { kind: 'fits' }
  | { kind: 'wrong'; reason: string }
  | { kind: 'ask'; questions: readonly Question[] };

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
  return textIsNotA(stringify(value), type);
}

/** The same of a value that is given as JSON. The text is cut short. */
export function textIsNotA(json: string, type: string): string {
  const text =
    json.length <= EXCERPT_MAX ? json : `${json.slice(0, EXCERPT_MAX)}… (${json.length} characters)`;
  return `${text} is not a valid ${type}`;
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

/** Characters of a number that is read as a whole one at the most; the largest type has 78 digits. */
const WHOLE_NUMBER_MAX = 200;

/** The value as a whole number, also when it is written as `3.0` or `1e3`; null when it is none, or beyond all types. */
export function wholeNumber(value: unknown): bigint | null {
  const text = numberText(value);
  if (text === null || text.length > WHOLE_NUMBER_MAX) return null;
  if (/^-?\d+$/.test(text)) return BigInt(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const shift = Number(exponent) - fraction.length;
  if (Math.abs(shift) > WHOLE_NUMBER_MAX) return null;
  const digits = shift >= 0 ? whole + fraction + '0'.repeat(shift) : `${whole}${fraction}`;
  const end = shift >= 0 ? digits.length : Math.max(0, digits.length + shift);
  return /[1-9]/.test(digits.slice(end)) ? null : BigInt(`${sign}${digits.slice(0, end) || '0'}`);
}

/** JSON text of a parsed value, with numbers as they were sent. */
export function stringify(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isExactNumber(value)) return value.value;
  if (Array.isArray(value)) return `[${value.map(stringify).join(',')}]`;
  const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}:${stringify(field)}`);
  return `{${fields.join(',')}}`;
}

/** The same with whole numbers written in digits, the only way in which the engine reads them for integers. */
export function stringifyIntegers(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isExactNumber(value)) return wholeNumber(value)?.toString() ?? value.value;
  if (Array.isArray(value)) return `[${value.map(stringifyIntegers).join(',')}]`;
  const fields = Object.entries(value).map(
    ([key, field]) => `${JSON.stringify(key)}:${stringifyIntegers(field)}`,
  );
  return `{${fields.join(',')}}`;
}

/** The first wrong part decides; else all that has to be asked. */
export function all(verdicts: readonly Verdict[]): Verdict {
  const questions: Question[] = [];
  for (const verdict of verdicts) {
    if (verdict.kind === 'wrong') return verdict;
    if (verdict.kind === 'ask') questions.push(...verdict.questions);
  }
  return questions.length === 0 ? FITS : { kind: 'ask', questions };
}

/** Whether the value is an object of an event. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);
}
