import { nameOf } from './gate/text.js';
import { isSignificant, lex, type Token } from './lexer.js';
import { isPunctuation, isWord } from './operands.js';
import { quoteIdentifier } from './quote.js';

/** Words that can follow the name of a table and are no alias of it. */
const NO_ALIAS: ReadonlySet<string> = new Set(['as', 'final', 'sample']);

/**
 * Puts other names in the place of tables that are read with FINAL, which then is left out: `FROM t AS a FINAL` becomes
 * `` FROM `t final` AS a ``, and `FROM t FINAL` keeps its name as an alias. A WITH query can stand in the place of a table, but
 * none can be named with FINAL.
 *
 * @param replacements from the name of a table to another one
 * @returns the text, and the tables of which one place was found at least
 */
export function replaceFinalTables(
  sql: string,
  replacements: ReadonlyMap<string, string>,
): { sql: string; replaced: ReadonlySet<string> } {
  const tokens = lex(sql).filter(isSignificant);
  const replaced = new Set<string>();
  let text = '';
  let copied = 0;
  for (const [at, token] of tokens.entries()) {
    const name = nameOf(token);
    const other = name === undefined ? undefined : replacements.get(name);
    if (name === undefined || other === undefined || !startsTable(tokens, at)) continue;
    const final = finalAfter(tokens, at);
    if (final === undefined) continue;
    const alias = final.hasAlias ? '' : ` AS ${quoteIdentifier(name)}`;
    const between = sql.slice(token.end, final.token.start);
    text += sql.slice(copied, token.start) + quoteIdentifier(other) + alias + between;
    copied = final.token.end;
    replaced.add(name);
  }
  return { sql: text + sql.slice(copied), replaced };
}

function startsTable(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  return isWord(before, 'from') || isWord(before, 'join') || isPunctuation(before, ',');
}

/** The word FINAL behind the name of a table and its alias, if it has one. */
function finalAfter(tokens: readonly Token[], at: number): { token: Token; hasAlias: boolean } | undefined {
  const as = isWord(tokens[at + 1], 'as');
  const alias = tokens[as ? at + 2 : at + 1];
  const name = nameOf(alias);
  const hasAlias =
    name !== undefined && (as || !(alias?.kind === 'word' && NO_ALIAS.has(name.toLowerCase())));
  const token = tokens[at + 1 + (as ? 1 : 0) + (hasAlias ? 1 : 0)];
  return token !== undefined && isWord(token, 'final') ? { token, hasAlias } : undefined;
}
