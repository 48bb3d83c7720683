/** How the text after an instruction is read: a quoted value, SQL that may begin with a quote, or as it stands. */
export type QuoteRule = 'value' | 'expression' | 'raw';

/** The value on an instruction's line. `offset` is where `text` begins in the line's rest. (DF-03) */
export type LineValue =
  | { kind: 'value'; text: string; offset: number; quoted: boolean }
  | { kind: 'unclosed'; offset: number };

/** What closes a quote; typographic ones are mixed freely by editors. */
const CLOSERS: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['\u201c', '\u201c\u201d'],
  ['\u201d', '\u201c\u201d'],
  ['\u201e', '\u201c\u201d'],
  ['\u2018', '\u2018\u2019'],
  ['\u2019', '\u2018\u2019'],
]);
const END = /[ \t]*(?:$|[ \t]#)/y;
const QUOTED_OR_COMMENT = /'[^']*'|"[^"]*"|`[^`]*`|[ \t]#/g;

/**
 * Reads the rest of an instruction's line: bare, or in double, single or typographic quotes, which are taken away, and
 * without a comment after it. (DF-03, DF-04, DF-07)
 *
 * A quoted value ends at the first closing quote that has only a comment behind it, so a value may hold quotes. An
 * expression that holds its own quote is SQL, not a quoted value: `"a", "b"`.
 *
 * @param rest trimmed text after the instruction
 */
export function readLineValue(rest: string, rule: QuoteRule): LineValue {
  const closers = CLOSERS.get(rest.charAt(0));
  if (closers === undefined || rule === 'raw') return bare(rest);
  let seen = false;
  for (let end = 1; end < rest.length; end += 1) {
    if (!closers.includes(rest.charAt(end))) continue;
    END.lastIndex = end + 1;
    if (END.test(rest)) return rule === 'expression' && seen ? bare(rest) : quoted(rest.slice(1, end));
    seen = true;
  }
  return seen ? bare(rest) : { kind: 'unclosed', offset: 0 };
}

function quoted(inner: string): LineValue {
  const text = inner.trim();
  return { kind: 'value', text, offset: 1 + inner.indexOf(text), quoted: true };
}

function bare(rest: string): LineValue {
  return { kind: 'value', text: withoutComment(rest), offset: 0, quoted: false };
}

/** The text up to a `#` with white space before it that is not in quotes. (DF-07) */
export function withoutComment(text: string): string {
  if (text.startsWith('#')) return '';
  if (!text.includes('#')) return text.trimEnd();
  for (const match of text.matchAll(QUOTED_OR_COMMENT)) {
    if (match[0].endsWith('#')) return text.slice(0, match.index).trimEnd();
  }
  return text.trimEnd();
}

/** A word of a line, and where it begins. */
export interface Word {
  text: string;
  offset: number;
  closed: boolean;
}

const WORDS = /"([^"]*)"|'([^']*)'|[\u201c\u201d\u201e]([^\u201c\u201d]*)[\u201c\u201d]|(\S+)/g;

/** Cuts a line at white space; quotes keep words together and are taken away. (DF-10, DF-17) */
export function splitWords(text: string): Word[] {
  return [...text.matchAll(WORDS)].map((match) => {
    const [whole, double, single, typographic, plain] = match;
    const inner = double ?? single ?? typographic;
    if (inner !== undefined) return { text: inner, offset: match.index + 1, closed: true };
    return { text: plain ?? whole, offset: match.index, closed: !CLOSERS.has(whole.charAt(0)) };
  });
}

/** The shortest way to write a value so that it is read back the same, or undefined when no line can hold it. */
export function formatLineValue(text: string, rule: QuoteRule, preferQuotes: boolean): string | undefined {
  const quotedForms = ['""', "''", '\u201c\u201d'].map((pair) => pair.charAt(0) + text + pair.charAt(1));
  const forms = preferQuotes ? [...quotedForms, text] : [text, ...quotedForms];
  return forms.find((form) => readsBack(form, text, rule));
}

function readsBack(form: string, text: string, rule: QuoteRule): boolean {
  if (form === '' || /\n/.test(form) || form === '>' || form.trim() !== form) return false;
  const value = readLineValue(form, rule);
  return value.kind === 'value' && value.text === text;
}
