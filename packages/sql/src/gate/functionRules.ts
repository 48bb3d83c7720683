import { judgeFor } from './allowance.js';
import type { AstNode } from './ast.js';
import { HIGHER_ORDER_FUNCTIONS } from './functions.js';
import { GateError } from './gateError.js';
import {
  AGGREGATE_NAMING_FUNCTIONS,
  argumentsOf,
  IN_FUNCTIONS,
  JOIN_GET_FUNCTIONS,
  meanings,
} from './names.js';
import { checkTableName, type QueryScope, qualifiedTable, refusedTable } from './tableRules.js';
import { textOfLiteral } from './text.js';

const STRING_LITERAL = /^'([A-Za-z_]\w*)'$/;

/** Columns with these names would be taken for calls without brackets, which tell about the engine's session. */
const SESSION_IDENTIFIERS: ReadonlySet<string> = new Set([
  'current_database',
  'current_user',
  'currentdatabase',
  'currentuser',
  'session_user',
]);

/**
 * Checks a Function node outside of FROM: its name, and the tables or functions that it can take by name.
 *
 * @throws GateError of kind `function` or `table`
 */
export function checkFunction(node: AstNode, scope: QueryScope): void {
  const name = node.detail;
  const key = name.toLowerCase();
  const verdict = judgeFor(scope.allowance, name);
  if (!verdict.allowed && (verdict.known || !scope.names.lambdas.has(name))) {
    throw new GateError('function', name, `The function ${name} ${verdict.why}`);
  }
  if (IN_FUNCTIONS.has(key)) checkInArguments(node, scope);
  if (JOIN_GET_FUNCTIONS.has(key)) checkJoinTable(node, scope);
  if (HIGHER_ORDER_FUNCTIONS.has(key)) checkFunctionArguments(node, scope);
  if (AGGREGATE_NAMING_FUNCTIONS.has(key)) checkAggregateName(node, scope);
}

/** A column that the engine adds to every table: the name of its database, which belongs to the server. */
const DATABASE_COLUMN = /(?:^|\.)_database$/;

/** Refuses an Identifier that tells of the server, or that the engine reads as a call without brackets, such as `currentUser`. */
export function checkIdentifier(node: AstNode): void {
  if (DATABASE_COLUMN.test(node.detail)) {
    throw new GateError('function', node.detail, `${node.detail} tells about the server and is not allowed.`);
  }
  if (!SESSION_IDENTIFIERS.has(node.detail.toLowerCase())) return;
  throw new GateError(
    'function',
    node.detail,
    `${node.detail} tells about the session of the engine and is not allowed; a column of this name needs its table before it (t.${node.detail}).`,
  );
}

/** `a IN t` reads the table t, unless t is a column. */
function checkInArguments(node: AstNode, scope: QueryScope): void {
  for (const { kind, detail } of argumentsOf(node).slice(1)) {
    if (kind !== 'Identifier') continue;
    for (const name of meanings(detail, scope.names)) checkInName(name, scope);
  }
}

function checkInName(name: string, { policy, used }: QueryScope): void {
  if (name.includes('.')) {
    throw new GateError(
      'table',
      name,
      `${name} after IN could be a table of another database. Write has(${name}, …) for an array, or IN (SELECT … FROM …) for a table.`,
    );
  }
  if (policy.resources.has(name) && !policy.table(name)) throw refusedTable(name, policy);
  used.tables.add(name);
}

/** joinGet('t', …) and joinGet(t, …) read the table t. Anything computed could name any table. */
function checkJoinTable(node: AstNode, scope: QueryScope): void {
  const [first] = argumentsOf(node);
  const name = first === undefined ? undefined : joinTableName(first);
  if (name === undefined || (first?.kind === 'Identifier' && scope.names.aliases.has(name))) {
    throw new GateError(
      'function',
      node.detail,
      `The first argument of ${node.detail} has to be the plain name of a table in single quotes.`,
    );
  }
  if (name.includes('.')) throw qualifiedTable(name, scope.policy);
  checkTableName(name, { ...scope, withNames: new Set() });
}

function joinTableName({ kind, detail }: AstNode): string | undefined {
  if (kind === 'Identifier') return detail;
  return kind === 'Literal' ? STRING_LITERAL.exec(detail)?.[1] : undefined;
}

/** `arrayReduce('sumIf', …)` and `arrayReduce('quantile(0.5)', …)` call the function that they name. */
function checkAggregateName(node: AstNode, { allowance }: QueryScope): void {
  const [first] = argumentsOf(node);
  const name = /^\s*(\w+)\s*(?:\(|$)/.exec((first && textOfLiteral(first)) ?? '')?.[1];
  if (name === undefined) {
    const what = 'has to be the name of an aggregate function in single quotes.';
    throw new GateError('function', node.detail, `The first argument of ${node.detail} ${what}`);
  }
  const verdict = judgeFor(allowance, name);
  if (!verdict.allowed && verdict.known)
    throw new GateError('function', name, `The function ${name} ${verdict.why}`);
}

/** `arrayMap(file, names)` calls the function `file`. */
function checkFunctionArguments(node: AstNode, { allowance }: QueryScope): void {
  for (const { kind, detail } of argumentsOf(node)) {
    const verdict = kind === 'Identifier' ? judgeFor(allowance, detail) : undefined;
    if (verdict === undefined || verdict.allowed || !verdict.known) continue;
    throw new GateError(
      'function',
      detail,
      `${detail} in ${node.detail} could be the function, which ${verdict.why} If it is a column, write its table before it (t.${detail}).`,
    );
  }
}
