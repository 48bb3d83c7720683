import { type ColumnType, unwrap } from '@goldcrest/sql';
import { isExactNumber, isObject, numberText, stringify, wholeNumber } from '../verdict.js';

/**
 * Whether what the engine gives back is what was sent: numbers of the same amount, the same text, the same instant. It is written for
 * the tests, apart from the checks, so that one can't repeat the other's mistake.
 * @param sent the value as read from the event
 * @param stored the value as read from the engine's JSON
 */
export function isSame(type: ColumnType, sent: unknown, stored: unknown): boolean {
  const inner = type.name === 'SimpleAggregateFunction' ? argument(type, 1) : unwrap(type);
  if (inner !== type) return sent === null ? stored === null : isSame(inner, sent, stored);
  if (/^U?Int/.test(type.name)) return isSameInteger(sent, stored);
  switch (type.name) {
    case 'Float32':
      return (
        isNumber(sent) && Math.fround(Number(numberText(sent))) === Math.fround(Number(numberText(stored)))
      );
    case 'Float64':
      return isNumber(sent) && Number(numberText(sent)) === Number(numberText(stored));
    case 'Decimal':
      return isSameDecimal(sent, stored, Number(type.args[1]?.kind === 'number' ? type.args[1].text : 0));
    case 'Bool':
      return (
        (sent === true || sent === 1) === stored && (typeof sent === 'boolean' || sent === 0 || sent === 1)
      );
    case 'String':
      return isSameText(sent, stored);
    case 'FixedString':
      return typeof sent === 'string' && sent.replace(/\0+$/, '') === String(stored).replace(/\0+$/, '');
    case 'UUID':
      return typeof sent === 'string' && sent.toLowerCase() === stored;
    case 'IPv6':
      return typeof sent === 'string' && canonical(sent) === canonical(String(stored));
    case 'DateTime':
    case 'DateTime64':
      return isSameTime(type, sent, stored);
    case 'Array':
      return (
        Array.isArray(sent) &&
        isSameList(
          sent.map(() => argument(type, 0)),
          sent,
          stored,
        )
      );
    case 'Map':
      return isSameMap(type, sent, stored);
    case 'Tuple':
      return isSameTuple(type, sent, stored);
    case 'JSON':
      return isSameDocument(type, sent, stored);
    default:
      return sent === stored;
  }
}

function argument(type: ColumnType, index: number): ColumnType {
  const found = type.args[index];
  if (found?.kind === 'type' || found?.kind === 'field') return found.type;
  throw new Error(`${type.name} has no type as argument ${index}`);
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || isExactNumber(value);
}

function isSameInteger(sent: unknown, stored: unknown): boolean {
  if (typeof sent === 'boolean') return wholeNumber(stored) === (sent ? 1n : 0n);
  return isNumber(sent) && wholeNumber(sent) !== null && wholeNumber(sent) === wholeNumber(stored);
}

/** The digits that the type has room for. Others are cut off (DT-14). */
function isSameDecimal(sent: unknown, stored: unknown, scale: number): boolean {
  const text = typeof sent === 'string' ? sent : numberText(sent);
  if (text === null || !/^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text)) return false;
  if (typeof sent === 'string' && /e/i.test(sent)) return false;
  return scaled(text, scale) === scaled(numberText(stored) ?? String(stored), scale);
}

/** The number times ten to the power of the scale, without what is left behind the point. */
function scaled(text: string, scale: number): bigint {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const shift = Number(exponent) + scale;
  const digits = whole + fraction;
  const end = whole.length + shift;
  const kept = end <= 0 ? '0' : digits.slice(0, end).padEnd(end, '0');
  return BigInt(kept) * (text.startsWith('-') ? -1n : 1n);
}

function isSameText(sent: unknown, stored: unknown): boolean {
  if (typeof stored !== 'string') return false;
  if (typeof sent === 'string') return sent === stored;
  return sent !== null && stringify(sent) === stored;
}

/** All groups of an IPv6 address in full. */
function canonical(address: string): string {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const pair = (high = '0', low = '0'): string => (Number(high) * 256 + Number(low)).toString(16);
  const text =
    dotted === null
      ? address
      : `${address.slice(0, dotted.index)}${pair(dotted[1], dotted[2])}:${pair(dotted[3], dotted[4])}`;
  const [head = '', tail] = text.toLowerCase().split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const first = groups(head);
  const last = groups(tail ?? '');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last].map((group) => group.replace(/^0+(?=.)/, '')).join(':');
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d+))?\s?(Z|UTC|[+-]\d\d:?\d\d)?)?$/;

/** The instant, cut to the digits that the type has. Times in forms other than the common ones are not compared. */
function isSameTime(type: ColumnType, sent: unknown, stored: unknown): boolean {
  const precision =
    type.name === 'DateTime64' ? Number(type.args[0]?.kind === 'number' ? type.args[0].text : 3) : 0;
  const units = unitsOf(String(stored), precision);
  // Nanoseconds end on this day, which is not whole and so not part of the range.
  if (precision === 9 && String(stored) >= '2262-04-11') return false;
  if (isNumber(sent)) return units !== null && units === wholeNumber(sent);
  if (typeof sent !== 'string') return false;
  return TIME.test(sent)
    ? units !== null && unitsOf(sent, precision) === units
    : isUnusualTime(sent, String(stored));
}

/** Forms of times that only the engine reads: whether they have a day, and a year that it has not made up and the type's range has. */
function isUnusualTime(sent: string, stored: string): boolean {
  const year = stored.slice(0, 4);
  const hasDay = /\d[-/. ]\d{1,2}[-/. ]\d|[a-z]{3}/i.test(sent);
  return hasDay && year >= '1900' && year <= '2299' && sent.includes(year);
}

/** Units since 1970 of a time in one of the common forms; null of any other. */
function unitsOf(text: string, precision: number): bigint | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  if (match[0].length > 10 && ((hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) > 59)) return null;
  const at = new Date(0);
  at.setUTCFullYear(year ?? 0, (month ?? 1) - 1, day);
  if (at.getUTCDate() !== day) return null;
  at.setUTCHours(hour ?? 0, minute, second);
  const [, sign = '', zoneHour = '0', zoneMinute = '0'] = /^([+-])(\d\d):?(\d\d)$/.exec(match[8] ?? '') ?? [];
  if (Number(zoneHour) > 14 || (year ?? 0) < 1900 || (year ?? 0) > 2299) return null;
  const zone = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60 * (sign === '-' ? -1 : 1);
  const seconds = BigInt(at.getTime() / 1000 - zone);
  return (
    seconds * 10n ** BigInt(precision) +
    BigInt((match[7] ?? '').slice(0, precision).padEnd(precision, '0') || '0')
  );
}

function isSameList(types: readonly ColumnType[], sent: readonly unknown[], stored: unknown): boolean {
  return (
    Array.isArray(stored) &&
    stored.length === sent.length &&
    types.length === sent.length &&
    types.every((type, i) => isSame(type, sent[i], stored[i]))
  );
}

function isSameMap(type: ColumnType, sent: unknown, stored: unknown): boolean {
  if (!isObject(sent) || !isObject(stored)) return false;
  const names = Object.keys(sent);
  return (
    names.length === Object.keys(stored).length &&
    names.every((name) => Object.hasOwn(stored, name) && isSame(argument(type, 1), sent[name], stored[name]))
  );
}

function isSameTuple(type: ColumnType, sent: unknown, stored: unknown): boolean {
  const types = type.args.map((_, i) => argument(type, i));
  if (Array.isArray(sent)) return isSameList(types, sent, stored);
  if (!isObject(sent) || !isObject(stored)) return false;
  const names = type.args.map((field) => (field.kind === 'field' ? field.path.join('.') : ''));
  return names.every((name, i) => isSame(argument(type, i), sent[name] ?? null, stored[name]));
}

/** A document without the paths that the type skips. Those that it declares are compared by their type; all are of one key. */
function isSameDocument(type: ColumnType, sent: unknown, stored: unknown): boolean {
  if (!isObject(sent) || !isObject(stored)) return false;
  const own: string[] = [];
  for (const argument of type.args) {
    if (argument.kind !== 'skip' && argument.kind !== 'field') continue;
    const [key = ''] = argument.path;
    own.push(key);
    const value = Object.hasOwn(sent, key) ? (sent[key] ?? null) : null;
    if (argument.kind === 'field' && value !== null && !isSame(argument.type, value, stored[key]))
      return false;
  }
  const isOwn = ([path]: [string, unknown]): boolean => own.includes(path.split('.')[0] ?? '');
  const rest = (value: unknown): unknown => leavesOf(value).filter((leaf) => !isOwn(leaf));
  return isSameTree(rest(sent), rest(stored));
}

/** Values by their whole path, without nulls and empty objects. */
function leavesOf(value: unknown): [string, unknown][] {
  const leaves = new Map<string, unknown>();
  const collect = (field: unknown, path: string): void => {
    if (!isObject(field)) {
      if (field !== null) leaves.set(path, storable(field));
      return;
    }
    for (const [key, inner] of Object.entries(field))
      collect(inner, path === '' && field === value ? key : `${path}.${key}`);
  };
  collect(value, '');
  // The engine writes a value and what is inside of its path as two fields of one name, of which a reader sees the last.
  const isHidden = (path: string): boolean =>
    [...leaves.keys()].some((other) => other.startsWith(`${path}.`));
  return [...leaves].filter(([path]) => !isHidden(path)).sort(([a], [b]) => (a < b ? -1 : 1));
}

function storable(value: unknown): unknown {
  if (!Array.isArray(value)) return isObject(value) ? leavesOf(value) : value;
  // A list has one type in the engine: beside a float every number is one, and beside an object null is an empty one.
  const hasFloat = value.some((part) => isNumber(part) && !/^-?\d+$/.test(numberText(part) ?? ''));
  const hasObject = value.some(isObject);
  return value.map((part) => {
    if (hasFloat && isNumber(part)) return Number(numberText(part));
    return hasObject && part === null ? [] : storable(part);
  });
}

/** Whole numbers keep every digit, others are floats. */
function isSameTree(sent: unknown, stored: unknown): boolean {
  if (Array.isArray(sent)) {
    return (
      Array.isArray(stored) &&
      sent.length === stored.length &&
      sent.every((part, i) => isSameTree(part, stored[i]))
    );
  }
  // In a list with texts or numbers the engine makes those of true and false: columns of text and of numbers take them, too.
  if (typeof sent === 'boolean') return [sent, String(sent), Number(sent)].some((form) => form === stored);
  const [text, other] = [numberText(sent), numberText(stored)];
  if (text === null || other === null) return sent === stored;
  return /^-?\d+$/.test(text) ? wholeNumber(sent) === wholeNumber(stored) : Number(text) === Number(other);
}
