import { decodeCoded, decodeQuoted, wellFormed } from './literal.js';

/** What a token is. `word` covers keywords and bare identifiers; `error` is what the engine could not read either. */
export type TokenKind =
  | 'word'
  | 'quotedIdentifier'
  | 'string'
  | 'number'
  | 'heredoc'
  | 'comment'
  | 'space'
  | 'punctuation'
  | 'error';

/** One piece of SQL text. `start` and `end` are offsets into the text, in UTF-16 units, `end` exclusive. */
export interface Token {
  kind: TokenKind;
  text: string;
  start: number;
  end: number;
  /** The decoded name or literal; always there for quotedIdentifier, string and heredoc, never for other kinds. */
  value?: string;
}

/** Reads one token at `start`, or nothing when the text there is of another kind. */
type Reader = (sql: string, start: number, previous: Token | undefined) => Token | undefined;

const SPACE = /[ \t\n\r\f\v\u0085\u00a0\u180e\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]+/y;
const LINE_COMMENT = /(?:--|\/\/|#[ !])[^\n]*/y;
const COMMENT_MARK = /\/\*|\*\//g;
const CODED_STRING = /(?:[xX]'(?=.)[0-9a-fA-F]*|[bB]'(?=.)[01]*)'?/sy;
/** A dollar and a tag's name, with another dollar behind, which may open the next tag. */
const OPENING_DOLLAR = /\$\w*(?=\$)/g;
const HEREDOC_TAG = /\$\w*\$/y;
const WORD = /[A-Za-z_$][\w$]*/y;
const WORD_REST = /\w*/y;
const PUNCTUATION = /->|::|\|\||@@|<=>|<=|>=|<>|!=|==|[()[\]{},;.+\-*/%=<>?:|@^$\u2212]/y;

const DIGITS = '\\d(?:_?\\d)*';
const HEX_DIGITS = '[\\da-fA-F](?:_?[\\da-fA-F])*';
/** An exponent's letter counts even when nothing useful follows, unless the text ends there. */
const exponent = (letters: string) => `(?:[${letters}](?=.)(?:[+-](?=.))?(?:${DIGITS})?)?`;
const HEX_NUMBER = new RegExp(`0[xX]${HEX_DIGITS}(?:\\.(?:${HEX_DIGITS})?)?${exponent('pP')}`, 'sy');
const BINARY_NUMBER = new RegExp(`0[bB](?=[01])${DIGITS}(?:\\.(?:${DIGITS})?)?${exponent('eE')}`, 'sy');
const DECIMAL_NUMBER = new RegExp(`${DIGITS}(?:\\.(?:${DIGITS})?)?${exponent('eE')}`, 'sy');
const FRACTION = new RegExp(`\\.${DIGITS}${exponent('eE')}`, 'sy');
const TUPLE_INDEX = new RegExp(DIGITS, 'sy');

/** After these a dot is an access (`t.1`), never the start of a number (`.1`). */
const KINDS_BEFORE_ACCESS: ReadonlySet<TokenKind> = new Set(['word', 'quotedIdentifier', 'number']);
const CLOSING_QUOTES: ReadonlyMap<string, string> = new Map([
  ['\u2018', '\u2019'],
  ['\u201c', '\u201d'],
]);

/** The text that was cut last: who judges a query looks at the same text from several sides, one after the other. */
let latest: { sql: string; tokens: readonly Token[] } = { sql: '', tokens: [] };
/** Longer texts are not kept, since their tokens take fifty times as much. */
const KEPT_LENGTH_MAX = 256 * 1024;

/**
 * Cuts SQL into tokens exactly where the engine's own lexer (26.7) does, so that a reader of these tokens and the
 * engine never disagree on what is text, name or comment.
 *
 * Total: the texts joined are the input, and it never throws. What can't be read is an `error` token: an unclosed
 * quote or comment to the end of the text, a stray character, a wrong number, `\G` (a console's end of statement), and
 * any token that holds a NUL, at which the embedded engine stops reading. A text that begins with a dot is taken as
 * a piece of a longer one.
 */
export function lex(sql: string): readonly Token[] {
  if (latest.sql === sql) return latest.tokens;
  const tokens: Token[] = [];
  const readers = [heredocReader(sql), ...READERS];
  let previous: Token | undefined;
  for (let start = 0; start < sql.length; ) {
    const token = refuseNul(readToken(readers, sql, start, previous));
    tokens.push(token);
    if (isSignificant(token)) previous = token;
    start = token.end;
  }
  if (sql.length <= KEPT_LENGTH_MAX) latest = { sql, tokens };
  return tokens;
}

/** True for a token that has a meaning: neither space nor comment. */
export function isSignificant(token: Token): boolean {
  return token.kind !== 'space' && token.kind !== 'comment';
}

function readToken(
  readers: readonly Reader[],
  sql: string,
  start: number,
  previous: Token | undefined,
): Token {
  for (const read of readers) {
    const token = read(sql, start, previous);
    if (token !== undefined) return token;
  }
  return slice('error', sql, start, start + 1);
}

function slice(kind: TokenKind, sql: string, start: number, end: number): Token {
  return { kind, text: sql.slice(start, end), start, end };
}

/** A token with a decoded value; without one the engine refuses the literal, and so do we. */
function valued(token: Token, value: string | undefined): Token {
  return value === undefined ? { ...token, kind: 'error' } : { ...token, value };
}

function refuseNul({ kind, text, start, end, value }: Token): Token {
  if (text.includes('\0')) return { kind: 'error', text, start, end };
  return value === undefined ? { kind, text, start, end } : { kind, text, start, end, value };
}

/** Where a sticky pattern's match at `start` ends, or -1. */
function matchEnd(pattern: RegExp, sql: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(sql) ? pattern.lastIndex : -1;
}

function matching(kind: TokenKind, pattern: RegExp): Reader {
  return (sql, start) => {
    const end = matchEnd(pattern, sql, start);
    return end < 0 ? undefined : slice(kind, sql, start, end);
  };
}

/** Block comments nest. */
function readBlockComment(sql: string, start: number): Token | undefined {
  if (!sql.startsWith('/*', start)) return undefined;
  COMMENT_MARK.lastIndex = start;
  let depth = 0;
  for (let mark = COMMENT_MARK.exec(sql); mark !== null; mark = COMMENT_MARK.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return slice('comment', sql, start, COMMENT_MARK.lastIndex);
  }
  return slice('error', sql, start, sql.length);
}

function readQuoted(sql: string, start: number): Token | undefined {
  const quote = sql[start];
  if (quote !== "'" && quote !== '"' && quote !== '`') return undefined;
  const end = closingQuote(sql, start, quote);
  if (end < 0) return slice('error', sql, start, sql.length);
  const token = slice(quote === "'" ? 'string' : 'quotedIdentifier', sql, start, end);
  return valued(token, decodeQuoted(token.text));
}

/** The offset after the quote that closes the one at `start`, or -1. A doubled or escaped quote closes nothing. */
function closingQuote(sql: string, start: number, quote: string): number {
  for (let at = start + 1; at < sql.length; at += 1) {
    if (sql[at] === '\\') at += 1;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return -1;
}

/** ‘text’ and “name”, as pasted from word processors; nothing is escaped inside. */
function readCurlyQuoted(sql: string, start: number): Token | undefined {
  const closing = CLOSING_QUOTES.get(sql[start] ?? '');
  if (closing === undefined) return undefined;
  const close = sql.indexOf(closing, start + 1);
  if (close < 0) return slice('error', sql, start, sql.length);
  const token = slice(closing === '\u2019' ? 'string' : 'quotedIdentifier', sql, start, close + 1);
  return valued(token, wellFormed(token.text.slice(1, -1)));
}

/**
 * Reads `$tag$ text $tag$`. Without its second tag it is no heredoc, and the dollar belongs to a word. Where each tag
 * stands last is found in one pass, because a search per dollar takes seconds on a text made of unclosed tags.
 */
function heredocReader(sql: string): Reader {
  const lastTags = new Map<string, number>();
  for (const mark of sql.matchAll(OPENING_DOLLAR)) lastTags.set(`${mark[0]}$`, mark.index);
  return (_, start) => {
    const tagEnd = matchEnd(HEREDOC_TAG, sql, start);
    if (tagEnd < 0) return undefined;
    const tag = sql.slice(start, tagEnd);
    if ((lastTags.get(tag) ?? 0) < tagEnd) return undefined;
    const close = sql.indexOf(tag, tagEnd);
    return valued(slice('heredoc', sql, start, close + tag.length), wellFormed(sql.slice(tagEnd, close)));
  };
}

/** `x'4142'` and `b'0101'`. */
function readCodedString(sql: string, start: number): Token | undefined {
  const end = matchEnd(CODED_STRING, sql, start);
  if (end < 0) return undefined;
  const token = slice('string', sql, start, end);
  if (token.text.length < 3 || !token.text.endsWith("'")) return slice('error', sql, start, sql.length);
  return valued(token, decodeCoded(token.text));
}

function readWord(sql: string, start: number): Token | undefined {
  const end = matchEnd(WORD, sql, start);
  if (end < 0) return undefined;
  // A dollar before anything but a word character stands alone.
  if (sql[start] === '$' && !/\w/.test(sql[start + 1] ?? '')) return undefined;
  return slice('word', sql, start, end);
}

/** A number, or a word that begins with a digit (`1st`). */
function readNumber(sql: string, start: number, previous: Token | undefined): Token | undefined {
  const end = numberEnd(sql, start, previous);
  if (end < 0) return undefined;
  const wordEnd = matchEnd(WORD_REST, sql, end);
  if (wordEnd === end || sql[start] === '.') return slice('number', sql, start, end);
  const token = slice('word', sql, start, wordEnd);
  return /^\w+$/.test(token.text) ? token : { ...token, kind: 'error' };
}

function numberEnd(sql: string, start: number, previous: Token | undefined): number {
  if (sql[start] === '.') return endsValue(previous) ? -1 : matchEnd(FRACTION, sql, start);
  if (previous?.text === '.') return matchEnd(TUPLE_INDEX, sql, start);
  const coded = Math.max(matchEnd(HEX_NUMBER, sql, start), matchEnd(BINARY_NUMBER, sql, start));
  return coded > 0 ? coded : matchEnd(DECIMAL_NUMBER, sql, start);
}

function endsValue(token: Token | undefined): boolean {
  if (token === undefined) return false;
  return KINDS_BEFORE_ACCESS.has(token.kind) || token.text === ')' || token.text === ']';
}

const READERS: readonly Reader[] = [
  matching('space', SPACE),
  matching('comment', LINE_COMMENT),
  readBlockComment,
  readQuoted,
  readCurlyQuoted,
  readCodedString,
  readNumber,
  readWord,
  matching('punctuation', PUNCTUATION),
];
