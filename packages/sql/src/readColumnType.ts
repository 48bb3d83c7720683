import type { ColumnType, TypeArgument } from './columnType.js';
import { hasControlCharacter } from './controls.js';
import { ColumnTypeError } from './errors.js';
import type { Token } from './lexer.js';
import { isPunctuation, isWord } from './operands.js';
import type { TokenCursor } from './tokenCursor.js';

/** Deepest nesting of types. Real schemas stay below 8; the bound keeps the recursion off the stack's end. */
const TYPE_DEPTH_MAX = 32;

const NAME = /^[A-Za-z_]\w*$/;
const AGGREGATES: ReadonlySet<string> = new Set(['AggregateFunction', 'SimpleAggregateFunction']);

/**
 * Reads one type from the cursor and leaves the cursor after it.
 *
 * @throws ColumnTypeError when what comes next is no well-formed type
 */
export function readColumnType(cursor: TokenCursor, depth = 0): ColumnType {
  const position = cursor.position;
  if (depth >= TYPE_DEPTH_MAX) {
    throw new ColumnTypeError(`A type may be nested ${TYPE_DEPTH_MAX} deep at most.`, position);
  }
  const name = readName(cursor, 'a type');
  return { name, args: readArguments(cursor, (args) => readArgument(cursor, name, args, depth + 1)) };
}

function readName(cursor: TokenCursor, what: string): string {
  const token = cursor.peek();
  if (token?.kind !== 'word' || !NAME.test(token.text)) throw unexpected(cursor, what);
  cursor.next();
  return token.text;
}

/** Reads `(a, b)` if a bracket comes next. Empty brackets and a comma before the closing one are fine. */
function readArguments(cursor: TokenCursor, read: (before: TypeArgument[]) => TypeArgument): TypeArgument[] {
  const args: TypeArgument[] = [];
  if (!cursor.takePunctuation('(')) return args;
  while (!cursor.takePunctuation(')')) {
    args.push(read(args));
    if (!cursor.takePunctuation(',') && !isPunctuation(cursor.peek(), ')'))
      throw unexpected(cursor, "',' or ')'");
  }
  return args;
}

function readArgument(
  cursor: TokenCursor,
  owner: string,
  before: TypeArgument[],
  depth: number,
): TypeArgument {
  const literal = readLiteral(cursor);
  if (literal !== undefined) return literal;
  if (AGGREGATES.has(owner) && before.every((argument) => argument.kind === 'number'))
    return readFunction(cursor);
  if (owner.toUpperCase() === 'JSON' && cursor.takeWord('skip')) return readSkip(cursor);
  if (isPunctuation(cursor.peek(1), '=')) return readSetting(cursor);
  if (isFieldAhead(cursor))
    return { kind: 'field', path: readPath(cursor), type: readColumnType(cursor, depth) };
  return { kind: 'type', type: readColumnType(cursor, depth) };
}

/** A number, a string, or an Enum's `'name' = 1`. */
function readLiteral(cursor: TokenCursor): TypeArgument | undefined {
  const token = cursor.peek();
  if (token?.kind === 'number' || isPunctuation(token, '-'))
    return { kind: 'number', text: readNumber(cursor) };
  if (token?.kind !== 'string') return undefined;
  const value = readString(cursor);
  if (!cursor.takePunctuation('=')) return { kind: 'string', value };
  return { kind: 'enumValue', name: value, value: readNumber(cursor) };
}

function readNumber(cursor: TokenCursor): string {
  const sign = cursor.takePunctuation('-') ? '-' : '';
  if (cursor.peek()?.kind !== 'number') throw unexpected(cursor, 'a number');
  return `${sign}${cursor.next()?.text}`;
}

function readString(cursor: TokenCursor): string {
  const token = cursor.peek();
  if (token?.kind !== 'string') throw unexpected(cursor, 'a string');
  cursor.next();
  return token.value ?? '';
}

/** A function with literal parameters only: `quantiles(0.5, 0.9)`. */
function readFunction(cursor: TokenCursor): TypeArgument {
  const name = readName(cursor, 'an aggregate function');
  const args = readArguments(cursor, () => {
    const literal = readLiteral(cursor);
    if (literal === undefined || literal.kind === 'enumValue')
      throw unexpected(cursor, 'a number or a string');
    return literal;
  });
  return { kind: 'function', name, args };
}

function readSkip(cursor: TokenCursor): TypeArgument {
  if (cursor.takeWord('regexp')) return { kind: 'skipRegexp', pattern: readString(cursor) };
  return { kind: 'skip', path: readPath(cursor) };
}

function readSetting(cursor: TokenCursor): TypeArgument {
  const name = readName(cursor, 'a setting');
  cursor.next();
  return { kind: 'setting', name, value: readNumber(cursor) };
}

/** A field is a name before a type: another word follows it, or a dot of a path. */
function isFieldAhead(cursor: TokenCursor): boolean {
  const next = cursor.peek(1);
  const kind = cursor.peek()?.kind;
  if (kind === 'quotedIdentifier') return true;
  return kind === 'word' && (next?.kind === 'word' || isPunctuation(next, '.'));
}

function readPath(cursor: TokenCursor): string[] {
  const path = [readPart(cursor)];
  while (cursor.takePunctuation('.')) path.push(readPart(cursor));
  return path;
}

function readPart(cursor: TokenCursor): string {
  const token = cursor.peek();
  const part = token === undefined ? '' : partOf(token);
  if (part === '' || hasControlCharacter(part)) throw unexpected(cursor, 'a field name');
  cursor.next();
  return part;
}

function partOf(token: Token): string {
  if (token.kind === 'quotedIdentifier') return token.value ?? '';
  return token.kind === 'word' && NAME.test(token.text) && !isWord(token, 'skip') ? token.text : '';
}

function unexpected(cursor: TokenCursor, wanted: string): ColumnTypeError {
  return new ColumnTypeError(`Expected ${wanted}, found ${cursor.describe()}.`, cursor.position);
}
