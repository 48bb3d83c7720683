import { isSignificant, lex, type Token } from '../lexer.js';
import { isPunctuation } from '../operands.js';
import { EXTERNAL_FUNCTIONS } from './externalFunctions.js';
import { nameOf } from './text.js';

const OPENING: ReadonlySet<string> = new Set(['(', '[', '{']);
const CLOSING: ReadonlySet<string> = new Set([')', ']', '}']);

/** A call of a table function that reads from another server, as it stands in the text. */
export interface ExternalCall {
  /** As written. */
  name: string;
  /** The string literals that are whole arguments of the call, in order; undefined for any other argument. */
  arguments: readonly (Token | undefined)[];
}

/**
 * Finds calls of external table functions by their tokens alone, without a tree, so that it can check what a tree told
 * (PS-08).
 */
export function externalCalls(sql: string): ExternalCall[] {
  const tokens = lex(sql).filter(isSignificant);
  const calls: ExternalCall[] = [];
  for (const [at, token] of tokens.entries()) {
    const name = nameOf(token);
    if (name === undefined || !isPunctuation(tokens[at + 1], '(')) continue;
    if (EXTERNAL_FUNCTIONS.has(name.toLowerCase())) {
      calls.push({ name, arguments: argumentTokens(tokens, at + 2).map(wholeLiteral) });
    }
  }
  return calls;
}

/** The tokens of each argument, from behind the opening bracket to the one that closes it. */
function argumentTokens(tokens: readonly Token[], start: number): Token[][] {
  const found: Token[][] = [[]];
  let depth = 0;
  for (let at = start; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined || (depth === 0 && isPunctuation(token, ')'))) break;
    if (token.kind === 'punctuation' && OPENING.has(token.text)) depth += 1;
    if (token.kind === 'punctuation' && CLOSING.has(token.text)) depth -= 1;
    if (depth === 0 && isPunctuation(token, ',')) found.push([]);
    else found.at(-1)?.push(token);
  }
  return found;
}

function wholeLiteral([token, ...more]: readonly Token[]): Token | undefined {
  return token?.kind === 'string' && more.length === 0 ? token : undefined;
}
