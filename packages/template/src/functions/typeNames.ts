import { toText, type Value } from '../value.js';
import { toDate, toDateTime, toDateTime64 } from './dates.js';
import { integerConversion, toBoolean, toFloat } from './numbers.js';

/** Turns a value into the type; `undefined` when it does not fit. `format` is a strptime format of dates. */
export type TypeConversion = (value: Value, format: string | undefined) => Value | undefined;

const UUID = /^\s*[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12}\s*$/i;
const INTEGER_BITS = [8, 16, 32, 64, 128, 256];
/** Int and Integer name no width; the widest one that JSON readers know. */
const PLAIN_INTEGER_BITS = 64;

function toUuid(value: Value): string | undefined {
  return typeof value === 'string' && UUID.test(value) ? value.trim() : undefined;
}

function integers(prefix: string, signed: boolean): [string, TypeConversion][] {
  return INTEGER_BITS.map((bits) => [`${prefix}${bits}`, integerConversion(bits, signed)]);
}

/** The scalar types, by the name that templates use. (TPF-30 to TPF-37) */
export const SCALAR_TYPES: ReadonlyMap<string, TypeConversion> = new Map<string, TypeConversion>([
  ['String', toText],
  ['UUID', toUuid],
  ...integers('Int', true),
  ...integers('UInt', false),
  ['Int', integerConversion(PLAIN_INTEGER_BITS, true)],
  ['Integer', integerConversion(PLAIN_INTEGER_BITS, true)],
  ['Float32', toFloat],
  ['Float64', toFloat],
  ['Float', toFloat],
  ['Boolean', toBoolean],
  ['Bool', toBoolean],
  ['Date', toDate],
  ['Date32', toDate],
  ['DateTime', toDateTime],
  ['DateTime32', toDateTime],
  ['DateTime64', toDateTime64],
]);

const NAMES_BY_LOWER_CASE: ReadonlyMap<string, string> = new Map(
  [...SCALAR_TYPES.keys()].map((name) => [name.toLowerCase(), name]),
);

/** The type's name in its usual case, or `undefined` when it names no scalar type. */
export function scalarTypeName(text: string): string | undefined {
  return NAMES_BY_LOWER_CASE.get(text.trim().toLowerCase());
}
