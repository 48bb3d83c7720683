import { type AstNode, forEachNode } from './ast.js';

/** Functions whose arguments after the first can be the name of a table: `a IN t`. Lower case. */
export const IN_FUNCTIONS: ReadonlySet<string> = new Set(
  ['', 'not', 'null', 'notnull'].flatMap((prefix) => [
    `${prefix}in`,
    `${prefix}inignoreset`,
    `global${prefix}in`,
    `global${prefix}inignoreset`,
  ]),
);

/** Functions whose first argument names a Join table. Lower case. */
export const JOIN_GET_FUNCTIONS: ReadonlySet<string> = new Set(['joinget', 'joingetornull']);

/** Functions whose first argument is the name of an aggregate function. Lower case. */
export const AGGREGATE_NAMING_FUNCTIONS: ReadonlySet<string> = new Set([
  'arrayreduce',
  'arrayreduceinranges',
  'initializeaggregation',
]);

/** Allowed functions that can read a table which they name outside of FROM. Lower case. */
export const TABLE_READING_FUNCTIONS: ReadonlySet<string> = new Set([...IN_FUNCTIONS, ...JOIN_GET_FUNCTIONS]);

/** The names that a query gives to its own parts. */
export interface QueryNames {
  aliases: ReadonlySet<string>;
  /** Names of lambdas (`WITH x -> x + 1 AS f`), which can be called. */
  lambdas: ReadonlySet<string>;
  /** From an alias to the identifiers that it stands for: `WITH t AS q` makes `IN q` read `t`. */
  targets: ReadonlyMap<string, readonly string[]>;
  /** How often the query uses APPLY. */
  applies: number;
}

/** Collects the names that are given anywhere in a tree, without regard to where they can be seen. */
export function queryNames(root: AstNode): QueryNames {
  const aliases = new Set<string>();
  const lambdas = new Set<string>();
  const targets = new Map<string, string[]>();
  let applies = 0;
  forEachNode(root, ({ kind, detail, alias }) => {
    if (kind === 'ColumnsApplyTransformer') applies += 1;
    if (alias === null) return;
    aliases.add(alias);
    if (kind === 'Function' && detail === 'lambda') lambdas.add(alias);
    if (kind === 'Identifier') targets.set(alias, [...(targets.get(alias) ?? []), detail]);
  });
  return { aliases, lambdas, targets, applies };
}

/** A name and everything that it can stand for through aliases, however long the chain. */
export function meanings(name: string, { targets }: QueryNames): ReadonlySet<string> {
  const found = new Set([name]);
  for (const each of found) {
    for (const target of targets.get(each) ?? []) found.add(target);
  }
  return found;
}

/** The arguments of a Function node. */
export function argumentsOf(node: AstNode): readonly AstNode[] {
  return node.children[0]?.children ?? [];
}
