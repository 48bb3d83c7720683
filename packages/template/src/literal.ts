import { quoteString } from '@goldcrest/sql';
import { valueFailure } from './errors.js';
import { floatText, isDict, SqlText, toJson, type Value } from './value.js';

/** Beyond these the engine reads an integer literal as a float and loses digits. */
const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MIN = -(2n ** 63n);
const INT128_MAX = 2n ** 127n - 1n;
const UINT128_MAX = 2n ** 128n - 1n;
const INT256_MAX = 2n ** 255n - 1n;
const UINT256_MAX = 2n ** 256n - 1n;

/**
 * The SQL of a value: the one way from a value into the SQL. (TPL-19, TPL-20, TPF-26, TPF-49)
 *
 * Texts are quoted, numbers bare (`20`, `20.0`), lists `[1,2]`, dicts their JSON as a text, None NULL.
 *
 * @throws TemplateFailure for a number that SQL has not
 */
export function literal(value: Value): string {
  if (typeof value === 'string') return quoteString(value);
  if (typeof value === 'bigint') return integerLiteral(value);
  if (typeof value === 'number') return floatText(value);
  if (value === null) return 'NULL';
  if (typeof value === 'boolean') return String(value);
  if (value instanceof SqlText) return value.sql;
  if (isDict(value)) return quoteString(toJson(value));
  return `[${value.map(literal).join(',')}]`;
}

/**
 * What stands for a value in the shape of a rendering: a literal of the same tokens, the same for all values of its kind. What can be
 * seen in a token's kind stays: NULL, the sign, whether a number is whole, how many elements a list has. Names stay as they are.
 */
export function shapeOf(value: Value): string {
  if (typeof value === 'string' || isDict(value)) return "''";
  if (typeof value === 'bigint')
    return value >= INT64_MIN && value <= UINT64_MAX ? zero(value < 0n) : `${wideCast(value)}('')`;
  if (typeof value === 'number') return `${zero(value < 0)}.0`;
  if (value === null || typeof value === 'boolean' || value instanceof SqlText) return literal(value);
  return `[${value.map(shapeOf).join(',')}]`;
}

function zero(negative: boolean): string {
  return negative ? '-0' : '0';
}

function integerLiteral(value: bigint): string {
  if (value >= INT64_MIN && value <= UINT64_MAX) return String(value);
  return `${wideCast(value)}('${value}')`;
}

function wideCast(value: bigint): string {
  if (value > UINT256_MAX || value < -INT256_MAX - 1n)
    throw valueFailure('The number has more than 256 bits.');
  if (value > INT256_MAX) return 'toUInt256';
  if (value > UINT128_MAX || value < -INT128_MAX - 1n) return 'toInt256';
  return value > INT128_MAX ? 'toUInt128' : 'toInt128';
}
