import { type AstNode, forEachNode } from './ast.js';
import { judgeFunction } from './functions.js';
import { GateError } from './gateError.js';
import { argumentsOf, IN_FUNCTIONS, meanings, type QueryNames } from './names.js';
import type { QueryScope } from './tableRules.js';

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

/**
 * Refuses a lambda that has the name of a function. The engine looks a function up among the aliases of all SELECTs around the
 * call before it takes its own, and puts WITH queries where they are named: `WITH (a, b) -> 1 AS equals` would make every
 * condition of the Pipes true that the query reads (AU-17).
 *
 * @throws GateError of kind `alias`
 */
export function checkLambdas(names: QueryNames): void {
  for (const alias of names.aliases) {
    if (![...meanings(alias, names)].some((name) => names.lambdas.has(name))) continue;
    const verdict = judgeFunction(alias);
    if (!verdict.allowed && !verdict.known) continue;
    throw new GateError(
      'alias',
      alias,
      `The lambda '${alias}' has the name of a function. Choose another name.`,
    );
  }
}

/**
 * Finds tables that are named after IN without a SELECT. The engine takes such a name for an expression of a SELECT around it
 * first, so in a Pipe that is read by a text of somebody else it could be made to mean what he likes (AU-17).
 *
 * @returns whether there are any
 * @throws GateError of kind `alias` when the policy is for such a text and it gives one of these names to an expression
 */
export function checkTablesAfterIn(root: AstNode, { policy, names, withNames }: QueryScope): boolean {
  const isTable = (name: string): boolean => policy.table(name) || withNames.has(name);
  const found = new Set<string>();
  forEachNode(root, (node) => {
    if (node.kind !== 'Function' || !IN_FUNCTIONS.has(node.detail.toLowerCase())) return;
    for (const { kind, detail } of argumentsOf(node).slice(1)) {
      if (kind === 'Identifier' && isTable(detail)) found.add(detail);
    }
  });
  const hidden = policy.aroundPipes ? [...found].find((name) => names.aliases.has(name)) : undefined;
  if (hidden !== undefined) throw ambiguous(hidden);
  return found.size > 0;
}

function ambiguous(name: string): GateError {
  const message = `'${name}' after IN could be the column alias or the Data Source or Pipe of that name. Choose another alias, or write IN (SELECT … FROM ${name}).`;
  return new GateError('alias', name, message);
}
