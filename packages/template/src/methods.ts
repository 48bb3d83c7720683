import { limitFailure, valueFailure } from './errors.js';
import { TEXT_MAX } from './limits.js';
import { checkText, type Dict, isDict, isList, splitText, toText, typeName, type Value } from './value.js';

/** Calls a method whose arguments were checked in number. */
type Method<T> = (self: T, args: readonly Value[]) => Value;
type Methods<T> = ReadonlyMap<string, { min: number; max: number; call: Method<T> }>;

const TEXT_METHODS: Methods<string> = new Map([
  ['split', { min: 0, max: 2, call: split }],
  [
    'startswith',
    { min: 1, max: 1, call: (self: string, [part]: readonly Value[]) => self.startsWith(text(part)) },
  ],
  [
    'endswith',
    { min: 1, max: 1, call: (self: string, [part]: readonly Value[]) => self.endsWith(text(part)) },
  ],
  ['lower', { min: 0, max: 0, call: (self: string) => self.toLowerCase() }],
  ['upper', { min: 0, max: 0, call: (self: string) => self.toUpperCase() }],
  [
    'strip',
    { min: 0, max: 1, call: (self: string, [marks]: readonly Value[]) => strip(self, marks, true, true) },
  ],
  [
    'lstrip',
    { min: 0, max: 1, call: (self: string, [marks]: readonly Value[]) => strip(self, marks, true, false) },
  ],
  [
    'rstrip',
    { min: 0, max: 1, call: (self: string, [marks]: readonly Value[]) => strip(self, marks, false, true) },
  ],
  ['replace', { min: 2, max: 2, call: replace }],
  ['join', { min: 1, max: 1, call: join }],
  ['isdigit', { min: 0, max: 0, call: (self: string) => /^\d+$/.test(self) }],
  [
    'find',
    { min: 1, max: 1, call: (self: string, [part]: readonly Value[]) => BigInt(self.indexOf(text(part))) },
  ],
  ['count', { min: 1, max: 1, call: count }],
]);
const DICT_METHODS: Methods<Dict> = new Map([
  [
    'get',
    {
      min: 1,
      max: 2,
      call: (self: Dict, [key, other]: readonly Value[]) => self.get(text(key)) ?? other ?? null,
    },
  ],
  ['keys', { min: 0, max: 0, call: (self: Dict) => [...self.keys()] }],
  ['values', { min: 0, max: 0, call: (self: Dict) => [...self.values()] }],
  ['items', { min: 0, max: 0, call: (self: Dict) => [...self] }],
]);
/** Every method there is, on whatever it works. */
export const METHOD_NAMES: ReadonlySet<string> = new Set([...TEXT_METHODS.keys(), ...DICT_METHODS.keys()]);

/**
 * Calls one of the listed methods of a text or dict; nothing else can be reached.
 *
 * @throws TemplateFailure when the value has no such method or the arguments do not fit
 */
export function callMethod(self: Value, name: string, args: readonly Value[]): Value {
  if (typeof self === 'string') return apply(TEXT_METHODS, self, name, args);
  if (isDict(self)) return apply(DICT_METHODS, self, name, args);
  throw noMethod(self, name);
}

function apply<T extends Value>(methods: Methods<T>, self: T, name: string, args: readonly Value[]): Value {
  const method = methods.get(name);
  if (method === undefined) throw noMethod(self, name);
  if (args.length < method.min || args.length > method.max) {
    const range = method.min === method.max ? `${method.min}` : `${method.min} to ${method.max}`;
    throw valueFailure(`.${name}() takes ${range} arguments, not ${args.length}.`);
  }
  return method.call(self, args);
}

function noMethod(self: Value, name: string): Error {
  const hint = self === null ? ' Check with defined(…) first.' : '';
  return valueFailure(`There is no .${name}() on ${typeName(self)}.${hint}`);
}

function text(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  throw valueFailure(`A text is needed here, not ${typeName(value ?? null)}.`);
}

function split(self: string, [separator, limit]: readonly Value[]): Value {
  if (separator === undefined || separator === null)
    return splitText(self, /\s+/).filter((part) => part !== '');
  const by = text(separator);
  if (by === '') throw valueFailure('The separator of .split() is empty.');
  const parts = splitText(self, by);
  if (typeof limit !== 'bigint' || limit < 0n || limit >= BigInt(parts.length)) return parts;
  const most = Number(limit);
  return [...parts.slice(0, most), parts.slice(most).join(by)];
}

function strip(self: string, marks: Value | undefined, left: boolean, right: boolean): string {
  const set = marks === undefined || marks === null ? ' \t\n\r\f\v' : text(marks);
  let start = 0;
  let end = self.length;
  while (left && start < end && set.includes(self.charAt(start))) start += 1;
  while (right && end > start && set.includes(self.charAt(end - 1))) end -= 1;
  return self.slice(start, end);
}

function replace(self: string, [from, to]: readonly Value[]): string {
  const parts = self.split(text(from));
  checkLength(self.length + parts.length * text(to).length);
  return parts.join(text(to));
}

function join(self: string, [items]: readonly Value[]): string {
  if (items === undefined || !isList(items)) throw valueFailure('.join() needs a list.');
  checkLength(items.length * self.length);
  return checkText(items.map(toText).join(self));
}

function checkLength(length: number): void {
  if (length > TEXT_MAX) throw limitFailure(`A text would have more than ${TEXT_MAX} characters.`);
}

function count(self: string, [part]: readonly Value[]): Value {
  return BigInt(self.split(text(part)).length - 1);
}
