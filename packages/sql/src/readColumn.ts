import { type ColumnType, formatColumnType, isNullable } from './columnType.js';
import { hasControlCharacter } from './controls.js';
import { SchemaError, SqlTextError } from './errors.js';
import { checkExpression } from './expression.js';
import { formatJsonPath, parseJsonPath } from './jsonPath.js';
import type { Token } from './lexer.js';
import { expectsOperand, isPunctuation, isWord } from './operands.js';
import { readColumnType } from './readColumnType.js';
import type { ColumnDefinition } from './schema.js';
import type { TokenCursor } from './tokenCursor.js';

const JSON_PREFIX = 'json:';
const REFUSED_CLAUSES: ReadonlySet<string> = new Set(['materialized', 'alias', 'ephemeral']);
/** Words that go on with an expression; any other word after a complete value begins what comes after it. */
const EXPRESSION_WORDS: ReadonlySet<string> = new Set(
  `and or not in like ilike regexp between is case when then else end div mod global as over
   nanosecond microsecond millisecond second minute hour day week month quarter year`.split(/\s+/),
);

/** A column as far as it is read. */
interface Draft {
  name: string;
  type: ColumnType | undefined;
  jsonPath: string | null;
  defaultExpression: string | null;
  codec: string | null;
}

/**
 * Reads one column from the cursor, up to the comma after it or the end.
 *
 * @throws SchemaError when it is no column
 */
export function readColumn(cursor: TokenCursor): ColumnDefinition {
  const draft: Draft = {
    name: readName(cursor),
    type: undefined,
    jsonPath: null,
    defaultExpression: null,
    codec: null,
  };
  while (cursor.peek() !== undefined && !isPunctuation(cursor.peek(), ',')) {
    inColumn(draft.name, () => readClause(cursor, draft));
  }
  const { type, ...column } = draft;
  if (type === undefined) throw new SchemaError('The type is missing.', cursor.position, draft.name);
  return { ...column, type: formatColumnType(type), nullable: isNullable(type) };
}

function readName(cursor: TokenCursor): string {
  const token = cursor.peek();
  const name = token === undefined ? undefined : nameOf(token);
  if (name === undefined || name === '' || hasControlCharacter(name)) {
    throw new SchemaError(`Expected a column's name, found ${cursor.describe()}.`, cursor.position, null);
  }
  cursor.next();
  return name;
}

function nameOf(token: Token): string | undefined {
  if (token.kind === 'word') return token.text;
  return token.kind === 'quotedIdentifier' ? token.value : undefined;
}

function readClause(cursor: TokenCursor, draft: Draft): void {
  const token = cursor.peek();
  if (token?.kind === 'quotedIdentifier') {
    refuseTwice(cursor, 'JSONPath', draft.jsonPath);
    draft.jsonPath = readJsonPath(cursor, token);
  } else if (isWord(token, 'default')) {
    refuseTwice(cursor, 'DEFAULT', draft.defaultExpression);
    draft.defaultExpression = readDefault(cursor);
  } else if (isWord(token, 'codec')) {
    refuseTwice(cursor, 'CODEC', draft.codec);
    draft.codec = readCodec(cursor);
  } else {
    refuseClause(cursor, draft);
    draft.type = readColumnType(cursor);
  }
}

function refuseTwice(cursor: TokenCursor, what: string, value: string | null): void {
  if (value !== null)
    throw new SqlTextError(`There are two of ${what}; is a comma missing?`, cursor.position);
}

/** Refuses what can't be a type because it is a known clause or the type is there already. */
function refuseClause(cursor: TokenCursor, draft: Draft): void {
  const word = cursor.peek()?.text ?? '';
  if (REFUSED_CLAUSES.has(word.toLowerCase())) {
    throw new SqlTextError(
      `${word.toUpperCase()} columns are not supported. Use DEFAULT, or compute the value in a Materialized View.`,
      cursor.position,
    );
  }
  if (draft.type === undefined) return;
  throw new SqlTextError(`Unexpected ${cursor.describe()} after the type. ${hintFor(word)}`, cursor.position);
}

function hintFor(word: string): string {
  if (/^de[fualt]{3,6}$/i.test(word)) return 'Did you mean DEFAULT?';
  if (/^(?:not|null)$/i.test(word)) return 'Columns are NOT NULL; use the type Nullable(…) for others.';
  if (word.startsWith("'json:")) return 'A JSONPath is written in backticks.';
  return 'A type may be followed by a JSONPath in backticks, DEFAULT and CODEC; is a comma missing?';
}

function readJsonPath(cursor: TokenCursor, token: Token): string {
  const value = token.value ?? '';
  if (!value.startsWith(JSON_PREFIX)) {
    throw new SqlTextError(
      `Expected a JSONPath such as \`${JSON_PREFIX}$.key\`, found ${cursor.describe()}.`,
      token.start,
    );
  }
  cursor.next();
  const offset = token.start + 1 + JSON_PREFIX.length;
  return rebase(offset, () => formatJsonPath(parseJsonPath(value.slice(JSON_PREFIX.length))));
}

/** A codec list has the shape of a type: `CODEC(Delta(8), ZSTD(1))`. */
function readCodec(cursor: TokenCursor): string {
  const codec = readColumnType(cursor);
  if (codec.args.length > 0) return formatColumnType({ ...codec, name: 'CODEC' });
  throw new SqlTextError('CODEC needs codecs in brackets, as in CODEC(ZSTD(1)).', cursor.position);
}

function readDefault(cursor: TokenCursor): string {
  cursor.next();
  const start = cursor.position;
  let [end, depth] = [start, 0];
  for (let token = cursor.peek(); token !== undefined; token = cursor.peek()) {
    if (depth === 0 && endsDefault(cursor, token)) break;
    if (token.kind === 'punctuation') depth += depthChange(token.text);
    end = token.end;
    cursor.next();
  }
  return rebase(start, () => checkExpression(cursor.text.slice(start, end)));
}

function endsDefault(cursor: TokenCursor, token: Token): boolean {
  if (isPunctuation(token, ',') || isJsonPath(token)) return true;
  if (expectsOperand(cursor.tokens, cursor.index)) return false;
  return (
    token.kind === 'quotedIdentifier' ||
    (token.kind === 'word' && !EXPRESSION_WORDS.has(token.text.toLowerCase()))
  );
}

function isJsonPath(token: Token): boolean {
  return token.kind === 'quotedIdentifier' && token.value?.startsWith(JSON_PREFIX) === true;
}

function depthChange(bracket: string): number {
  if ('([{'.includes(bracket)) return 1;
  return ')]}'.includes(bracket) ? -1 : 0;
}

/** Runs a reader of a part of the text that begins at `offset`, and corrects the position of its error. */
function rebase<T>(offset: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SqlTextError)) throw error;
    throw new SqlTextError(error.reason, error.position + offset);
  }
}

/** Runs a reader and names the column in its error. */
function inColumn(column: string, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof SqlTextError)) throw error;
    throw new SchemaError(error.reason, error.position, column);
  }
}
