import { hasControlCharacter } from '../controls.js';
import { isSignificant, lex, type Token } from '../lexer.js';
import { isPunctuation, isWord } from '../operands.js';
import type { AstNode } from './ast.js';
import { GateError } from './gateError.js';

/** What the tree writes behind a name. Inside a quoted name it would make the tree's lines ambiguous. */
const TREE_MARKS = ['(alias ', '(children '];
/** What the query of a WITH name can begin with, besides a bracket. */
const QUERY_WORDS: ReadonlySet<string> = new Set(['select', 'with', 'from', 'values']);
/** How much of the SQL a message shows. */
const SHOWN_MAX = 40;

/**
 * Cuts a query into its meaningful tokens and refuses what would make its syntax tree unreliable: text that can't be
 * read, a second statement, query parameters, and quoted names that could forge a line of the tree (QY-15).
 *
 * @throws GateError of kind `syntax` or `statement`
 */
export function readQueryText(sql: string): Token[] {
  const tokens = lex(sql).filter(isSignificant);
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'error') throw syntaxError(token, 'cannot be read; check quotes and comments.');
    if (isPunctuation(token, '{')) {
      throw syntaxError(token, 'begins a query parameter of the engine; use a template parameter instead.');
    }
    if (isPunctuation(token, ';') && at < tokens.length - 1) {
      throw new GateError('statement', ';', "Only one statement is allowed; nothing may follow the ';'.");
    }
    if (token.kind === 'quotedIdentifier') checkQuotedName(token);
  }
  return tokens;
}

function syntaxError(token: Token, what: string): GateError {
  const shown = token.text.slice(0, SHOWN_MAX);
  return new GateError('syntax', shown, `${shown} at position ${token.start} ${what}`);
}

function checkQuotedName(token: Token): void {
  const name = token.value ?? '';
  if (hasControlCharacter(name)) {
    throw syntaxError(token, 'holds a line break or control character; remove it.');
  }
  if (TREE_MARKS.some((mark) => name.includes(mark))) {
    throw syntaxError(token, `is not allowed as a name; leave out ${TREE_MARKS.join(' and ')}.`);
  }
}

/**
 * The names that WITH gives to queries: `name AS (SELECT …)`, `name (columns) AS (…)`, `name AS MATERIALIZED (…)`.
 * The engine's tree does not show them. May hold more names than there are, never fewer.
 */
export function withNames(tokens: readonly Token[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [at, token] of tokens.entries()) {
    if (!isWord(token, 'as') || !opensQuery(tokens, at + 1)) continue;
    const name = nameOf(tokens[nameBefore(tokens, at)]);
    if (name !== undefined) names.add(name);
  }
  return names;
}

function opensQuery(tokens: readonly Token[], at: number): boolean {
  const bracket = isWord(tokens[at], 'materialized') ? at + 1 : at;
  const first = tokens[bracket + 1];
  if (!isPunctuation(tokens[bracket], '(') || first === undefined) return false;
  return isPunctuation(first, '(') || (first.kind === 'word' && QUERY_WORDS.has(first.text.toLowerCase()));
}

/** Where the name of `name AS` or `name (a, b) AS` stands, when AS stands at `as`. */
function nameBefore(tokens: readonly Token[], as: number): number {
  let at = as - 1;
  if (!isPunctuation(tokens[at], ')')) return at;
  while (at >= 0 && !isPunctuation(tokens[at], '(')) at -= 1;
  return at - 1;
}

/** The name that a token stands for: a bare word, or what a quoted identifier decodes to. */
export function nameOf(token: Token | undefined): string | undefined {
  return token?.kind === 'quotedIdentifier' ? token.value : token?.kind === 'word' ? token.text : undefined;
}

/** The text of a string literal of the tree; undefined for other literals and nodes. */
export function textOfLiteral({ kind, detail }: AstNode): string | undefined {
  if (kind !== 'Literal') return undefined;
  const [token, ...more] = lex(detail);
  return token?.kind === 'string' && more.length === 0 ? token.value : undefined;
}
