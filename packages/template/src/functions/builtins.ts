import { limitFailure, valueFailure } from '../errors.js';
import type { Frame } from '../frame.js';
import { LIST_MAX } from '../limits.js';
import { calculate, negate, numberOf, orderOf } from '../operators.js';
import { isDict, isList, isTrue, type List, shown, toList, toText, typeName, type Value } from '../value.js';
import { toFloat, toInteger } from './numbers.js';
import { argument, type BoundCall, type TemplateFunction } from './signature.js';

/** Python's functions that templates use, and `sql_unescape`. (TPF-48) */
export const BUILTIN_FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['len', { args: ['x'], min: 1, call: (frame, call) => BigInt(lengthOf(argument(frame, call, 0))) }],
  ['max', { args: ['x'], min: 1, open: 'any', call: (frame, call) => extreme(frame, call, 1) }],
  ['min', { args: ['x'], min: 1, open: 'any', call: (frame, call) => extreme(frame, call, -1) }],
  ['sum', { args: ['x'], min: 1, call: sum }],
  ['abs', { args: ['x'], min: 1, call: absolute }],
  ['round', { args: ['x', 'digits'], min: 1, call: round }],
  ['int', { args: ['x'], min: 1, call: int }],
  ['float', { args: ['x'], min: 1, call: (frame, call) => convert(frame, call, toFloat) }],
  ['str', { args: ['x'], min: 1, call: (frame, call) => toText(argument(frame, call, 0)) }],
  ['bool', { args: ['x'], min: 1, call: (frame, call) => isTrue(argument(frame, call, 0)) }],
  ['list', { args: ['x'], min: 1, call: (frame, call) => [...toList(argument(frame, call, 0))] }],
  ['range', { args: ['start', 'stop', 'step'], min: 1, call: range }],
  ['enumerate', { args: ['x', 'start'], min: 1, call: enumerate }],
  ['zip', { args: ['a', 'b'], min: 2, call: zip }],
  ['sorted', { args: ['x', 'reverse'], min: 1, call: sorted }],
  ['sql_unescape', { args: ['x'], min: 1, call: sqlUnescape }],
]);

function lengthOf(value: Value): number {
  if (typeof value === 'string' || isList(value)) return value.length;
  if (isDict(value)) return value.size;
  throw valueFailure(`len() needs a text, a list or a dict, not ${typeName(value)}.`);
}

function extreme(frame: Frame, call: BoundCall, sign: 1 | -1): Value {
  const values = call.args.map((evaluate) => evaluate?.(frame) ?? null);
  const [only = null] = values;
  const list: List = values.length === 1 ? toList(only) : values;
  if (list.length === 0) throw valueFailure(`${call.name}() of nothing has no value.`);
  return list.reduce((best, item) => (orderOf(item, best) * sign > 0 ? item : best));
}

function sum(frame: Frame, call: BoundCall): Value {
  return toList(argument(frame, call, 0)).reduce<Value>((total, item) => calculate('+', total, item), 0n);
}

function absolute(frame: Frame, call: BoundCall): Value {
  const value = numberOf(argument(frame, call, 0));
  if (value === undefined) throw valueFailure('abs() needs a number.');
  return value < 0 ? negate(value) : value;
}

/** To an integer without `digits`, halves to the even neighbour. */
function round(frame: Frame, call: BoundCall): Value {
  const value = convert(frame, call, toFloat);
  const digits = toInteger(argument(frame, call, 1));
  if (typeof value !== 'number') return value;
  if (digits !== undefined) return Number(value.toFixed(Number(BigInt.asUintN(4, digits))));
  const floor = Math.floor(value);
  if (value - floor === 0.5) return BigInt(floor % 2 === 0 ? floor : floor + 1);
  return BigInt(Math.round(value));
}

/** Cuts a float's fraction off. */
function int(frame: Frame, call: BoundCall): Value {
  return convert(frame, call, (value) => toInteger(typeof value === 'number' ? Math.trunc(value) : value));
}

function convert(frame: Frame, call: BoundCall, to: (value: Value) => Value | undefined): Value {
  const value = argument(frame, call, 0);
  if (value === null) throw frame.missing(call.subject);
  const converted = to(value);
  if (converted === undefined) throw valueFailure(`${call.name}() can not read ${shown(value)} as a number.`);
  return converted;
}

function range(frame: Frame, call: BoundCall): Value {
  const [first, second, third] = [0, 1, 2].map((index) => toInteger(argument(frame, call, index)));
  if (first === undefined || (call.args[1] !== undefined && second === undefined)) {
    throw valueFailure('range() needs whole numbers.');
  }
  const [start, stop, step] = [second === undefined ? 0n : first, second ?? first, third ?? 1n];
  if (step === 0n) throw valueFailure('The step of range() is 0.');
  const count = (stop - start + step - (step > 0n ? 1n : -1n)) / step;
  if (count > BigInt(LIST_MAX))
    throw limitFailure(`range() makes at most ${LIST_MAX} numbers, not ${count}.`);
  return Array.from({ length: Math.max(0, Number(count)) }, (_, index) => start + BigInt(index) * step);
}

function enumerate(frame: Frame, call: BoundCall): Value {
  const start = toInteger(argument(frame, call, 1)) ?? 0n;
  return toList(argument(frame, call, 0)).map((item, index) => [start + BigInt(index), item]);
}

/** As long as the shorter one. */
function zip(frame: Frame, call: BoundCall): Value {
  const others = toList(argument(frame, call, 1));
  return toList(argument(frame, call, 0))
    .slice(0, others.length)
    .map((item, index) => [item, others[index] ?? null]);
}

function sorted(frame: Frame, call: BoundCall): Value {
  const list = [...toList(argument(frame, call, 0))].sort(orderOf);
  return isTrue(argument(frame, call, 1)) ? list.reverse() : list;
}

/** The text without the quotes around it and the backslashes in it. It is printed as a literal again. */
function sqlUnescape(frame: Frame, call: BoundCall): Value {
  const text = toText(argument(frame, call, 0));
  const inner = /^'([\s\S]*)'$/.exec(text)?.[1] ?? text;
  return inner.replace(/\\([\s\S])/g, '$1');
}
