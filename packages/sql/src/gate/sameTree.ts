import type { AstNode } from './ast.js';
import { readTree } from './gate.js';

/** Nodes whose detail is nothing but a value. */
const VALUES: ReadonlySet<string> = new Set(['Literal', 'SampleRatio']);

/**
 * Whether two syntax trees differ in the values of literals only. Two texts of the same tokens need not: a text can name a table
 * (`FROM 'visits'`), an alias or a part of a type.
 * @param one, other answers to `EXPLAIN AST`, one node per line
 * @throws GateError for what is no syntax tree
 */
export function differInValuesOnly(one: string, other: string): boolean {
  const pending: [AstNode, AstNode][] = [[readTree(one), readTree(other)]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [a, b] = next;
    if (a.kind !== b.kind || a.alias !== b.alias || a.children.length !== b.children.length) return false;
    if (a.detail !== b.detail && !VALUES.has(a.kind)) return false;
    for (const [i, child] of a.children.entries()) {
      const twin = b.children[i];
      if (twin !== undefined) pending.push([child, twin]);
    }
  }
  return true;
}
