import { ColumnTypeError } from './errors.js';
import { quoteIdentifier, quoteString } from './quote.js';
import { readColumnType } from './readColumnType.js';
import { TokenCursor } from './tokenCursor.js';

/** A column's type: `String`, `Array(Nullable(Int32))`, `DateTime64(3, 'UTC')`. (DT-01…DT-16) */
export interface ColumnType {
  name: string;
  args: TypeArgument[];
}

/** What can stand in a type's brackets. */
export type TypeArgument =
  | { kind: 'type'; type: ColumnType }
  /** A field of Tuple or Nested, or a typed path of JSON; a path has one part for each key. */
  | { kind: 'field'; path: string[]; type: ColumnType }
  /** As written, with its sign. */
  | { kind: 'number'; text: string }
  | { kind: 'string'; value: string }
  /** `'a' = 1` of an Enum. */
  | { kind: 'enumValue'; name: string; value: string }
  /** `max_dynamic_paths = 16`. */
  | { kind: 'setting'; name: string; value: string }
  /** The function of an AggregateFunction: `quantile(0.9)`. */
  | { kind: 'function'; name: string; args: TypeArgument[] }
  /** `SKIP a.b` of JSON. */
  | { kind: 'skip'; path: string[] }
  /** `SKIP REGEXP 'a.*'` of JSON. */
  | { kind: 'skipRegexp'; pattern: string };

const BARE_NAME = /^[A-Za-z_]\w*$/;

/**
 * Reads a column type. Only its shape is checked; whether such a type exists is the engine's to say. The result of
 * `formatColumnType` holds no comment, semicolon or stray token and can be put in a table definition.
 *
 * @throws ColumnTypeError for anything that is not exactly one well-formed type
 */
export function parseColumnType(text: string): ColumnType {
  const cursor = new TokenCursor(text);
  const type = readColumnType(cursor);
  if (cursor.peek() !== undefined) {
    throw new ColumnTypeError(
      `Unexpected ${cursor.describe()} after the type ${type.name}.`,
      cursor.position,
    );
  }
  return type;
}

/** The text of a type, in the engine's own spelling of spaces and quotes. */
export function formatColumnType(type: ColumnType): string {
  return type.name + formatArguments(type.args);
}

/** True when values may be NULL: `Nullable(T)` or `LowCardinality(Nullable(T))`. (DT-09) */
export function isNullable(type: ColumnType): boolean {
  if (type.name === 'Nullable') return true;
  const inner = type.name === 'LowCardinality' ? innerType(type) : undefined;
  return inner !== undefined && isNullable(inner);
}

/** The type inside `Nullable` and `LowCardinality`, however they are nested. (DT-09) */
export function unwrap(type: ColumnType): ColumnType {
  const inner = type.name === 'Nullable' || type.name === 'LowCardinality' ? innerType(type) : undefined;
  return inner === undefined ? type : unwrap(inner);
}

function innerType(type: ColumnType): ColumnType | undefined {
  const [argument] = type.args;
  return argument?.kind === 'type' ? argument.type : undefined;
}

function formatArguments(args: readonly TypeArgument[]): string {
  return args.length === 0 ? '' : `(${args.map(formatArgument).join(', ')})`;
}

function formatArgument(argument: TypeArgument): string {
  switch (argument.kind) {
    case 'type':
      return formatColumnType(argument.type);
    case 'field':
      return `${formatPath(argument.path)} ${formatColumnType(argument.type)}`;
    case 'number':
      return argument.text;
    case 'string':
      return quoteString(argument.value);
    case 'enumValue':
      return `${quoteString(argument.name)} = ${argument.value}`;
    case 'setting':
      return `${argument.name}=${argument.value}`;
    case 'function':
      return argument.name + formatArguments(argument.args);
    case 'skip':
      return `SKIP ${formatPath(argument.path)}`;
    case 'skipRegexp':
      return `SKIP REGEXP ${quoteString(argument.pattern)}`;
  }
}

function formatPath(path: readonly string[]): string {
  return path.map((part) => (BARE_NAME.test(part) ? part : quoteIdentifier(part))).join('.');
}
