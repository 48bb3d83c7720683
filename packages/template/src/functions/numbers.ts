import type { Value } from '../value.js';

/** What a conversion answers when the value does not fit: nothing. */
export type Convert = (value: Value) => Value | undefined;

const INTEGER_TEXT = /^\s*[+-]?\d{1,100}\s*$/;
const FLOAT_TEXT = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?\s*$/;
const TRUE_TEXTS: ReadonlySet<string> = new Set(['true', '1', 'yes', 'on', 't', 'y']);
const FALSE_TEXTS: ReadonlySet<string> = new Set(['false', '0', 'no', 'off', 'f', 'n']);

/** Whole numbers of so many bits; `1.0` counts as one. (TPF-31, TPF-32) */
export function integerConversion(bits: number, signed: boolean): Convert {
  const size = BigInt(signed ? bits - 1 : bits);
  const max = 2n ** size - 1n;
  const min = signed ? -max - 1n : 0n;
  return (value) => {
    const integer = toInteger(value);
    return integer !== undefined && integer >= min && integer <= max ? integer : undefined;
  };
}

/** A whole number of any size, or `undefined`. */
export function toInteger(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' && INTEGER_TEXT.test(value)
    ? BigInt(value.trim().replace('+', ''))
    : undefined;
}

/** A finite float, or `undefined`. (TPF-33) */
export function toFloat(value: Value): number | undefined {
  if (typeof value === 'string' && !FLOAT_TEXT.test(value)) return undefined;
  if (value === null || typeof value === 'object') return undefined;
  const float = Number(value);
  return Number.isFinite(float) ? float : undefined;
}

/** A boolean from true, 1, yes, on and their opposites in any case, or `undefined`. (TPF-34) */
export function toBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === null || typeof value === 'object') return undefined;
  const text = String(value).trim().toLowerCase();
  if (TRUE_TEXTS.has(text)) return true;
  return FALSE_TEXTS.has(text) ? false : undefined;
}
