import type { Token } from './lexer.js';

/** After these words an expression, name or list has to follow, so the next word can't begin a clause. */
const WORDS_BEFORE_OPERAND: ReadonlySet<string> = new Set(
  `select distinct all from join on using with by where prewhere having qualify window limit offset sample as
   and or not in like ilike regexp between is case when then else interval div mod global settings format
   union except intersect step default`.split(/\s+/),
);

/** True for a bare word with these lower-case letters; quoted names are no keywords. */
export function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toLowerCase() === word;
}

/** True for this punctuation outside strings. */
export function isPunctuation(token: Token | undefined, text: string): boolean {
  return token?.kind === 'punctuation' && token.text === text;
}

/**
 * Whether an operand (a column, value or name) has to stand at `at`, judged by what is before it. A word there is
 * a name even when it reads like a keyword: `SELECT format FROM t`, `1 AS settings`, `ORDER BY a, format`.
 *
 * @param tokens significant tokens only
 */
export function expectsOperand(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  if (before === undefined) return true;
  if (before.kind === 'word') {
    const expects = WORDS_BEFORE_OPERAND.has(before.text.toLowerCase());
    return expects && !isName(tokens, at - 1) && !isWholeList(tokens, at - 1);
  }
  if (before.kind !== 'punctuation') return false;
  if (before.text === '*') return !expectsOperand(tokens, at - 1);
  return ![')', ']', '}'].includes(before.text);
}

/** A word after a dot or AS is a name. */
function isName(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  return isPunctuation(before, '.') || (isWord(before, 'as') && !isPunctuation(tokens[at - 2], '.'));
}

/** ALL after BY is the whole list: `GROUP BY ALL FORMAT CSV`. */
function isWholeList(tokens: readonly Token[], at: number): boolean {
  return isWord(tokens[at], 'all') && isWord(tokens[at - 1], 'by');
}
