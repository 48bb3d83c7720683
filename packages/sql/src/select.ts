import { pairBrackets } from './brackets.js';
import { hasControlCharacter } from './controls.js';
import { SqlTextError } from './errors.js';
import { isSignificant, lex, type Token } from './lexer.js';
import { expectsOperand, isPunctuation, isWord } from './operands.js';

/** One setting of a query, its value decoded: `'x'` → `x`, `-1` → `-1`, `true` → `true`. */
export interface SelectSetting {
  name: string;
  value: string;
}

/** A user's SELECT, with what stood at its end taken off. */
export interface SelectText {
  /** From the first to the last meaningful character: it can be put in parentheses, and text can follow it. */
  body: string;
  /** In the order written; a name may be there twice. */
  settings: SelectSetting[];
  /** The name after FORMAT, or null. */
  format: string | null;
}

const FIRST_WORDS: ReadonlySet<string> = new Set(['select', 'with', 'from']);
const SETTING_WORDS: ReadonlySet<string> = new Set(['true', 'false']);

/**
 * Takes one user statement apart: its body, a trailing SETTINGS clause and a trailing FORMAT clause, in either order.
 * Only clauses at the very end outside brackets count, and only settings with a string, number, true or false;
 * anything else stays in the body, for the gate to judge.
 *
 * @throws SqlTextError for empty or unreadable text, a second statement, another first word than SELECT, WITH, FROM
 *   or `(`, unbalanced brackets, and quoted names with control characters (QY-11, QY-15)
 */
export function splitSelect(sql: string): SelectText {
  const tokens = lex(sql).filter(isSignificant);
  refuseUnreadable(tokens);
  const statement = oneStatement(tokens);
  refuseFirstWord(statement);
  refuseUnbalanced(statement);
  return splitTail(sql, statement);
}

function refuseUnreadable(tokens: readonly Token[]): void {
  for (const token of tokens) {
    if (token.kind === 'error') {
      throw new SqlTextError(
        `The SQL can't be read from ${JSON.stringify(token.text.slice(0, 20))} on.`,
        token.start,
      );
    }
    if (token.kind === 'quotedIdentifier' && hasControlCharacter(token.value ?? '')) {
      throw new SqlTextError(
        'A quoted name holds a line break or control character; remove it.',
        token.start,
      );
    }
  }
}

/** Takes off one closing semicolon. */
function oneStatement(tokens: Token[]): Token[] {
  const at = tokens.findIndex((token) => isPunctuation(token, ';'));
  if (at < 0) return tokens;
  const next = tokens[at + 1];
  if (next === undefined) return tokens.slice(0, at);
  throw new SqlTextError("Only one statement is allowed; nothing may follow the ';'.", next.start);
}

function refuseFirstWord(statement: readonly Token[]): void {
  const [first] = statement;
  if (first === undefined) throw new SqlTextError('The SQL is empty. Write a SELECT.', 0);
  const known = first.kind === 'word' && FIRST_WORDS.has(first.text.toLowerCase());
  if (known || isPunctuation(first, '(')) return;
  throw new SqlTextError(`Only SELECT queries are allowed, not ${first.text.slice(0, 40)}.`, first.start);
}

function refuseUnbalanced(statement: readonly Token[]): void {
  const { unmatched } = pairBrackets(statement);
  if (unmatched === undefined) return;
  throw new SqlTextError(`The bracket '${unmatched.text}' has no partner.`, unmatched.start);
}

function splitTail(sql: string, statement: Token[]): SelectText {
  const settings: SelectSetting[] = [];
  let format: string | null = null;
  let rest = statement;
  for (;;) {
    const name: string | undefined = format === null ? trailingFormat(rest) : undefined;
    if (name !== undefined) {
      format = name;
      rest = rest.slice(0, -2);
      continue;
    }
    const clause = trailingSettings(rest);
    if (clause === undefined) break;
    settings.unshift(...clause.settings);
    rest = rest.slice(0, clause.at);
  }
  return { body: sql.slice(rest.at(0)?.start, rest.at(-1)?.end), settings, format };
}

/** The name in a FORMAT clause that ends the statement. */
function trailingFormat(tokens: readonly Token[]): string | undefined {
  const at = tokens.length - 2;
  if (!isWord(tokens[at], 'format') || expectsOperand(tokens, at)) return undefined;
  return nameOf(tokens[at + 1]);
}

/** A SETTINGS clause that ends the statement, and where it begins. */
function trailingSettings(tokens: readonly Token[]): { at: number; settings: SelectSetting[] } | undefined {
  const { depths } = pairBrackets(tokens);
  const at = tokens.findLastIndex((token, index) => depths[index] === 0 && isWord(token, 'settings'));
  if (at < 0 || expectsOperand(tokens, at)) return undefined;
  const settings = readSettings(tokens, at + 1);
  return settings === undefined ? undefined : { at, settings };
}

/** Reads `a = 1, b = 'x'` up to the last token, or nothing when there is anything else. */
function readSettings(tokens: readonly Token[], from: number): SelectSetting[] | undefined {
  const settings: SelectSetting[] = [];
  for (let at = from; ; at += 1) {
    const name = nameOf(tokens[at]);
    const value = readValue(tokens, at + 2);
    if (name === undefined || value === undefined || !isPunctuation(tokens[at + 1], '=')) return undefined;
    settings.push({ name, value: value.text });
    at = value.next;
    if (at === tokens.length) return settings;
    if (!isPunctuation(tokens[at], ',')) return undefined;
  }
}

function readValue(tokens: readonly Token[], at: number): { text: string; next: number } | undefined {
  const token = tokens[at];
  if (token === undefined) return undefined;
  if (token.kind === 'string') return { text: token.value ?? '', next: at + 1 };
  if (token.kind === 'number') return { text: token.text, next: at + 1 };
  if (token.kind === 'word' && SETTING_WORDS.has(token.text.toLowerCase())) {
    return { text: token.text.toLowerCase(), next: at + 1 };
  }
  const number = tokens[at + 1];
  if (!isPunctuation(token, '-') || number?.kind !== 'number') return undefined;
  return { text: `-${number.text}`, next: at + 2 };
}

function nameOf(token: Token | undefined): string | undefined {
  if (token?.kind === 'word') return token.text;
  return token?.kind === 'quotedIdentifier' ? token.value : undefined;
}
