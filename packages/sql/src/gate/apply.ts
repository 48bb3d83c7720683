import type { Token } from '../lexer.js';
import { isPunctuation, isWord } from '../operands.js';
import { type Allowance, judgeFor } from './allowance.js';
import { GateError } from './gateError.js';
import { AGGREGATE_NAMING_FUNCTIONS, TABLE_READING_FUNCTIONS } from './names.js';
import { nameOf } from './text.js';

/** Keywords of expressions that a bracket can follow. */
const KEYWORDS: ReadonlySet<string> = new Set(
  'and or not case when then else between like ilike regexp interval div mod is'.split(' '),
);
/** Words that could begin a query or name a table. */
const QUERY_WORDS: ReadonlySet<string> = new Set(
  'select with from values in exists any all some explain global apply settings'.split(' '),
);

/**
 * Checks what `* APPLY(…)` applies, from the tokens, because the engine's tree shows neither the function nor the
 * lambda: `APPLY(x -> (SELECT …))` looks like `APPLY(toString)`. So only names of allowed functions and plain
 * expressions in a lambda pass (QY-14, QY-15).
 *
 * @param shown how many APPLY the tree has
 * @param allowance the functions of this kind of query
 * @throws GateError of kind `syntax` or `function`
 */
export function checkApply(tokens: readonly Token[], shown: number, allowance: Allowance): void {
  if (shown === 0) return;
  let found = 0;
  for (const [at, token] of tokens.entries()) {
    if (!isWord(token, 'apply')) continue;
    const applied = appliedTokens(tokens, at + 1);
    if (applied === undefined) continue;
    checkApplied(applied, allowance);
    found += 1;
  }
  if (found < shown) throw applyError('APPLY cannot be checked here; write APPLY(function).');
}

/** What follows APPLY: the insides of its brackets, or a name with its parameters; undefined when APPLY is a name. */
function appliedTokens(tokens: readonly Token[], at: number): readonly Token[] | undefined {
  if (isPunctuation(tokens[at], '(')) return tokens.slice(at + 1, closing(tokens, at));
  if (nameOf(tokens[at]) === undefined) return undefined;
  if (isPunctuation(tokens[at + 1], '->')) {
    throw applyError('Put the lambda of APPLY in brackets: APPLY(x -> …).');
  }
  const end = isPunctuation(tokens[at + 1], '(') ? closing(tokens, at + 1) : at + 1;
  return tokens.slice(at, end);
}

/** Where the bracket at `open` closes, or the end of the text. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    if (isPunctuation(tokens[at], '(')) depth += 1;
    else if (isPunctuation(tokens[at], ')')) depth -= 1;
    if (depth === 0) return at;
  }
  return tokens.length;
}

function checkApplied(applied: readonly Token[], allowance: Allowance): void {
  const isLambda = applied.some((token) => isPunctuation(token, '->'));
  for (const [at, token] of applied.entries()) {
    if (isPunctuation(token, '@@')) throw applyError('APPLY cannot use @@ variables.');
    const name = nameOf(token);
    if (name === undefined) continue;
    const called = isPunctuation(applied[at + 1], '(') || (at === 0 && !isLambda);
    if (token.kind === 'word' && checkWord(token.text.toLowerCase())) continue;
    checkName(name, called, allowance);
  }
}

/** True for a keyword that is no name. */
function checkWord(word: string): boolean {
  if (QUERY_WORDS.has(word)) {
    throw applyError(`APPLY cannot hold ${word.toUpperCase()}; only functions of the column are allowed.`);
  }
  return KEYWORDS.has(word);
}

/** A name that is not called may be a column, or a function handed to another one (`arrayMap(file, x)`). */
function checkName(name: string, called: boolean, allowance: Allowance): void {
  const verdict = judgeFor(allowance, name);
  const key = name.toLowerCase();
  const readsText = TABLE_READING_FUNCTIONS.has(key) || AGGREGATE_NAMING_FUNCTIONS.has(key);
  if (verdict.allowed ? !readsText : !called && !verdict.known) return;
  const why = verdict.allowed
    ? 'takes the name of a table or function, which is not allowed in APPLY.'
    : verdict.why;
  throw new GateError('function', name, `The function ${name} ${why}`);
}

function applyError(message: string): GateError {
  return new GateError('syntax', 'APPLY', message);
}
