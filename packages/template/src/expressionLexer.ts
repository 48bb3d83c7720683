import { TemplateError } from './errors.js';
import { positionAt } from './position.js';

/** A token of an expression. `end` closes the tag and has the closing mark as text. */
export interface ExpressionToken {
  kind: 'name' | 'integer' | 'float' | 'text' | 'operator' | 'end';
  /** As written; the decoded value for `text`. */
  text: string;
  at: number;
  end: number;
}

const SPACE = /[\s\ufeff]+/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const NUMBER =
  /0[xX][\da-fA-F]+|(?:\d[\d_]*)?\.\d[\d_]*(?:[eE][+-]?\d+)?|\d[\d_]*(?:\.(?:[eE][+-]?\d+)?|[eE][+-]?\d+)?/y;
const OPERATOR = /\*\*|\/\/|==|!=|<>|<=|>=|[-+*/%<>=()[\]{},:.]/y;
const QUOTE = /'''|"""|'|"/y;
const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|([\s\S]))/g;
const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['0', '\0'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['\n', ''],
]);

/**
 * Cuts the inside of a tag into tokens, up to the first `close` outside brackets and texts.
 *
 * @param start offset after the opening mark
 * @param close `}}` or `%}`
 * @returns the tokens; the last one is of kind `end`
 * @throws TemplateError when a text or the tag is not closed or a character has no place in an expression
 */
export function lexExpression(template: string, start: number, close: string): ExpressionToken[] {
  const tokens: ExpressionToken[] = [];
  const open: ExpressionToken[] = [];
  let at = start;
  for (;;) {
    at = matchEnd(SPACE, template, at) ?? at;
    const bracket = open.at(-1);
    if (bracket?.text !== '{' && template.startsWith(close, at)) {
      if (bracket !== undefined)
        throw syntaxError(template, bracket.at, `The ${bracket.text} is not closed.`);
      tokens.push({ kind: 'end', text: close, at, end: at + close.length });
      return tokens;
    }
    const token = readToken(template, at);
    if (token === undefined) throw unreadable(template, at, start, close);
    if (token.kind === 'operator') countBracket(open, token);
    tokens.push(token);
    at = token.end;
  }
}

function countBracket(open: ExpressionToken[], token: ExpressionToken): void {
  if ('([{'.includes(token.text)) open.push(token);
  if (')]}'.includes(token.text)) open.pop();
}

function readToken(template: string, at: number): ExpressionToken | undefined {
  return (
    readMatching('name', NAME, template, at) ??
    readNumber(template, at) ??
    readText(template, at) ??
    readMatching('operator', OPERATOR, template, at)
  );
}

function readMatching(
  kind: ExpressionToken['kind'],
  pattern: RegExp,
  template: string,
  at: number,
): ExpressionToken | undefined {
  const end = matchEnd(pattern, template, at);
  return end === undefined ? undefined : { kind, text: template.slice(at, end), at, end };
}

function readNumber(template: string, at: number): ExpressionToken | undefined {
  const end = matchEnd(NUMBER, template, at);
  if (end === undefined) return undefined;
  const text = template.slice(at, end).replaceAll('_', '');
  return { kind: /^\d+$|^0[xX]/.test(text) ? 'integer' : 'float', text, at, end };
}

function readText(template: string, at: number): ExpressionToken | undefined {
  const contentStart = matchEnd(QUOTE, template, at);
  if (contentStart === undefined) return undefined;
  const quote = template.slice(at, contentStart);
  let close = contentStart;
  while (close < template.length && !template.startsWith(quote, close)) {
    close += template[close] === '\\' ? 2 : 1;
  }
  if (close >= template.length) {
    throw syntaxError(template, at, `The text that begins with ${quote} here is not closed.`);
  }
  const text = unescapeText(template.slice(contentStart, close));
  return { kind: 'text', text, at, end: close + quote.length };
}

/** Python's escapes; an unknown one keeps its backslash. */
function unescapeText(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(ESCAPE, (whole: string, hex?: string, unicode?: string, letter?: string) => {
    const code = hex ?? unicode;
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return ESCAPED.get(letter ?? '') ?? whole;
  });
}

function unreadable(template: string, at: number, start: number, close: string): TemplateError {
  const open = close === '}}' ? '{{' : '{%';
  if (at >= template.length) {
    return syntaxError(template, start - 2, `This ${open} is not closed. Add ${close}.`);
  }
  const character = String.fromCodePoint(template.codePointAt(at) ?? 0);
  return syntaxError(template, at, `${JSON.stringify(character)} has no meaning inside ${open} ${close}.`);
}

/** A syntax error at an offset. */
export function syntaxError(template: string, at: number, reason: string): TemplateError {
  return new TemplateError({ kind: 'syntax', reason }, positionAt(template, at));
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
