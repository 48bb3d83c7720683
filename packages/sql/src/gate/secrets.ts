import { isSignificant, lex } from '../lexer.js';
import { isWord } from '../operands.js';
import { quoteString } from '../quote.js';
import { type AstNode, forEachNode } from './ast.js';
import { externalCalls } from './externalCalls.js';
import { GateError } from './gateError.js';

/**
 * The secrets of a query. While it is checked, each one is only a mark in its text, a string literal that stands for it;
 * from the mark to the value.
 */
export type Secrets = ReadonlyMap<string, string>;

/**
 * Refuses a query in which a secret stands anywhere but as a whole argument of an external table function: it could be
 * selected, compared or sent elsewhere (PB-05).
 *
 * @param placed the literals of the tree that are such arguments
 * @throws GateError of kind `secret`
 */
export function checkSecrets(
  sql: string,
  root: AstNode,
  secrets: Secrets,
  placed: ReadonlySet<AstNode>,
): void {
  const marks = [...secrets.keys()];
  const holds = (text: string): boolean => marks.some((mark) => text.includes(mark));
  forEachNode(root, (node) => {
    if (!placed.has(node) && (holds(node.detail) || holds(node.alias ?? ''))) throw misplaced();
  });
  // What APPLY holds is not in the tree.
  const tokens = lex(sql).filter(isSignificant);
  if (tokens.some((token) => isWord(token, 'apply')) && holds(sql)) throw misplaced();
  if (tokens.filter(({ text }) => holds(text)).length > placed.size) throw misplaced();
}

function misplaced(): GateError {
  return new GateError(
    'secret',
    'tb_secret',
    'A secret can only be an argument of a table function that reads from another server, such as postgresql(…). It can not be selected, compared or be part of another text.',
  );
}

/**
 * Puts the values of secrets in place of their marks. Only whole arguments of external table functions are replaced:
 * wherever else a mark stands, it stays a mark.
 */
export function fillSecrets(sql: string, secrets: Secrets): string {
  if (secrets.size === 0) return sql;
  const tokens = externalCalls(sql).flatMap((call) => call.arguments);
  let filled = '';
  let at = 0;
  for (const token of tokens) {
    const value = secrets.get(token?.value ?? '');
    if (token === undefined || value === undefined || token.start < at) continue;
    filled += sql.slice(at, token.start) + quoteString(value);
    at = token.end;
  }
  return filled + sql.slice(at);
}

/** What messages and logs show in place of a hidden text. */
const HIDDEN = '[HIDDEN]';

/** A message without any of the texts, as they are and as they stand in SQL. */
export function hideTexts(message: string, texts: readonly string[]): string {
  const forms = texts.filter((text) => text !== '').flatMap((text) => [quoteString(text).slice(1, -1), text]);
  return forms
    .toSorted((a, b) => b.length - a.length)
    .reduce((shown, form) => shown.replaceAll(form, HIDDEN), message);
}
