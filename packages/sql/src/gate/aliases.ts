import { type AstNode, forEachNode } from './ast.js';
import { GateError } from './gateError.js';
import { argumentsOf, IN_FUNCTIONS } from './names.js';

/**
 * Refuses `a IN name` where the same SELECT gives that name to an expression and the Workspace has a resource of that name: it
 * could mean either (DM-07). Elsewhere a column may be named like a resource: a table can stand only in FROM, and public
 * projects name columns like their Pipes.
 *
 * @throws GateError of kind `alias`
 */
export function checkAliases(root: AstNode, resources: ReadonlySet<string>): void {
  const selectOf = new Map<AstNode, AstNode>();
  const aliases = new Map<AstNode, Set<string>>();
  const asked: { select: AstNode; name: string }[] = [];
  forEachNode(root, (node, parent) => {
    const select = node.kind === 'SelectQuery' || parent === null ? node : (selectOf.get(parent) ?? root);
    selectOf.set(node, select);
    if (node.alias !== null && parent?.kind !== 'TableExpression' && resources.has(node.alias)) {
      aliases.set(select, (aliases.get(select) ?? new Set()).add(node.alias));
    }
    if (node.kind !== 'Function' || !IN_FUNCTIONS.has(node.detail.toLowerCase())) return;
    for (const { kind, detail } of argumentsOf(node).slice(1)) {
      if (kind === 'Identifier') asked.push({ select, name: detail });
    }
  });
  const wrong = asked.find(({ select, name }) => aliases.get(select)?.has(name));
  if (wrong !== undefined) throw ambiguous(wrong.name);
}

function ambiguous(name: string): GateError {
  const message = `'${name}' after IN could be the column alias or the Data Source or Pipe of that name. Choose another alias, or write IN (SELECT … FROM ${name}).`;
  return new GateError('alias', name, message);
}
