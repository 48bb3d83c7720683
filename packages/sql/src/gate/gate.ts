import { checkAliases, checkLambdas, checkTablesAfterIn } from './aliases.js';
import { STANDARD_ALLOWANCE } from './allowance.js';
import { checkApply } from './apply.js';
import { AstError, type AstNode, forEachNode, readAst } from './ast.js';
import { checkExternal, type ExternalUse } from './external.js';
import { EXTERNAL_FUNCTIONS } from './externalFunctions.js';
import { checkFunction, checkIdentifier } from './functionRules.js';
import { GateError } from './gateError.js';
import { queryNames } from './names.js';
import { checkSecrets, type Secrets } from './secrets.js';
import { QUERY_SETTINGS } from './settings.js';
import { checkStructure } from './structure.js';
import { tableFunctionFault } from './tableFunctions.js';
import { checkTableName, type GatePolicy, type QueryScope, type TableUse } from './tableRules.js';
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

/** What the gate found out about a query that passed. */
export interface PassedQuery {
  /** The addresses outside of this server that it reads from, `host:port`; empty for all but a few. */
  addresses: readonly string[];
  /** Passwords and keys in its text, which messages must not show. */
  hidden: readonly string[];
  /** Whether it names a table after IN without a SELECT. */
  tablesAfterIn: boolean;
  /** The names of tables that it reads, in FROM, after IN and in joinGet, and of its WITH queries. */
  tables: ReadonlySet<string>;
  /** Names with a dot that it gives to tables: each could be taken for that of a table of another database. */
  dottedAliases: ReadonlySet<string>;
}

const NO_SECRETS: Secrets = new Map();

/**
 * Lets one SELECT through that names only allowed tables, table functions and functions; refuses everything else,
 * and whatever it cannot place (QY-14, QY-15, PS-07, PS-08).
 *
 * `EXPLAIN AST a; b` runs b, so a text has to be known as one statement (`splitSelect`) before it is explained.
 *
 * @param sql the statement without trailing SETTINGS and FORMAT, exactly as it was explained and will be run
 * @param astText the engine's answer to `EXPLAIN AST <sql>`, one node per line
 * @param secrets the secrets that stand in it as marks
 * @throws GateError
 */
export function checkQuery(
  sql: string,
  astText: string,
  policy: GatePolicy,
  secrets: Secrets = NO_SECRETS,
): PassedQuery {
  const tokens = readQueryText(sql);
  const root = readTree(astText);
  if (root.kind !== 'SelectWithUnionQuery') {
    throw new GateError('statement', root.kind, `Only a SELECT is allowed; this is a ${root.kind}.`);
  }
  const names = queryNames(root);
  const allowance = policy.allowance ?? STANDARD_ALLOWANCE;
  const used: TableUse = { tables: new Set(), dottedAliases: new Set() };
  const scope: QueryScope = { policy, allowance, names, withNames: withNames(tokens), used };
  const use: ExternalUse = { addresses: [], hidden: [], placed: new Set() };
  forEachNode(root, (node, parent) => {
    if (parent?.kind === 'TableExpression' && node.kind === 'Function')
      checkTableFunction(node, scope, { secrets, use });
    else checkNode(node, scope);
  });
  checkAliases(root, policy.resources);
  checkLambdas(names);
  const tablesAfterIn = checkTablesAfterIn(root, scope);
  checkApply(tokens, names.applies, allowance);
  checkSecrets(sql, root, secrets, use.placed);
  return { addresses: use.addresses, hidden: use.hidden, tablesAfterIn, ...used };
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
function checkNode(node: AstNode, scope: QueryScope): void {
  if (node.kind === 'SelectWithUnionQuery') checkUnion(node);
  else if (node.kind === 'TableIdentifier') checkTable(node, scope);
  else if (node.kind === 'Identifier') checkIdentifier(node);
  else if (node.kind === 'Function') checkFunction(node, scope);
  else checkKind(node);
}

function checkTable({ detail, alias }: AstNode, scope: QueryScope): void {
  checkTableName(detail, scope);
  if (alias?.includes('.')) scope.used.dottedAliases.add(alias);
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

function checkTableFunction(
  node: AstNode,
  { policy, allowance, names }: QueryScope,
  external: { secrets: Secrets; use: ExternalUse },
): void {
  const name = node.detail;
  if (EXTERNAL_FUNCTIONS.has(name.toLowerCase())) {
    checkExternal(node, { ...external, sources: policy.external, aliases: names.aliases });
    return;
  }
  const fault = tableFunctionFault(name, allowance.tableFunctions);
  if (fault !== undefined) {
    throw new GateError('tableFunction', name, `The table function ${name} ${fault}`);
  }
  checkStructure(node);
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
