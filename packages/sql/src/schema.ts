import { SchemaError } from './errors.js';
import type { Token } from './lexer.js';
import { quoteIdentifier } from './quote.js';
import { readColumn } from './readColumn.js';
import { TokenCursor } from './tokenCursor.js';

/** Most columns of one Data Source. (LMT-08) */
export const SCHEMA_COLUMNS_MAX = 500;

/** One column of a Data Source. */
export interface ColumnDefinition {
  name: string;
  /** As `formatColumnType` writes it. */
  type: string;
  /** Where the value stands in a row, `$.a`; null for formats with columns of their own. */
  jsonPath: string | null;
  /** SQL expression, checked, without the word DEFAULT. */
  defaultExpression: string | null;
  /** `CODEC(ZSTD(1))`. */
  codec: string | null;
  /** Whether the type lets NULL in. */
  nullable: boolean;
}

const BARE_NAME = /^[A-Za-z_]\w*$/;

/**
 * Reads a schema, the `schema` parameter of the API or a datafile's SCHEMA: columns with commas between, each a name
 * and then, in any order, a type, a JSONPath, DEFAULT and CODEC. (DS-N2, JP-01…JP-06)
 *
 * @throws SchemaError when anything is missing, unknown, doubled or refused; it says which column and where
 */
export function parseSchema(text: string): ColumnDefinition[] {
  const cursor = new TokenCursor(text);
  for (const token of cursor.tokens) refuseToken(token);
  const columns: ColumnDefinition[] = [];
  const names = new Set<string>();
  while (cursor.peek() !== undefined) {
    const position = cursor.position;
    const column = readColumn(cursor);
    if (names.has(column.name)) throw new SchemaError('This name is there twice.', position, column.name);
    if (columns.length === SCHEMA_COLUMNS_MAX) {
      throw new SchemaError(`A schema may have ${SCHEMA_COLUMNS_MAX} columns at most.`, position, null);
    }
    names.add(column.name);
    columns.push(column);
    cursor.takePunctuation(',');
  }
  if (columns.length === 0) throw new SchemaError('The schema is empty. Write at least one column.', 0, null);
  return columns;
}

/** The text of a schema on one line; `parseSchema` reads the same columns back. */
export function formatSchema(columns: readonly ColumnDefinition[]): string {
  return columns.map(formatColumn).join(', ');
}

function formatColumn(column: ColumnDefinition): string {
  const parts = [BARE_NAME.test(column.name) ? column.name : quoteIdentifier(column.name), column.type];
  if (column.jsonPath !== null) parts.push(quoteIdentifier(`json:${column.jsonPath}`));
  if (column.defaultExpression !== null) parts.push(`DEFAULT ${column.defaultExpression}`);
  if (column.codec !== null) parts.push(column.codec);
  return parts.join(' ');
}

function refuseToken(token: Token): void {
  if (token.kind === 'comment') throw new SchemaError('A schema may not hold comments.', token.start, null);
  if (token.kind !== 'error') return;
  const text = JSON.stringify(token.text.slice(0, 20));
  throw new SchemaError(
    `The schema can't be read from ${text} on. Is a quote not closed?`,
    token.start,
    null,
  );
}
