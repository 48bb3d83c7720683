import { isIPv4, isIPv6 } from 'node:net';
import { type ColumnType, formatColumnType, type TypeArgument, unwrap } from '@goldcrest/sql';
import { LosslessNumber } from 'lossless-json';
import { dateCheck, dateTime64Check, dateTimeCheck } from './dates.js';
import { jsonCheck } from './jsonCheck.js';
import { all, type Check, FITS, isObject, numberText, type Verdict, wholeNumber, wrong } from './verdict.js';

/**
 * The check for values of a column type (DT items). It is strict where the engine is not: by itself the engine wraps integers
 * that are too large, reads text as numbers and turns impossible dates into 1970. A type that is not listed here can't be
 * filled by events, and says so.
 */
export function checkOf(type: ColumnType): Check {
  const integer = /^(U?)Int(8|16|32|64|128|256)$/.exec(type.name);
  if (integer !== null) return integerCheck(type.name, integer[1] === 'U', Number(integer[2]));
  const make = Object.hasOwn(checks, type.name) ? checks[type.name] : undefined;
  return make?.(type) ?? notIngestible(type);
}

const checks: Readonly<Record<string, (type: ColumnType) => Check>> = {
  String: () => (value) => (value === null ? wrong(null, 'String') : FITS),
  FixedString: (type) => fixedStringCheck(formatColumnType(type), numberArgument(type, 0)),
  Float32: () => floatCheck('Float32', Math.fround),
  Float64: () => floatCheck('Float64', Number),
  Decimal: (type) =>
    decimalCheck(formatColumnType(type), numberArgument(type, 0, 10), numberArgument(type, 1, 0)),
  Decimal32: (type) => decimalCheck(formatColumnType(type), 9, numberArgument(type, 0)),
  Decimal64: (type) => decimalCheck(formatColumnType(type), 18, numberArgument(type, 0)),
  Decimal128: (type) => decimalCheck(formatColumnType(type), 38, numberArgument(type, 0)),
  Decimal256: (type) => decimalCheck(formatColumnType(type), 76, numberArgument(type, 0)),
  Bool: () => boolCheck,
  Boolean: () => boolCheck,
  UUID: () => textCheck('UUID', (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)),
  IPv4: () => textCheck('IPv4', isIPv4),
  // The engine knows no zones (`fe80::1%eth0`).
  IPv6: () => textCheck('IPv6', (text) => isIPv6(text) && !text.includes('%')),
  Date: () => dateCheck('Date', '1970-01-01', '2149-06-06'),
  Date32: () => dateCheck('Date32', '1900-01-01', '2299-12-31'),
  DateTime: (type) => dateTimeCheck(formatColumnType(type)),
  DateTime32: (type) => dateTimeCheck(formatColumnType(type)),
  DateTime64: (type) => dateTime64Check(formatColumnType(type), numberArgument(type, 0, 3)),
  Enum8: enumCheck,
  Enum16: enumCheck,
  Enum: enumCheck,
  LowCardinality: (type) => inner(type, 0),
  Nullable: (type) => orNull(inner(type, 0)),
  SimpleAggregateFunction: (type) => inner(type, 1),
  Array: (type) => arrayCheck(formatColumnType(type), inner(type, 0)),
  Map: (type) => mapCheck(formatColumnType(type), keyCheck(type), inner(type, 1)),
  Tuple: tupleCheck,
  JSON: (type) => jsonCheck(type, checkOf),
  Integer: () => integerCheck('Integer', false, 32),
  Int: () => integerCheck('Int', false, 32),
};

function notIngestible(type: ColumnType): Check {
  const reason = `a column of type ${formatColumnType(type)} can not be filled by events`;
  return () => ({ kind: 'wrong', reason });
}

function inner(type: ColumnType, index: number): Check {
  const argument = type.args[index];
  return argument?.kind === 'type' ? checkOf(argument.type) : notIngestible(type);
}

function numberArgument(type: ColumnType, index: number, otherwise = 0): number {
  const argument = type.args[index];
  return argument?.kind === 'number' ? Number(argument.text) : otherwise;
}

function orNull(check: Check): Check {
  return (value) => (value === null ? FITS : check(value));
}

function integerCheck(name: string, unsigned: boolean, bits: number): Check {
  const min = unsigned ? 0n : -(2n ** BigInt(bits - 1));
  const max = unsigned ? 2n ** BigInt(bits) - 1n : 2n ** BigInt(bits - 1) - 1n;
  return (value) => {
    if (typeof value === 'boolean') return FITS;
    const whole = bits >= 64 && typeof value === 'string' ? wholeText(value) : wholeNumber(value);
    return whole !== null && whole >= min && whole <= max ? FITS : wrong(value, name);
  };
}

/** Clients whose own numbers are too small for 64 bits send larger ones as text. */
function wholeText(text: string): bigint | null {
  return /^(?:0|-?[1-9]\d{0,77})$/.test(text) ? BigInt(text) : null;
}

/** A number that is too large would become infinite. @param nearest the type's number for one of 64 bits */
function floatCheck(name: string, nearest: (value: number) => number): Check {
  return (value) => {
    const text = numberText(value);
    return text !== null && Number.isFinite(nearest(Number(text))) ? FITS : wrong(value, name);
  };
}

/** Powers of ten with which decimals are sent. */
const EXPONENT_MIN = -10_000;
const EXPONENT_MAX = 100;

/**
 * Digits after the point that the type has no room for are cut off by the engine (DT-14); digits before it must fit. A number can
 * have an exponent, as JavaScript writes very small ones; text can not.
 */
function decimalCheck(name: string, precision: number, scale: number): Check {
  return (value) => {
    const text = typeof value === 'string' ? value : numberText(value);
    const match = /^-?0*(\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text ?? '');
    if (text === null || match === null || !/^-?\d/.test(text)) return wrong(value, name);
    const [, whole = '', fraction = '', exponent = '0'] = match;
    const power = Number(exponent);
    if (power < EXPONENT_MIN || power > EXPONENT_MAX || (typeof value === 'string' && /e/i.test(text)))
      return wrong(value, name);
    const zeros = whole === '' ? (/^0*/.exec(fraction)?.[0].length ?? 0) : 0;
    const isZero = whole === '' && zeros === fraction.length;
    return isZero || whole.length - zeros + power <= precision - scale ? FITS : wrong(value, name);
  };
}

const boolCheck: Check = (value) =>
  typeof value === 'boolean' || value === 0 || value === 1 ? FITS : wrong(value, 'Bool');

function textCheck(name: string, test: (text: string) => boolean): Check {
  return (value) => (typeof value === 'string' && test(value) ? FITS : wrong(value, name));
}

function fixedStringCheck(name: string, bytes: number): Check {
  return textCheck(name, (text) => Buffer.byteLength(text) <= bytes);
}

function enumCheck(type: ColumnType): Check {
  const names = new Set(type.args.map((argument) => (argument.kind === 'enumValue' ? argument.name : null)));
  return textCheck(formatColumnType(type), (text) => names.has(text));
}

function arrayCheck(name: string, element: Check): Check {
  return (value) =>
    Array.isArray(value) ? all(value.map((part) => partVerdict(element, part, name))) : wrong(value, name);
}

function mapCheck(name: string, key: (key: string) => Verdict, field: Check): Check {
  return (value) => {
    if (!isObject(value)) return wrong(value, name);
    const fields = Object.entries(value);
    return all(fields.flatMap(([text, part]) => [key(text), partVerdict(field, part, name)]));
  };
}

/** Keys of a map are text in JSON, also where the type has numbers. */
function keyCheck(type: ColumnType): (key: string) => Verdict {
  const check = inner(type, 0);
  const [argument] = type.args;
  const isInteger = argument?.kind === 'type' && /^U?Int/.test(unwrap(argument.type).name);
  if (!isInteger) return check;
  return (key) =>
    /^(?:0|-?[1-9]\d*)$/.test(key) ? check(new LosslessNumber(key)) : wrong(key, formatColumnType(type));
}

/** A tuple with names is an object in JSON, one without is an array; that is how the engine reads them. */
function tupleCheck(type: ColumnType): Check {
  const name = formatColumnType(type);
  const fields = type.args.map((argument) => ({ name: fieldName(argument), check: fieldCheck(argument) }));
  const named = fields.every((field) => field.name !== null);
  return (value) => {
    if (named && isObject(value)) {
      return all(fields.map((field) => partVerdict(field.check, value[field.name ?? ''], name)));
    }
    if (named || !Array.isArray(value) || value.length !== fields.length) return wrong(value, name);
    return all(fields.map((field, i) => partVerdict(field.check, value[i], name)));
  };
}

function fieldName(argument: TypeArgument): string | null {
  return argument.kind === 'field' ? argument.path.join('.') : null;
}

function fieldCheck(argument: TypeArgument): Check {
  if (argument.kind === 'field' || argument.kind === 'type') return checkOf(argument.type);
  return (value) => wrong(value, 'field');
}

function partVerdict(check: Check, part: unknown, name: string): Verdict {
  const verdict = check(part ?? null);
  return verdict.kind === 'wrong' ? { kind: 'wrong', reason: `${verdict.reason} (in ${name})` } : verdict;
}
