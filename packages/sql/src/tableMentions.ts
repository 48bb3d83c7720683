import { IN_FUNCTIONS } from './gate/names.js';
import { nameOf } from './gate/text.js';
import { isSignificant, lex, type Token } from './lexer.js';
import { NAMING_FUNCTION, namesAt } from './mentions.js';
import { isPunctuation, isWord } from './operands.js';
import { RESERVED_WORDS } from './reservedWords.js';

/** Behind these stands a table, or something in brackets that may hold tables. */
const BEFORE_TABLE: ReadonlySet<string> = new Set(['from', 'join', 'in']);

/**
 * What ends the list of tables behind FROM: words that can be nothing else there. The condition of a JOIN does not end it: a comma behind
 * it goes on with the list.
 */
const AFTER_TABLES: ReadonlySet<string> = new Set(
  'select with where prewhere group having order union'.split(' '),
);

/** Words that are neither an alias, nor what has one: no Pipe is called so. */
const NO_NAMES: ReadonlySet<string> = new Set(RESERVED_WORDS.map((word) => word.toLowerCase()));

/** A bracket that is open, or the text around all of them. */
interface Frame {
  /** Whether a table can stand behind a comma: the text is behind FROM. */
  inTables: boolean;
  /** Whether each of its elements can be a table: it stands behind IN or FROM, or holds what is given to a function that reads tables. */
  holdsTables: boolean;
}

/**
 * Every name in a SQL text that stands where a table can stand: behind FROM, JOIN and IN, and in calls of functions that read tables; also
 * when an alias of it stands there. Other columns and aliases are not among them: a Pipe may be called like one. A name too many costs
 * little, such as the column of `extract(day FROM at)`; a missing one breaks the query. (PS-01…PS-03, DM-07, DM-10, DM-11)
 */
export function mentionedTables(sql: string): ReadonlySet<string> {
  const tokens = lex(sql).filter(isSignificant);
  const found = new Set<string>();
  const open: Frame[] = [];
  let frame: Frame = { inTables: false, holdsTables: false };
  for (const [at, token] of tokens.entries()) {
    const isTable = standsAsTable(tokens, at, frame) && !isClause(token);
    const isText = token.kind === 'string' || token.kind === 'heredoc';
    if (isText || isTable) for (const name of namesAt(tokens, at, token)) found.add(name);
    if (isText && isTable) found.add(token.value ?? '');
    if (isOpening(token)) {
      const holdsTables = token.text === '(' && (isTable || isOfTableReader(tokens, at, frame));
      open.push(frame);
      frame = { inTables: false, holdsTables };
    } else if (isClosing(token)) frame = open.pop() ?? frame;
    else if (token.kind === 'word' && !isTable) frame = behind(tokens, at, frame);
  }
  addAliased(tokens, found);
  return found;
}

function standsAsTable(tokens: readonly Token[], at: number, frame: Frame): boolean {
  const before = tokens[at - 1];
  if (isPunctuation(before, ',')) return frame.inTables || frame.holdsTables;
  if (isPunctuation(before, '(')) return frame.holdsTables;
  if (before?.kind !== 'word' || !BEFORE_TABLE.has(before.text.toLowerCase())) return false;
  return !isArrayJoin(tokens, at - 1);
}

/** Whether the bracket at `at` belongs to a function in the place of a table, or to one that names a table or looks something up in it. */
function isOfTableReader(tokens: readonly Token[], at: number, frame: Frame): boolean {
  const called = nameOf(tokens[at - 1]);
  if (called === undefined) return false;
  return (
    IN_FUNCTIONS.has(called.toLowerCase()) ||
    NAMING_FUNCTION.test(called) ||
    standsAsTable(tokens, at - 1, frame)
  );
}

/** What can stand behind the word at `at`. */
function behind(tokens: readonly Token[], at: number, frame: Frame): Frame {
  if (isPunctuation(tokens[at - 1], '.')) return frame;
  const word = tokens[at]?.text.toLowerCase() ?? '';
  if (word === 'from' || word === 'join') return { inTables: !isArrayJoin(tokens, at), holdsTables: false };
  if (word === 'select' || word === 'with') return { inTables: false, holdsTables: false };
  return AFTER_TABLES.has(word) && !isName(tokens, at) ? { ...frame, inTables: false } : frame;
}

/** A word behind a dot or AS is a name. */
function isName(tokens: readonly Token[], at: number): boolean {
  return isPunctuation(tokens[at - 1], '.') || isWord(tokens[at - 1], 'as');
}

/** What stands behind ARRAY JOIN are columns. */
function isArrayJoin(tokens: readonly Token[], at: number): boolean {
  const isArray = isWord(tokens[at], 'join') && isWord(tokens[at - 1], 'array');
  return isArray && !isName(tokens, at - 1) && !isPunctuation(tokens[at - 2], '=');
}

/** `WITH visits AS v … IN v` reads visits: adds what a name that was found is an alias of, however long the chain. */
function addAliased(tokens: readonly Token[], found: Set<string>): void {
  const aliased = new Map<string, string[]>();
  for (const at of tokens.keys()) {
    const alias = aliasIn(tokens[isWord(tokens[at], 'as') ? at + 1 : at]);
    let of = at - 1;
    while (isPunctuation(tokens[of], ')')) of -= 1;
    const token = tokens[of];
    if (alias === undefined || token === undefined || aliasIn(token) === undefined) continue;
    const names = aliased.get(alias) ?? [];
    names.push(...namesAt(tokens, of, token));
    aliased.set(alias, names);
  }
  for (const name of found) for (const other of aliased.get(name) ?? []) found.add(other);
}

function aliasIn(token: Token | undefined): string | undefined {
  return token?.kind === 'word' && NO_NAMES.has(token.text.toLowerCase()) ? undefined : nameOf(token);
}

/** Whether a word begins what can't be a table: `(SELECT …`. */
function isClause(token: Token): boolean {
  return isWord(token, 'select') || isWord(token, 'with') || isWord(token, 'from');
}

function isOpening(token: Token): boolean {
  return token.kind === 'punctuation' && ['(', '[', '{'].includes(token.text);
}

function isClosing(token: Token): boolean {
  return token.kind === 'punctuation' && [')', ']', '}'].includes(token.text);
}
