import type { Token } from './lexer.js';

const OPENING: ReadonlyMap<string, string> = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);
const OPENERS: ReadonlySet<string> = new Set(OPENING.values());

/** How deep each token stands in brackets, and the first bracket without its other half. */
export interface Brackets {
  /** One number for each token; a bracket itself has the depth outside it. */
  depths: number[];
  unmatched: Token | undefined;
}

/** Pairs round, square and curly brackets. A wrong closing bracket is `unmatched`, as is the last one left open. */
export function pairBrackets(tokens: readonly Token[]): Brackets {
  const open: Token[] = [];
  const depths: number[] = [];
  let wrong: Token | undefined;
  for (const token of tokens) {
    const opener = token.kind === 'punctuation' ? OPENING.get(token.text) : undefined;
    if (opener !== undefined && open.pop()?.text !== opener) wrong ??= token;
    depths.push(open.length);
    if (token.kind === 'punctuation' && OPENERS.has(token.text)) open.push(token);
  }
  return { depths, unmatched: wrong ?? open.at(-1) };
}
