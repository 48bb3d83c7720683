import type { ColumnType } from '@goldcrest/sql';
import { isDay } from './dates.js';
import { Scanner } from './scanner.js';

/**
 * Whether a value, given as the bytes of its JSON text, fits the type for certain. False means no more than that the exact check
 * (`checks.ts`) has to decide; what is true here must be true there.
 */
export type ByteCheck = (bytes: Uint8Array, start: number, end: number) => boolean;

/** The check of bytes for a type, or null when the type has none. Null values are not asked about, but inside of arrays. */
export function byteCheckOf(type: ColumnType): ByteCheck | null {
  const integer = /^(U?)Int(8|16|32|64|128|256)$/.exec(type.name);
  if (integer !== null) return integerCheck(integer[1] === 'U', Number(integer[2]));
  return Object.hasOwn(makers, type.name) ? (makers[type.name]?.(type) ?? null) : null;
}

const makers: Readonly<Record<string, (type: ColumnType) => ByteCheck | null>> = {
  String: () => isScalar,
  Integer: () => integerCheck(false, 32),
  Int: () => integerCheck(false, 32),
  Float32: () => isPlainFloat,
  Float64: () => isPlainFloat,
  Decimal: (type) => decimalCheck(numberArgument(type, 0, 10) - numberArgument(type, 1, 0)),
  Decimal32: (type) => decimalCheck(9 - numberArgument(type, 0, 0)),
  Decimal64: (type) => decimalCheck(18 - numberArgument(type, 0, 0)),
  Decimal128: (type) => decimalCheck(38 - numberArgument(type, 0, 0)),
  Decimal256: (type) => decimalCheck(76 - numberArgument(type, 0, 0)),
  Bool: () => isBool,
  Boolean: () => isBool,
  UUID: () => isUuid,
  Date: () => dayCheck(1970, 2148),
  Date32: () => dayCheck(1901, 2298),
  DateTime: () => timeCheck(1971, 2104, 2 ** 32 - 1),
  DateTime32: () => timeCheck(1971, 2104, 2 ** 32 - 1),
  DateTime64: time64Check,
  LowCardinality: (type) => inner(type, 0),
  Nullable: (type) => orNull(inner(type, 0)),
  SimpleAggregateFunction: (type) => inner(type, 1),
  Array: (type) => arrayCheck(inner(type, 0)),
  Enum8: enumCheck,
  Enum16: enumCheck,
  Enum: enumCheck,
  FixedString: (type) => fixedStringCheck(numberArgument(type, 0, 0)),
};

function inner(type: ColumnType, index: number): ByteCheck | null {
  const argument = type.args[index];
  return argument?.kind === 'type' ? byteCheckOf(argument.type) : null;
}

function numberArgument(type: ColumnType, index: number, otherwise: number): number {
  const argument = type.args[index];
  return argument?.kind === 'number' ? Number(argument.text) : otherwise;
}

function orNull(check: ByteCheck | null): ByteCheck | null {
  if (check === null) return null;
  return (bytes, start, end) => bytes[start] === 0x6e || check(bytes, start, end);
}

/** Text, a number, true or false. Objects and arrays as text are for the one who writes them. */
function isScalar(bytes: Uint8Array, start: number): boolean {
  const first = bytes[start];
  return first !== 0x6e && first !== 0x7b && first !== 0x5b;
}

/** A number of as many digits as the type's largest is compared with it digit by digit. JSON has no zeros in front. */
function integerCheck(unsigned: boolean, bits: number): ByteCheck {
  const largest = Buffer.from(String(2n ** BigInt(unsigned ? bits : bits - 1) - 1n));
  return (bytes, start, end) => {
    const first = bytes[start];
    if (first === 0x74 || first === 0x66) return true;
    const from = first === 0x2d ? start + 1 : start;
    // The engine reads no `-0` for a type without a sign.
    if (from > start && (unsigned || bytes[from] === 0x30)) return false;
    if (!areDigits(bytes, from, end)) return false;
    if (end - from !== largest.length) return end - from < largest.length;
    let at = 0;
    while (at < largest.length && bytes[from + at] === largest[at]) at += 1;
    return at === largest.length || (bytes[from + at] ?? 0) < (largest[at] ?? 0);
  };
}

function areDigits(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x30 || byte > 0x39) return false;
  }
  return start < end;
}

/** A number without an exponent and of few digits, which both kinds of floats hold. */
function isPlainFloat(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 30) return false;
  const first = bytes[start] ?? 0;
  if (first !== 0x2d && (first < 0x30 || first > 0x39)) return false;
  for (let at = start; at < end; at += 1) if (((bytes[at] ?? 0) | 0x20) === 0x65) return false;
  return true;
}

function decimalCheck(wholeDigits: number): ByteCheck {
  return (bytes, start, end) => {
    if (!isPlainFloat(bytes, start, end)) return false;
    const from = bytes[start] === 0x2d ? start + 1 : start;
    let point = from;
    while (point < end && bytes[point] !== 0x2e) point += 1;
    return point - from <= wholeDigits;
  };
}

function isBool(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start];
  return first === 0x74 || first === 0x66 || (end - start === 1 && (first === 0x30 || first === 0x31));
}

function isUuid(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 38 || bytes[start] !== 0x22) return false;
  for (let i = 0; i < 36; i += 1) {
    const byte = bytes[start + 1 + i] ?? 0;
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (byte !== 0x2d) return false;
    } else if (!((byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)))
      return false;
  }
  return true;
}

/** `count` digits as a number, or NaN when one of them is none. */
function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i += 1) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** `YYYY-MM-DD` at a place, in years that are wholly inside the type's range. */
function isDayAt(bytes: Uint8Array, at: number, first: number, last: number): boolean {
  const year = digits(bytes, at, 4);
  if (!(year >= first && year <= last) || bytes[at + 4] !== 0x2d || bytes[at + 7] !== 0x2d) return false;
  return isDay(year, digits(bytes, at + 5, 2), digits(bytes, at + 8, 2));
}

function dayCheck(first: number, last: number): ByteCheck {
  return (bytes, start, end) =>
    end - start === 12 && bytes[start] === 0x22 && isDayAt(bytes, start + 1, first, last);
}

/** Nanoseconds end in 2262, everything else in 2299. Numbers as large as a million seconds before that are left to the exact check. */
function time64Check(type: ColumnType): ByteCheck {
  const precision = numberArgument(type, 0, 3);
  const lastYear = precision >= 9 ? 2260 : 2298;
  return timeCheck(1901, lastYear, (Date.UTC(lastYear, 0, 1) / 1000) * 10 ** precision);
}

/** `2024-06-20 19:06:15`, also with a `T`, a fraction and `Z`; or a number up to the largest. */
function timeCheck(first: number, last: number, largest: number): ByteCheck {
  return (bytes, start, end) => {
    if (bytes[start] !== 0x22) return end - start <= 19 && digits(bytes, start, end - start) <= largest;
    if (end - start < 21 || !isDayAt(bytes, start + 1, first, last)) return false;
    const between = bytes[start + 11];
    if (between !== 0x20 && between !== 0x54) return false;
    if (bytes[start + 14] !== 0x3a || bytes[start + 17] !== 0x3a) return false;
    const hour = digits(bytes, start + 12, 2);
    const minute = digits(bytes, start + 15, 2);
    const second = digits(bytes, start + 18, 2);
    return hour < 24 && minute < 60 && second < 60 && isRest(bytes, start + 20, end - 1);
  };
}

/** What follows the seconds: nothing, up to nine digits of a fraction, `Z`. */
function isRest(bytes: Uint8Array, start: number, end: number): boolean {
  const last = bytes[end - 1] === 0x5a && end > start ? end - 1 : end;
  if (start === last) return true;
  return bytes[start] === 0x2e && last - start <= 10 && areDigits(bytes, start + 1, last);
}

/** Names without escapes are looked up as they are. */
function enumCheck(type: ColumnType): ByteCheck {
  const names = new Set(
    type.args.flatMap((argument) =>
      argument.kind === 'enumValue' && /^[ !#-[\]-~]*$/.test(argument.name) ? [`"${argument.name}"`] : [],
    ),
  );
  const longest = Math.max(0, ...[...names].map((name) => name.length));
  return (bytes, start, end) => {
    if (end - start > longest) return false;
    return names.has(String.fromCharCode(...bytes.subarray(start, end)));
  };
}

function fixedStringCheck(length: number): ByteCheck {
  return (bytes, start, end) =>
    bytes[start] === 0x22 && end - start - 2 <= length && !hasBackslash(bytes, start, end);
}

function hasBackslash(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (bytes[at] === 0x5c) return true;
  return false;
}

/** An array whose elements all fit. That it is JSON is known. */
function arrayCheck(element: ByteCheck | null): ByteCheck | null {
  if (element === null) return null;
  const scanner = new Scanner();
  return (bytes, start) => {
    if (bytes[start] !== 0x5b) return false;
    // An array in an array has a check, and so a scanner, of its own.
    scanner.begin(bytes, start + 1);
    if (scanner.next() === 0x5d) return true;
    for (;;) {
      const first = scanner.next();
      const from = scanner.at;
      if (!scanner.value(first, 0) || !element(bytes, from, scanner.at)) return false;
      if (scanner.next() !== 0x2c) return true;
      scanner.at += 1;
    }
  };
}
