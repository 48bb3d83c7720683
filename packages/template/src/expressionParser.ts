import { callArguments } from './callParser.js';
import { INTEGER_BITS_MAX } from './limits.js';
import type { ArithmeticOperator, ComparisonOperator, Expression, Loop } from './syntax.js';
import type { TokenReader } from './tokenReader.js';

const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map([
  ['true', true],
  ['false', false],
  ['none', null],
]);
const WORDS = new Set(['if', 'else', 'for', 'in', 'is', 'not', 'and', 'or']);
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '>', '<=', '>=', 'in', 'is', 'not', '<>']);
const SUMS: ReadonlySet<string> = new Set(['+', '-']);
const PRODUCTS: ReadonlySet<string> = new Set(['*', '/', '//', '%']);
/** Decimal digits that surely fit INTEGER_BITS_MAX. */
const DIGITS_MAX = Math.floor(INTEGER_BITS_MAX * Math.log10(2));

/** Reads one expression of the Python-like language. (TPL-06, TPL-17, TPF-39) */
export function parseExpression(reader: TokenReader): Expression {
  return reader.nested(() => {
    const yes = parseOr(reader);
    const { at } = reader.peek();
    if (!reader.is('if')) return yes;
    reader.take();
    const condition = parseOr(reader);
    reader.expect('else', 'the condition');
    return { type: 'conditional', at, condition, yes, no: parseExpression(reader) };
  });
}

/** Reads `targets in source` of a loop; the targets may stand in brackets. (TPL-07) */
export function parseLoop(reader: TokenReader): Loop {
  const bracket = reader.takeIf('(');
  const targets = [parseName(reader)];
  while (reader.takeIf(',') && reader.peek().kind === 'name' && !reader.is('in'))
    targets.push(parseName(reader));
  if (bracket) reader.expect(')', 'the variables');
  reader.expect('in', 'the variables of for');
  return { targets, source: parseOr(reader) };
}

/**
 * Reads a name that may be assigned to or looked up.
 *
 * Names that begin with two underscores are the host language's and refused.
 */
export function parseName(reader: TokenReader): string {
  const { kind, text } = reader.peek();
  if (kind !== 'name' || WORDS.has(text)) throw reader.unexpected('a name');
  if (text.startsWith('__'))
    throw reader.error(`The name ${text} is not allowed: it begins with two underscores.`);
  if (CONSTANTS.has(text.toLowerCase())) throw reader.unexpected('a name');
  reader.take();
  return text;
}

function parseOr(reader: TokenReader): Expression {
  return parseChain(reader, 'or', () => parseChain(reader, 'and', () => parseNot(reader)));
}

function parseChain(reader: TokenReader, type: 'and' | 'or', operand: () => Expression): Expression {
  const first = operand();
  if (!reader.is(type)) return first;
  const operands = [first];
  while (reader.takeIf(type)) operands.push(operand());
  return { type, at: first.at, operands };
}

function parseNot(reader: TokenReader): Expression {
  const { at } = reader.peek();
  if (!reader.takeIf('not')) return parseComparison(reader);
  return { type: 'not', at, operand: reader.nested(() => parseNot(reader)) };
}

function parseComparison(reader: TokenReader): Expression {
  const first = parseSum(reader);
  const rest: [ComparisonOperator, Expression][] = [];
  for (let operator = takeComparison(reader); operator !== undefined; operator = takeComparison(reader)) {
    rest.push([operator, parseSum(reader)]);
  }
  return rest.length === 0 ? first : { type: 'comparison', at: first.at, first, rest };
}

function takeComparison(reader: TokenReader): ComparisonOperator | undefined {
  const { kind, text } = reader.peek();
  if (kind === 'text') return undefined;
  if (text === '=' && reader.equalsSign) {
    reader.take();
    return '==';
  }
  if (!COMPARISONS.has(text) || (text === 'not' && !reader.is('in', 1))) return undefined;
  reader.take();
  if (text === 'not') {
    reader.take();
    return 'not in';
  }
  if (text === 'is') return reader.takeIf('not') ? 'is not' : 'is';
  // The set above holds nothing else than operators of the type, and <> as their old spelling.
  return text === '<>' ? '!=' : (text as ComparisonOperator);
}

function parseSum(reader: TokenReader): Expression {
  return parseArithmetic(reader, SUMS, () => parseArithmetic(reader, PRODUCTS, () => parseSign(reader)));
}

function parseArithmetic(
  reader: TokenReader,
  operators: ReadonlySet<string>,
  operand: () => Expression,
): Expression {
  const first = operand();
  const rest: [ArithmeticOperator, Expression][] = [];
  while (reader.peek().kind === 'operator' && operators.has(reader.peek().text)) {
    // The sets hold arithmetic operators only.
    rest.push([reader.take().text as ArithmeticOperator, operand()]);
  }
  return rest.length === 0 ? first : { type: 'arithmetic', at: first.at, first, rest };
}

function parseSign(reader: TokenReader): Expression {
  const { at } = reader.peek();
  const negative = reader.is('-');
  if (negative || reader.is('+')) {
    reader.take();
    return { type: negative ? 'negative' : 'positive', at, operand: reader.nested(() => parseSign(reader)) };
  }
  const base = parseAccess(reader);
  if (!reader.takeIf('**')) return base;
  const power = reader.nested(() => parseSign(reader));
  return { type: 'arithmetic', at, first: base, rest: [['**', power]] };
}

/** A value and what follows it: calls, methods, subscripts. The chain counts as nesting, for it evaluates as such. */
function parseAccess(reader: TokenReader): Expression {
  const value = parseValue(reader);
  return parseAccesses(reader, value);
}

function parseAccesses(reader: TokenReader, object: Expression): Expression {
  const { at } = reader.peek();
  if (reader.takeIf('.')) {
    const name = parseName(reader);
    if (!reader.is('('))
      throw reader.error(`.${name} is no method call. Write .${name}(…) or ['${name}'].`, at);
    const { positional, keywords } = callArguments(reader);
    if (keywords[0] !== undefined) throw reader.error('A method takes no named arguments.', keywords[0].at);
    return reader.nested(() => parseAccesses(reader, { type: 'method', at, object, name, positional }));
  }
  if (reader.takeIf('[')) {
    const access = parseSubscript(reader, object, at);
    return reader.nested(() => parseAccesses(reader, access));
  }
  if (reader.is('(')) throw reader.error('Only functions and methods can be called.');
  return object;
}

function parseSubscript(reader: TokenReader, object: Expression, at: number): Expression {
  const index = reader.is(':') ? undefined : parseExpression(reader);
  const slice = reader.takeIf(':');
  const to = !slice || reader.is(']') ? undefined : parseExpression(reader);
  reader.expect(']', 'the subscript');
  if (slice) return { type: 'slice', at, object, from: index, to };
  if (index === undefined) throw reader.unexpected('a subscript');
  return { type: 'subscript', at, object, index };
}

function parseValue(reader: TokenReader): Expression {
  const token = reader.peek();
  if (token.kind === 'name') return parseNamed(reader);
  if (token.kind === 'text') return parseText(reader);
  if (token.kind === 'integer' || token.kind === 'float') return parseNumber(reader);
  if (token.text === '(') return parseBrackets(reader);
  if (token.text === '[') return parseList(reader);
  if (token.text === '{' && token.kind === 'operator') return parseDict(reader);
  throw reader.unexpected('a value');
}

function parseNumber(reader: TokenReader): Expression {
  const { kind, text, at } = reader.take();
  if (text.length > DIGITS_MAX) throw reader.error('The number is too long.', at);
  return { type: 'literal', at, value: kind === 'integer' ? BigInt(text) : Number(text) };
}

/** Texts side by side are one. */
function parseText(reader: TokenReader): Expression {
  const { text, at } = reader.take();
  let value = text;
  while (reader.peek().kind === 'text') value += reader.take().text;
  return { type: 'literal', at, value };
}

function parseNamed(reader: TokenReader): Expression {
  const { text, at } = reader.peek();
  const constant = CONSTANTS.get(text.toLowerCase());
  if (constant !== undefined) {
    reader.take();
    return { type: 'literal', at, value: constant };
  }
  const name = parseName(reader);
  return reader.is('(') ? { type: 'call', at, name, ...callArguments(reader) } : { type: 'name', at, name };
}

/** `(a)` is a, `(a, b)` and `(a,)` are lists. */
function parseBrackets(reader: TokenReader): Expression {
  const { at } = reader.take();
  const items = parseItems(reader, ')');
  const tuple = reader.is(',', -1) || items.length !== 1;
  reader.expect(')', 'the expression');
  const [only] = items;
  return tuple || only === undefined ? { type: 'list', at, items } : only;
}

function parseList(reader: TokenReader): Expression {
  const { at } = reader.take();
  const items = parseItems(reader, ']');
  const [item] = items;
  if (items.length === 1 && item !== undefined && reader.takeIf('for')) {
    const loop = parseLoop(reader);
    const condition = reader.takeIf('if') ? parseOr(reader) : undefined;
    reader.expect(']', 'the loop');
    return { type: 'comprehension', at, item, loop, condition };
  }
  reader.expect(']', 'the list');
  return { type: 'list', at, items };
}

function parseItems(reader: TokenReader, close: string): Expression[] {
  const items: Expression[] = [];
  while (!reader.is(close)) {
    items.push(parseExpression(reader));
    if (!reader.takeIf(',')) break;
  }
  return items;
}

function parseDict(reader: TokenReader): Expression {
  const { at } = reader.take();
  const entries: [Expression, Expression][] = [];
  while (!reader.is('}')) {
    const key = parseExpression(reader);
    reader.expect(':', 'the key');
    entries.push([key, parseExpression(reader)]);
    if (!reader.takeIf(',')) break;
  }
  reader.expect('}', 'the dict');
  return { type: 'dict', at, entries };
}
