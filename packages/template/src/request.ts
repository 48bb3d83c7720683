import { valueFailure } from './errors.js';
import { NESTING_MAX } from './limits.js';
import { checkList, checkText, type Value } from './value.js';

/** Texts, which are left alone, and numbers. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;
/** Integers from here on may not fit a double; the mark carries their digits through the JSON reader. */
const LONG_INTEGER = /^-?\d{16,150}$/;
const INTEGER_MARK = '\0integer:';

/**
 * Turns what a request sent (text, numbers, arrays, JSON) into a value. Whole numbers become integers.
 *
 * @throws TemplateFailure for anything that JSON has not, for deep nesting and for long texts and lists
 */
export function toValue(input: unknown, depth = 0): Value {
  if (depth > NESTING_MAX) throw valueFailure(`A value is nested more than ${NESTING_MAX} levels deep.`);
  if (input === null || input === undefined) return null;
  if (typeof input === 'string') return checkText(input);
  if (typeof input === 'boolean' || typeof input === 'bigint') return input;
  if (typeof input === 'number') return Number.isSafeInteger(input) ? BigInt(input) : input;
  if (Array.isArray(input)) return checkList(input.map((item) => toValue(item, depth + 1)));
  if (typeof input !== 'object') throw valueFailure(`A value is ${typeof input}; send text or JSON.`);
  return new Map(Object.entries(input).map(([key, item]) => [key, toValue(item, depth + 1)]));
}

/**
 * Reads JSON text; integers of any size stay exact.
 *
 * @returns `undefined` when the text is no JSON
 */
export function parseJson(text: string): Value | undefined {
  const marked = text.replace(TEXT_OR_NUMBER, (token) =>
    LONG_INTEGER.test(token) ? JSON.stringify(INTEGER_MARK + token) : token,
  );
  let parsed: unknown;
  try {
    parsed = JSON.parse(marked);
  } catch {
    // Not JSON is an answer, not a failure: the caller knows which parameter to name.
    return undefined;
  }
  return unmark(toValue(parsed));
}

function unmark(value: Value): Value {
  if (typeof value === 'string') {
    const digits = value.startsWith(INTEGER_MARK) ? value.slice(INTEGER_MARK.length) : '';
    return LONG_INTEGER.test(digits) ? BigInt(digits) : value;
  }
  if (Array.isArray(value)) return value.map(unmark);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, unmark(item)]));
  return value;
}
