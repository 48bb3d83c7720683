import { AGGREGATE_NAMING_FUNCTIONS } from './gate/names.js';
import { STRUCTURED_FUNCTIONS } from './gate/structure.js';
import { refusedTableFunctionReasons } from './gate/tableFunctions.js';
import { isSignificant, lex, type Token } from './lexer.js';
import { parseResourceId } from './names.js';
import { isPunctuation } from './operands.js';
import { quoteIdentifier } from './quote.js';

/** Functions whose first argument names a table or dictionary in a string. */
export const NAMING_FUNCTION = /^(?:joinGet\w*|dict\w+)$/i;

/**
 * Every name in a SQL text that could be a table: bare words (keywords too), quoted identifiers decoded, canonical
 * ids of decorated ones, and the string that is the first argument of joinGet, dictGet and the like. A superset on
 * purpose: a name too many costs nothing, a missing one breaks the query. (DM-10, DM-11)
 */
export function mentionedNames(sql: string): ReadonlySet<string> {
  const tokens = lex(sql).filter(isSignificant);
  const names = new Set<string>();
  for (const [at, token] of tokens.entries()) {
    for (const name of namesAt(tokens, at, token)) names.add(name);
  }
  return names;
}

/**
 * Whether what a query reads can depend on the values of its literals and not only on its names: a function takes the name of a table,
 * or of another function, an address, or a structure that could hold expressions, in a string. Such a query has to be checked anew for each value. A superset on purpose.
 */
export function dependsOnLiterals(sql: string): boolean {
  return lex(sql)
    .filter(isSignificant)
    .some((token, at, tokens) => {
      if (token.kind !== 'word' && token.kind !== 'quotedIdentifier') return false;
      const name = nameOf(token);
      if (AGGREGATE_NAMING_FUNCTIONS.has(name.toLowerCase())) return true;
      if (STRUCTURED_FUNCTIONS.has(name.toLowerCase()) && tokens[at + 1]?.text === '(') return true;
      return NAMING_FUNCTION.test(name) || refusedTableFunctionReasons().has(name.toLowerCase());
    });
}

/** The names that stand at one token: a word or quoted identifier, with the id that begins there, or a text that names a table. */
export function namesAt(tokens: readonly Token[], at: number, token: Token): string[] {
  if (token.kind === 'word' || token.kind === 'quotedIdentifier') {
    const decorated = decoratedId(tokens, at);
    return decorated === undefined ? [nameOf(token)] : [nameOf(token), decorated.id];
  }
  const names = (token.kind === 'string' || token.kind === 'heredoc') && isNamingArgument(tokens, at);
  return names ? [token.value ?? ''] : [];
}

function isNamingArgument(tokens: readonly Token[], at: number): boolean {
  const called = tokens[at - 2];
  if (called === undefined || !isPunctuation(tokens[at - 1], '(')) return false;
  return (
    (called.kind === 'word' || called.kind === 'quotedIdentifier') && NAMING_FUNCTION.test(nameOf(called))
  );
}

/**
 * Replaces names in a SQL text, never in strings or comments; all other text stays as it is. (GN-25, GN-26, DM-11)
 *
 * @param replace gets each bare word and decoded quoted identifier, and an id, decorated or not, in its canonical
 *   form `t_<32 hex>`. It returns the new name or `undefined` to leave the text. Dots in the new name separate
 *   its parts (`workspace.datasource`); each part is written in backticks.
 * @throws SqlNameError when a new name can't be an identifier
 */
export function replaceNames(sql: string, replace: (name: string) => string | undefined): string {
  const tokens = lex(sql);
  let out = '';
  for (let at = 0; at < tokens.length; ) {
    const piece = replacePiece(tokens, at, replace);
    out += piece.text;
    at += piece.count;
  }
  return out;
}

interface Piece {
  text: string;
  /** How many tokens it takes the place of. */
  count: number;
}

function replacePiece(
  tokens: readonly Token[],
  at: number,
  replace: (name: string) => string | undefined,
): Piece {
  const token = tokens[at];
  if (token === undefined) return { text: '', count: 1 };
  if (token.kind !== 'word' && token.kind !== 'quotedIdentifier') return { text: token.text, count: 1 };
  const decorated = decoratedId(tokens, at);
  const newName = replace(decorated?.id ?? nameOf(token));
  const count = decorated?.count ?? 1;
  if (newName !== undefined) return { text: newName.split('.').map(quoteIdentifier).join('.'), count };
  return {
    text: tokens
      .slice(at, at + count)
      .map((piece) => piece.text)
      .join(''),
    count,
  };
}

/** An id that begins at `at`: one token (`t_<hex>`, or any form in quotes) or three (`t_label`, dot, hex). */
function decoratedId(tokens: readonly Token[], at: number): { id: string; count: number } | undefined {
  const three = tokens.slice(at, at + 3);
  const adjacent = three.every((token, index) => index === 0 || token.start === three[index - 1]?.end);
  const long = adjacent ? parseResourceId(three.map((token) => token.text).join('')) : undefined;
  if (long !== undefined && three.length === 3) return { id: long, count: 3 };
  const [first] = three;
  const short = first === undefined ? undefined : parseResourceId(nameOf(first));
  return short === undefined ? undefined : { id: short, count: 1 };
}

function nameOf(token: Token): string {
  return token.value ?? token.text;
}
