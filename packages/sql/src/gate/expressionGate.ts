import { type AstNode, forEachNode } from './ast.js';
import { checkIdentifier } from './functionRules.js';
import { HIGHER_ORDER_FUNCTIONS, judgeFunction } from './functions.js';
import { readTree } from './gate.js';
import { GateError } from './gateError.js';
import { argumentsOf, TABLE_READING_FUNCTIONS } from './names.js';

const EXPRESSION_KINDS: ReadonlySet<string> = new Set([
  'ExpressionList',
  'Function',
  'Identifier',
  'Literal',
]);
/** The only tree that `SELECT tuple(…)` can have above its arguments. */
const WRAPPER = ['SelectWithUnionQuery', 'ExpressionList', 'SelectQuery', 'ExpressionList', 'Function'];

/**
 * Checks a piece of a table definition (sorting key, partition key, TTL, DEFAULT) or a filter for rows: only columns, literals and allowed
 * ordinary functions, no aggregate functions, no subqueries and nothing that reads a table (EN-21, QY-15).
 *
 * @param astText the engine's answer to `EXPLAIN AST SELECT tuple(<expression>)`; the expression has to be balanced
 *   and free of comments and quoted control characters, as `checkExpression` makes sure
 * @param columns the table's columns; when given, other names are refused
 * @throws GateError
 */
export function checkExpressionAst(astText: string, columns?: ReadonlySet<string>): void {
  const list = wrappedArguments(readTree(astText));
  const locals = lambdaParameters(list);
  forEachNode(list, (node) => {
    checkExpressionNode(node);
    if (node.kind === 'Identifier' && columns !== undefined) checkColumn(node, columns, locals);
  });
}

/** The arguments of the tuple around the expression. */
function wrappedArguments(root: AstNode): AstNode {
  let node: AstNode | undefined = { kind: '', detail: '', alias: null, children: [root] };
  for (const kind of WRAPPER) {
    node = onlyChild(node, kind);
  }
  if (node?.detail !== 'tuple' || node.alias !== null) throw notOneExpression();
  return onlyChild(node, 'ExpressionList');
}

function onlyChild(node: AstNode, kind: string): AstNode {
  const [child] = node.children;
  if (child?.kind !== kind || node.children.length !== 1) throw notOneExpression();
  return child;
}

function notOneExpression(): GateError {
  return new GateError('syntax', 'expression', 'Only an expression is allowed here.');
}

/** Names that lambdas give to their arguments. */
function lambdaParameters(list: AstNode): ReadonlySet<string> {
  const names = new Set<string>();
  forEachNode(list, (node) => {
    if (node.kind !== 'Function' || node.detail !== 'lambda') return;
    const [parameters] = argumentsOf(node);
    if (parameters !== undefined) forEachNode(parameters, ({ detail }) => names.add(detail));
  });
  return names;
}

function checkExpressionNode(node: AstNode): void {
  if (!EXPRESSION_KINDS.has(node.kind)) {
    throw new GateError('syntax', node.kind, `${node.kind} is not allowed in an expression here.`);
  }
  if (node.alias !== null) {
    throw new GateError('syntax', node.alias, `The alias '${node.alias}' is not allowed here; remove it.`);
  }
  if (node.kind === 'Identifier') checkIdentifier(node);
  if (node.kind === 'Function') checkExpressionFunction(node);
}

function checkExpressionFunction(node: AstNode): void {
  const name = node.detail;
  const key = name.toLowerCase();
  const verdict = judgeFunction(name);
  if (!verdict.allowed) throw refused(name, verdict.why);
  if (verdict.aggregate) throw refused(name, 'aggregates rows, which is not possible here.');
  const args = argumentsOf(node);
  if (TABLE_READING_FUNCTIONS.has(key) && (key.startsWith('join') || args.slice(1).some(isIdentifier))) {
    throw refused(name, 'could read a table here, which is not possible here.');
  }
  if (!HIGHER_ORDER_FUNCTIONS.has(key)) return;
  for (const { detail } of args.filter(isIdentifier)) {
    const named = judgeFunction(detail);
    if (!named.allowed && named.known) throw refused(detail, named.why);
  }
}

function isIdentifier({ kind }: AstNode): boolean {
  return kind === 'Identifier';
}

function refused(name: string, why: string): GateError {
  return new GateError('function', name, `The function ${name} ${why}`);
}

/** A column may have parts: `location.city`, `payload.^user`. */
function checkColumn({ detail }: AstNode, columns: ReadonlySet<string>, locals: ReadonlySet<string>): void {
  const first = detail.split('.')[0] ?? detail;
  if (columns.has(detail) || columns.has(first) || locals.has(first)) return;
  throw new GateError('syntax', detail, `There is no column '${detail}'.`);
}
