import { ColumnTypeError } from '../errors.js';
import { readColumnType } from '../readColumnType.js';
import { TokenCursor } from '../tokenCursor.js';
import type { AstNode } from './ast.js';
import { GateError } from './gateError.js';
import { argumentsOf } from './names.js';
import { nameOf, textOfLiteral } from './text.js';

/** Behind a column's name these begin something else than its type: `a ALIAS(f())` would run f. Lower case. */
const COLUMN_WORDS: ReadonlySet<string> = new Set(
  'alias auto_increment codec collate comment default ephemeral materialized not null primary settings statistics ttl'.split(
    ' ',
  ),
);
/** Table functions of our own rows whose first argument can be a structure. Lower case. */
export const STRUCTURED_FUNCTIONS: ReadonlySet<string> = new Set(['generaterandom', 'null', 'values']);
/** Texts that can be nothing but a value: the engine can read no call in them. */
const PLAIN_VALUE = /^[\w.,:@-]*$/;

/**
 * True for a table function's structure that only names columns and types: `a Int8, b Array(String)`. The engine takes
 * DEFAULT, ALIAS and MATERIALIZED there too, and runs their expressions, which no syntax tree shows (PS-08).
 */
export function isPlainStructure(text: string): boolean {
  const cursor = new TokenCursor(text);
  try {
    do readNameAndType(cursor);
    while (cursor.takePunctuation(','));
  } catch (error) {
    if (error instanceof ColumnTypeError) return false;
    throw error;
  }
  return cursor.peek() === undefined;
}

function readNameAndType(cursor: TokenCursor): void {
  const name = nameOf(cursor.next());
  const word = cursor.peek()?.text.toLowerCase() ?? '';
  if (name === undefined || COLUMN_WORDS.has(word)) throw new ColumnTypeError('No column.', cursor.position);
  readColumnType(cursor);
}

/**
 * Checks the structure of a table function that makes its rows itself. One that the engine would compute, or take from
 * an alias, could hold anything, so it has to be written out. `values` may begin with a value instead.
 *
 * @throws GateError of kind `tableFunction`
 */
export function checkStructure(node: AstNode): void {
  const key = node.detail.toLowerCase();
  if (!STRUCTURED_FUNCTIONS.has(key)) return;
  const [first] = argumentsOf(node);
  if (first === undefined) return;
  const text = textOfLiteral(first);
  if (text === undefined && (first.kind === 'Literal' || (key === 'values' && first.kind === 'Function')))
    return;
  if (text !== undefined && (isPlainStructure(text) || (key === 'values' && PLAIN_VALUE.test(text)))) return;
  const message = `The first argument of ${node.detail} has to be its columns with their types, written out: 'a Int8, b String'.`;
  throw new GateError('tableFunction', node.detail, message);
}
