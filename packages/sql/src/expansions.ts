import { isSignificant, lex, type Token } from './lexer.js';

/** Counts stop growing here: more is too many for any purpose. */
const COUNT_MAX = 1_000_000;

/**
 * How many queries a SELECT becomes when every query of its WITH clauses is put in each place that names it, which is what the
 * engine does. Each can double the one before it, so that a short text becomes millions. Words that only look like such a name
 * count as well, so the count is an upper bound. (QY-18)
 */
export function countExpansions(sql: string): number {
  const tokens = lex(sql).filter(isSignificant);
  const queries = withQueries(tokens);
  const known = new Map<string, number>();
  const open = new Set<string>();
  const cost = (name: string): number => {
    const before = known.get(name);
    if (before !== undefined) return before;
    if (open.has(name)) return 0;
    open.add(name);
    const bodies = queries.get(name) ?? [];
    const total = bodies.reduce((sum, body) => sum + costOf(body), 1);
    open.delete(name);
    known.set(name, Math.min(total, COUNT_MAX));
    return Math.min(total, COUNT_MAX);
  };
  const costOf = (body: readonly Token[]): number =>
    namesIn(body).reduce((sum, name) => (queries.has(name) ? Math.min(sum + cost(name), COUNT_MAX) : sum), 0);
  const inside = new Set([...queries.values()].flat(2));
  return costOf(tokens.filter((token) => !inside.has(token)));
}

/** A query of a WITH clause: its name, and where its text begins and ends. */
interface Definition {
  name: Token;
  start: number;
  end: number;
}

/** The tokens of each definition, by name; a name may be there several times, in scopes of its own. */
function withQueries(tokens: readonly Token[]): Map<string, Token[][]> {
  const found = new Map<string, Token[][]>();
  for (const { name, start, end } of definitions(tokens)) {
    const key = nameOf(name) ?? '';
    found.set(key, [...(found.get(key) ?? []), tokens.slice(start, end)]);
  }
  return found;
}

/** Every `name AS (…)`, `name (columns) AS (…)` and `name AS MATERIALIZED (…)`. */
function definitions(tokens: readonly Token[]): Definition[] {
  return tokens.flatMap((token, i) => {
    if (token.text.toUpperCase() !== 'AS') return [];
    const open = tokens[i + 1]?.text.toUpperCase() === 'MATERIALIZED' ? i + 2 : i + 1;
    const name = tokens[tokens[i - 1]?.text === ')' ? opening(tokens, i - 1) - 1 : i - 1];
    if (tokens[open]?.text !== '(' || name === undefined || nameOf(name) === undefined) return [];
    return [{ name, start: open + 1, end: closing(tokens, open) }];
  });
}

function opening(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let i = close; i >= 0; i -= 1) {
    if (tokens[i]?.text === ')') depth += 1;
    if (tokens[i]?.text === '(') depth -= 1;
    if (depth === 0) return i;
  }
  return 0;
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i += 1) {
    if (tokens[i]?.text === '(') depth += 1;
    if (tokens[i]?.text === ')') depth -= 1;
    if (depth === 0) return i;
  }
  return tokens.length;
}

/** The names that a text reads; where a name is defined it is not read. */
function namesIn(tokens: readonly Token[]): string[] {
  const defining = new Set(definitions(tokens).map(({ name }) => name));
  return tokens.flatMap((token) => {
    const name = nameOf(token);
    return name === undefined || defining.has(token) ? [] : [name];
  });
}

function nameOf(token: Token): string | undefined {
  if (token.kind === 'word') return token.text;
  return token.kind === 'quotedIdentifier' ? token.value : undefined;
}
