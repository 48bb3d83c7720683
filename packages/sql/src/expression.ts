import { pairBrackets } from './brackets.js';
import { SqlExpressionError } from './errors.js';
import { isSignificant, lex, type Token } from './lexer.js';

/** Words that would turn an expression into a query or end the statement's expression part. */
const REFUSED_WORDS: ReadonlySet<string> = new Set(['select', 'format', 'settings']);

/**
 * Checks that a text is one expression list that can be put inside parentheses of a table definition: sorting and
 * partition keys, TTL, DEFAULT. Whether its names and functions exist is left to the engine.
 *
 * @returns the text without surrounding space
 * @throws SqlExpressionError for empty text, unreadable tokens, comments, `;`, unbalanced brackets, or one of the
 *   words SELECT, FORMAT and SETTINGS, which have to be quoted when they are column names
 */
export function checkExpression(text: string): string {
  const tokens = lex(text);
  for (const token of tokens) refuseToken(token);
  const { unmatched } = pairBrackets(tokens);
  if (unmatched !== undefined) {
    throw new SqlExpressionError(`The bracket '${unmatched.text}' has no partner.`, unmatched.start);
  }
  const significant = tokens.filter(isSignificant);
  const [first, last] = [significant.at(0), significant.at(-1)];
  if (first === undefined || last === undefined) throw new SqlExpressionError('The expression is empty.', 0);
  return text.slice(first.start, last.end);
}

function refuseToken(token: Token): void {
  const reason = refusal(token);
  if (reason !== undefined) throw new SqlExpressionError(reason, token.start);
}

function refusal(token: Token): string | undefined {
  if (token.kind === 'error')
    return `The expression can't be read from ${JSON.stringify(token.text.slice(0, 20))} on.`;
  if (token.kind === 'comment') return 'An expression may not hold comments.';
  if (token.kind === 'punctuation' && token.text === ';') return "An expression may not hold ';'.";
  if (token.kind === 'word' && REFUSED_WORDS.has(token.text.toLowerCase())) {
    return `An expression may not hold the word ${token.text}; a column of that name needs backticks.`;
  }
  return undefined;
}
