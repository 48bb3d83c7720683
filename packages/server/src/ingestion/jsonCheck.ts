import { type ColumnType, formatColumnType } from '@goldcrest/sql';
import { all, type Check, FITS, isExactNumber, isObject, stringify, type Verdict, wrong } from './verdict.js';

/** Whole numbers that fit nowhere in a JSON column. */
const INTEGER_MIN = -(2n ** 63n);
const INTEGER_MAX = 2n ** 64n - 1n;

/** Digits of a whole number that is inside of these limits at the most. */
const INTEGER_DIGITS = 20;

interface TypedPath {
  keys: readonly string[];
  check: Check;
}

/**
 * The check of a JSON column (DT-15, DT-16): any object, of which paths that the type declares must fit their type. The engine
 * refuses numbers beyond 64 bits and two values of one path, e.g. `{"a":{"b":1},"a.b":2}`.
 * @param checkOf the check of a path's type
 */
export function jsonCheck(type: ColumnType, checkOf: (type: ColumnType) => Check): Check {
  const name = formatColumnType(type);
  const paths: TypedPath[] = type.args.flatMap((argument) => {
    return argument.kind === 'field' ? [{ keys: argument.path, check: checkOf(argument.type) }] : [];
  });
  return (value) => {
    if (!isObject(value)) return wrong(value, 'JSON object');
    const problem = problemOf(value);
    if (problem !== null) return { kind: 'wrong', reason: `${problem} in a column of type ${name}` };
    const verdict = all(paths.map(({ keys, check }) => presentVerdict(check, keys.reduce(fieldOf, value))));
    if (verdict.kind === 'wrong' || paths.length === 0 || !hasDots(value)) return verdict;
    // A key with a dot can be where a declared path is; such an object is for the engine to read.
    return all([
      verdict,
      { kind: 'ask', questions: [{ kind: 'value', text: stringify(value), type: name }] },
    ]);
  };
}

function presentVerdict(check: Check, value: unknown): Verdict {
  return value === undefined || value === null ? FITS : check(value);
}

function fieldOf(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** What the engine would not take of a value, or null. */
function problemOf(value: unknown): string | null {
  if (isExactNumber(value)) return numberProblem(value.value);
  if (Array.isArray(value)) return firstProblem(value);
  if (!isObject(value)) return null;
  return firstProblem(Object.values(value)) ?? (hasDots(value) ? doubledPath(value) : null);
}

function firstProblem(values: readonly unknown[]): string | null {
  for (const value of values) {
    const problem = problemOf(value);
    if (problem !== null) return problem;
  }
  return null;
}

function numberProblem(text: string): string | null {
  if (!/^-?\d+$/.test(text)) return Number.isFinite(Number(text)) ? null : tooLarge(text);
  if (text.length > INTEGER_DIGITS) return tooLarge(text);
  const value = BigInt(text);
  return value >= INTEGER_MIN && value <= INTEGER_MAX ? null : tooLarge(text);
}

function tooLarge(text: string): string {
  return `the number ${text.length > 100 ? `${text.slice(0, 100)}…` : text} is too large`;
}

/** Whether a key of the object, or of one inside it, has a dot. Objects in arrays have paths of their own. */
function hasDots(value: Record<string, unknown>): boolean {
  return Object.entries(value).some(
    ([key, field]) => key.includes('.') || (isObject(field) && hasDots(field)),
  );
}

function doubledPath(value: Record<string, unknown>): string | null {
  const seen = new Set<string>();
  const doubled = (object: Record<string, unknown>, prefix: string): string | null => {
    for (const [key, field] of Object.entries(object)) {
      const path = prefix + key;
      const inside = isObject(field) ? doubled(field, `${path}.`) : seen.has(path) ? path : null;
      if (inside !== null) return inside;
      if (!isObject(field)) seen.add(path);
    }
    return null;
  };
  const path = doubled(value, '');
  return path === null ? null : `there are two values of the path ${path}`;
}
