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

/** The tokens of each `name AS (…)`, by name; a name may be there several times, in scopes of its own. */
function withQueries(tokens: readonly Token[]): Map<string, Token[][]> {
  const found = new Map<string, Token[][]>();
  for (const [i, token] of tokens.entries()) {
    const name = nameOf(token);
    if (name === undefined || tokens[i + 1]?.text.toUpperCase() !== 'AS' || tokens[i + 2]?.text !== '(')
      continue;
    const body = tokens.slice(i + 3, closing(tokens, i + 2));
    found.set(name, [...(found.get(name) ?? []), body]);
  }
  return found;
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

function namesIn(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token, i) => {
    const name = nameOf(token);
    const defines = tokens[i + 1]?.text.toUpperCase() === 'AS' && tokens[i + 2]?.text === '(';
    return name === undefined || defines ? [] : [name];
  });
}

function nameOf(token: Token): string | undefined {
  if (token.kind === 'word') return token.text;
  return token.kind === 'quotedIdentifier' ? token.value : undefined;
}
