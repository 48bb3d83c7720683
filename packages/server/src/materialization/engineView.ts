import type { Settings } from '@goldcrest/engine';
import { quoteIdentifier, quoteSettings } from '@goldcrest/sql';

/**
 * What the names of views in the engine begin with. A name with a dot is none that a resource can have, and a query that writes it names a
 * table of the database `view`, which no query may.
 */
const PREFIX = 'view.';

/** The name of a node's view in the engine: it says which node it is, and stays when the node or its Pipe is renamed. */
export function viewName(nodeId: string): string {
  return PREFIX + nodeId;
}

/** The node whose view has this name, or undefined for any other table. */
export function nodeOfView(table: string): string | undefined {
  return table.startsWith(PREFIX) ? table.slice(PREFIX.length) : undefined;
}

/**
 * The SELECT of a view. Its settings stand in it, so that they hold whoever inserts. A SELECT around it takes a UNION as a whole: of one
 * that stands alone the engine would run the first part only.
 */
export function viewSelect(sql: string, settings: Settings): string {
  return `SELECT * FROM (\n${sql}\n)\nSETTINGS ${quoteSettings(settings)}`;
}

/** The statement that makes a node's view. It replaces none. @param unlessThere whether one that is there is no error */
export function createViewSql(
  database: string,
  view: { nodeId: string; target: string; sql: string },
  unlessThere = false,
): string {
  const place = quoteIdentifier(database);
  const name = `${place}.${quoteIdentifier(viewName(view.nodeId))}`;
  const condition = unlessThere ? 'IF NOT EXISTS ' : '';
  return `CREATE MATERIALIZED VIEW ${condition}${name} TO ${place}.${quoteIdentifier(view.target)} AS\n${view.sql}`;
}

/** The statement that removes a node's view, whether it is there or not. */
export function dropViewSql(database: string, nodeId: string): string {
  return `DROP VIEW IF EXISTS ${quoteIdentifier(database)}.${quoteIdentifier(viewName(nodeId))} SYNC`;
}

/**
 * The SELECT of a view that is there, with another table for the one whose rows trigger it. The engine gives it with the database before the
 * name of each table.
 * @param select as the engine lists it
 */
export function withTrigger(select: string, from: { database: string; table: string }, to: string): string {
  const table = `(?:${from.table}|\`${from.table}\`)`;
  const name = new RegExp(`(?<![\\w.\`])\`?${from.database}\`?\\.${table}(?![\\w\`])`, 'g');
  return select.replace(name, `${quoteIdentifier(to)}.${quoteIdentifier(from.table)}`);
}
