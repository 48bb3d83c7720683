import { limitFailure, valueFailure } from './errors.js';
import { LIST_MAX, SHOWN_MAX, TEXT_MAX } from './limits.js';

/**
 * What an expression can be. Integers are bigint and floats are number, as in Python, so that 64-bit ids stay exact.
 * There is nothing else: no function, no object of the host.
 */
export type Value = null | boolean | bigint | number | string | List | Dict | SqlText;
export type List = readonly Value[];
export type Dict = ReadonlyMap<string, Value>;

/** A piece of SQL that a function made: quoted identifiers or conditions. It can be printed and nothing else. */
export class SqlText {
  constructor(readonly sql: string) {}
}

export function isList(value: Value): value is List {
  return Array.isArray(value);
}

export function isDict(value: Value): value is Dict {
  return value instanceof Map;
}

/** What an error calls a value's type. */
export function typeName(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return 'a boolean';
  if (typeof value === 'bigint') return 'an integer';
  if (typeof value === 'number') return 'a float';
  if (typeof value === 'string') return 'a text';
  if (isList(value)) return 'a list';
  return isDict(value) ? 'a dict' : 'SQL';
}

/** Python's truth: None, False, zero and everything empty are false. */
export function isTrue(value: Value): boolean {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value) !== 0;
  if (typeof value === 'string' || isList(value)) return value.length > 0;
  return isDict(value) ? value.size > 0 : value !== null && value !== false;
}

/** Lists and dicts never change, so each is measured once; a list may hold another one many times. */
const sizes = new WeakMap<object, number>();

/**
 * How much there is to touch in a value, in characters and elements, including what is inside.
 *
 * @throws TemplateFailure when it is more than a text may have
 */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length;
  if (!isList(value) && !isDict(value)) return 0;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  let size = 0;
  for (const item of value.values()) size += 1 + sizeOf(item);
  if (isDict(value)) for (const key of value.keys()) size += key.length;
  if (size > TEXT_MAX) throw limitFailure(`A list is too large; at most ${TEXT_MAX} characters are allowed.`);
  sizes.set(value, size);
  return size;
}

/** The value as text, the same text that a request would have sent: `true`, `1.0`, `a,b`; a dict and a nested list as JSON. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === null) return 'None';
  if (typeof value === 'number') return floatText(value);
  if (isList(value)) {
    return checkText(value.map((item) => (isList(item) ? toJson(item) : toText(item))).join(','));
  }
  if (isDict(value)) return toJson(value);
  if (value instanceof SqlText)
    throw valueFailure('A column or a condition can be printed, not used as text.');
  return String(value);
}

/** A float always shows that it is one: `20.0`, `1e+21`. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) throw valueFailure('The result is not a finite number.');
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** The value as JSON; integers of any size stay exact. */
export function toJson(value: Value): string {
  if (isList(value)) return checkText(`[${value.map(toJson).join(',')}]`);
  if (isDict(value)) {
    return checkText(
      `{${[...value].map(([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`).join(',')}}`,
    );
  }
  if (typeof value === 'string') return JSON.stringify(value);
  return value === null ? 'null' : toText(value);
}

/** A list from anything that can be gone through: the elements, the keys, or the comma-separated parts of a text. */
export function toList(value: Value): List {
  if (isList(value)) return value;
  if (isDict(value)) return [...value.keys()];
  if (typeof value === 'string') return value === '' ? [] : splitText(value, ',');
  throw valueFailure(`A list is needed here, not ${typeName(value)}.`);
}

/** @throws TemplateFailure when the text is too long */
export function checkText(text: string): string {
  if (text.length <= TEXT_MAX) return text;
  throw limitFailure(`A text has ${text.length} characters; at most ${TEXT_MAX} are allowed.`);
}

/** The parts of a text; it stops at once when there are too many. */
export function splitText(text: string, separator: string | RegExp): string[] {
  return checkList(text.split(separator, LIST_MAX + 1));
}

/** @throws TemplateFailure when the list is too long */
export function checkList<T extends List>(list: T): T {
  if (list.length <= LIST_MAX) return list;
  throw limitFailure(`A list has more than ${LIST_MAX} elements.`);
}

/** A value for an error message, quoted and cut short. */
export function shown(value: Value): string {
  if (value instanceof SqlText) return 'a piece of SQL';
  const text = typeof value === 'string' ? value : toText(value);
  const cut = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
  return `'${cut}'`;
}
