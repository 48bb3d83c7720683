import { limitFailure, valueFailure } from './errors.js';
import { INTEGER_BITS_MAX, TEXT_MAX } from './limits.js';
import type { ArithmeticOperator, ComparisonOperator } from './syntax.js';
import { checkList, checkText, isDict, isList, typeName, type Value } from './value.js';

const INTEGER_MAX = 2n ** BigInt(INTEGER_BITS_MAX);

/**
 * `left operator right` as in Python: integers stay exact, `/` gives a float, `//` and `%` round down. (TPL-17)
 *
 * @throws TemplateFailure for other types, division by zero and results that are too large
 */
export function calculate(operator: ArithmeticOperator, left: Value, right: Value): Value {
  const a = numberOf(left);
  const b = numberOf(right);
  if (a === undefined || b === undefined) return joinValues(operator, left, right);
  if ('/%'.includes(operator.charAt(0)) && Number(b) === 0) throw valueFailure('Division by zero.');
  if (typeof a === 'bigint' && typeof b === 'bigint' && operator !== '/')
    return calculateIntegers(operator, a, b);
  return checkFinite(calculateFloats(operator, Number(a), Number(b)));
}

/** `-value`. */
export function negate(value: Value): Value {
  const number = numberOf(value);
  if (number === undefined) throw valueFailure(`The minus sign needs a number, not ${typeName(value)}.`);
  return -number;
}

/** A boolean counts as 0 or 1. */
export function numberOf(value: Value): bigint | number | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return typeof value === 'bigint' || typeof value === 'number' ? value : undefined;
}

/** Texts and lists can be added; texts can be repeated. */
function joinValues(operator: ArithmeticOperator, left: Value, right: Value): Value {
  if (operator === '+' && typeof left === 'string' && typeof right === 'string')
    return checkText(left + right);
  if (operator === '+' && isList(left) && isList(right)) return checkList([...left, ...right]);
  if (operator === '*' && typeof left === 'string' && typeof right === 'bigint') return repeat(left, right);
  if (operator === '*' && typeof left === 'bigint' && typeof right === 'string') return repeat(right, left);
  throw valueFailure(
    `${operator} can not join ${typeName(left)} and ${typeName(right)}. Use a typed function such as Int32(…) on parameters.`,
  );
}

function repeat(text: string, times: bigint): string {
  if (times <= 0n) return '';
  if (times * BigInt(text.length) > BigInt(TEXT_MAX)) throw limitFailure('The repeated text is too long.');
  return text.repeat(Number(times));
}

function calculateIntegers(operator: ArithmeticOperator, a: bigint, b: bigint): Value {
  if (operator === '+') return checkInteger(a + b);
  if (operator === '-') return checkInteger(a - b);
  if (operator === '*') return checkInteger(a * b);
  if (operator === '**') return power(a, b);
  // The engine of JavaScript rounds to zero, Python down.
  const rest = ((a % b) + b) % b;
  return operator === '%' ? rest : (a - rest) / b;
}

function power(a: bigint, b: bigint): Value {
  if (b < 0n) return checkFinite(Number(a) ** Number(b));
  // These never grow, whatever the exponent is; anything else doubles at least each time.
  const small = a >= -1n && a <= 1n;
  if (b > BigInt(INTEGER_BITS_MAX) && !small) throw tooLarge();
  return checkInteger(a ** (small && b > 1n ? 2n - (b % 2n) : b));
}

function calculateFloats(operator: ArithmeticOperator, a: number, b: number): number {
  if (operator === '+') return a + b;
  if (operator === '-') return a - b;
  if (operator === '*') return a * b;
  if (operator === '/') return a / b;
  if (operator === '**') return a ** b;
  const whole = Math.floor(a / b);
  return operator === '//' ? whole : a - whole * b;
}

function checkInteger(value: bigint): bigint {
  if (value > INTEGER_MAX || value < -INTEGER_MAX) throw tooLarge();
  return value;
}

function checkFinite(value: number): number {
  if (!Number.isFinite(value)) throw tooLarge();
  return value;
}

function tooLarge(): Error {
  return limitFailure('The result of the calculation is too large.');
}

/**
 * `left operator right` as in Python. Values of different types are never equal, except numbers with each other; only numbers
 * with numbers, texts with texts and lists with lists have an order. (TPL-06)
 *
 * @throws TemplateFailure when there is no order or nothing to search in
 */
export function compare(operator: ComparisonOperator, left: Value, right: Value): boolean {
  if (operator === '==' || operator === 'is') return equal(left, right);
  if (operator === '!=' || operator === 'is not') return !equal(left, right);
  if (operator === 'in') return contains(right, left);
  if (operator === 'not in') return !contains(right, left);
  const order = orderOf(left, right);
  if (operator === '<') return order < 0;
  if (operator === '>') return order > 0;
  return operator === '<=' ? order <= 0 : order >= 0;
}

function equal(left: Value, right: Value): boolean {
  const a = numberOf(left);
  const b = numberOf(right);
  // Loose on purpose: 1n and 1.0 are equal, and both sides are numbers.
  // biome-ignore lint/suspicious/noDoubleEquals: see above
  if (a !== undefined && b !== undefined) return a == b;
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index] ?? null));
  }
  if (!isDict(left) || !isDict(right)) return left === right;
  return left.size === right.size && [...left].every(([key, item]) => equal(item, right.get(key) ?? null));
}

function contains(container: Value, item: Value): boolean {
  if (isList(container)) return container.some((element) => equal(element, item));
  if (isDict(container)) return typeof item === 'string' && container.has(item);
  if (typeof container === 'string') return typeof item === 'string' && container.includes(item);
  throw valueFailure(`in needs a list, a text or a dict on its right, not ${typeName(container)}.`);
}

/** Negative, zero or positive, like the difference. */
export function orderOf(left: Value, right: Value): number {
  const a = numberOf(left);
  const b = numberOf(right);
  if (a !== undefined && b !== undefined) return signOf(a, b);
  if (typeof left === 'string' && typeof right === 'string') return signOf(left, right);
  if (isList(left) && isList(right)) {
    for (const [index, item] of left.entries()) {
      const other = right[index];
      if (other === undefined) return 1;
      const order = orderOf(item, other);
      if (order !== 0) return order;
    }
    return left.length - right.length;
  }
  throw valueFailure(
    `${typeName(left)} and ${typeName(right)} have no order. Use a typed function such as Int32(…) on parameters.`,
  );
}

function signOf(left: bigint | number | string, right: bigint | number | string): number {
  if (left === right) return 0;
  return left < right ? -1 : left > right ? 1 : 0;
}
