import { checkApply } from './apply.js';
import { AstError, type AstNode, forEachNode, readAst } from './ast.js';
import { checkFunction, checkIdentifier } from './functionRules.js';
import { GateError } from './gateError.js';
import { queryNames } from './names.js';
import { QUERY_SETTINGS } from './settings.js';
import { checkStructure } from './structure.js';
import { tableFunctionFault } from './tableFunctions.js';
import { checkTableName, type GatePolicy, type QueryScope } from './tableRules.js';
import { readQueryText, withNames } from './text.js';

/**
 * The nodes that a query may have. All but `ColumnsApplyTransformer` show their children in the tree, where they are
 * checked themselves; `Identifier` is one because FORMAT adds it to a query.
 */
const CHECKED_KINDS: ReadonlySet<string> = new Set([
  'ArrayJoin',
  'Asterisk',
  'ColumnsApplyTransformer',
  'ColumnsExceptTransformer',
  'ColumnsListMatcher',
  'ColumnsRegexpMatcher',
  'ColumnsReplaceTransformer',
  'ColumnsReplaceTransformer::Replacement',
  'ColumnsTransformerList',
  'ExpressionList',
  'Identifier',
  'InterpolateElement',
  'Literal',
  'OrderByElement',
  'QualifiedAsterisk',
  'QualifiedColumnsListMatcher',
  'QualifiedColumnsRegexpMatcher',
  'SampleRatio',
  'SelectIntersectExceptQuery',
  'SelectQuery',
  'Subquery',
  'TableExpression',
  'TableJoin',
  'TablesInSelectQuery',
  'TablesInSelectQueryElement',
  'WindowDefinition',
  'WindowListElement',
  'WithElement',
]);

/**
 * Lets one SELECT through that names only allowed tables, table functions and functions; refuses everything else,
 * and whatever it cannot place (QY-14, QY-15, PS-07, PS-08).
 *
 * `EXPLAIN AST a; b` runs b, so a text has to be known as one statement (`splitSelect`) before it is explained.
 *
 * @param sql the statement without trailing SETTINGS and FORMAT, exactly as it was explained and will be run
 * @param astText the engine's answer to `EXPLAIN AST <sql>`, one node per line
 * @throws GateError
 */
export function checkQuery(sql: string, astText: string, policy: GatePolicy): void {
  const tokens = readQueryText(sql);
  const root = readTree(astText);
  if (root.kind !== 'SelectWithUnionQuery') {
    throw new GateError('statement', root.kind, `Only a SELECT is allowed; this is a ${root.kind}.`);
  }
  const names = queryNames(root);
  const scope: QueryScope = { policy, names, withNames: withNames(tokens) };
  forEachNode(root, (node, parent) => checkNode(node, parent, scope));
  checkApply(tokens, names.applies);
}

/** Reads a tree; one that contradicts itself is the query's fault. */
export function readTree(astText: string): AstNode {
  try {
    return readAst(astText);
  } catch (error) {
    if (!(error instanceof AstError)) throw error;
    throw new GateError('syntax', 'AST', `The query cannot be checked: ${error.message}`);
  }
}

/** A `ColumnsApplyTransformer` hides what is applied: checkApply reads that from the tokens. */
function checkNode(node: AstNode, parent: AstNode | null, scope: QueryScope): void {
  if (node.kind === 'SelectWithUnionQuery') checkUnion(node);
  else if (node.kind === 'TableIdentifier') checkTableName(node.detail, scope);
  else if (node.kind === 'Identifier') checkIdentifier(node);
  else if (node.kind !== 'Function') checkKind(node);
  else if (parent?.kind === 'TableExpression') checkTableFunction(node);
  else checkFunction(node, scope);
}

/** A query has its SELECTs in one list. More children are INTO OUTFILE, FORMAT and SETTINGS. */
function checkUnion({ children }: AstNode): void {
  const [list, extra] = children;
  if (extra !== undefined) {
    checkKind(extra);
    const clause = extra.kind === 'Literal' ? 'INTO OUTFILE' : 'FORMAT';
    throw new GateError('statement', clause, `${clause} is not allowed inside the query; remove it.`);
  }
  if (list?.kind !== 'ExpressionList') {
    throw new GateError('syntax', list?.kind ?? 'SELECT', 'This form of SELECT is not supported.');
  }
}

function checkTableFunction(node: AstNode): void {
  const name = node.detail;
  const fault = tableFunctionFault(name);
  if (fault === undefined) return checkStructure(node);
  throw new GateError('tableFunction', name, `The table function ${name} ${fault}`);
}

function checkKind({ kind }: AstNode): void {
  if (CHECKED_KINDS.has(kind)) return;
  if (kind === 'Set') {
    const allowed = QUERY_SETTINGS.join(', ');
    const message = `SETTINGS can only stand at the end of the whole query, with ${allowed}.`;
    throw new GateError('setting', 'SETTINGS', message);
  }
  throw new GateError('syntax', kind, `This part of the query is not supported (${kind}); rewrite it.`);
}
