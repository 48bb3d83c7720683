import { type AstNode, forEachNode } from './ast.js';
import { argumentsOf, IN_FUNCTIONS, JOIN_GET_FUNCTIONS } from './names.js';
import { textOfLiteral } from './text.js';

/**
 * The names that can be tables where they stand in a query: in FROM and JOIN, after IN, and as the table of joinGet. Names of WITH
 * queries are among them; a column after IN may be, too. (PS-02, MZ-01)
 *
 * @param root the syntax tree of a SELECT
 */
export function tablesRead(root: AstNode): ReadonlySet<string> {
  const names = new Set<string>();
  forEachNode(root, (node) => {
    if (node.kind === 'TableIdentifier') names.add(node.detail);
    if (node.kind !== 'Function') return;
    const called = node.detail.toLowerCase();
    const [first, ...others] = argumentsOf(node);
    if (IN_FUNCTIONS.has(called))
      for (const { kind, detail } of others) if (kind === 'Identifier') names.add(detail);
    const named = JOIN_GET_FUNCTIONS.has(called) && first !== undefined ? nameIn(first) : undefined;
    if (named !== undefined) names.add(named);
  });
  return names;
}

function nameIn(node: AstNode): string | undefined {
  return node.kind === 'Identifier' ? node.detail : textOfLiteral(node);
}
