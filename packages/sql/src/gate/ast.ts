/** One node of the engine's syntax tree, as `EXPLAIN AST` prints it. */
export interface AstNode {
  /** The first word of the line: `SelectQuery`, `Function`, `TableIdentifier`… */
  kind: string;
  /** The rest of the line without alias and count of children: a name, a literal in the engine's notation, or ''. */
  detail: string;
  alias: string | null;
  children: AstNode[];
}

/** Text that is no syntax tree, or one that contradicts itself. */
export class AstError extends Error {
  override name = 'AstError';
}

/** How deep nodes may nest. The engine's own limit for brackets is 1,000 too, and real queries stay below 60. */
const DEPTH_MAX = 1000;
const KIND = /^[A-Za-z_][\w:]*$/;
const COUNT = / \(children (\d+)\)$/;
const ALIAS_OPEN = ' (alias ';

/** A node whose children are still being read. */
interface OpenNode {
  node: AstNode;
  depth: number;
  declared: number;
}

/**
 * Reads the text of `EXPLAIN AST` by its indentation, and checks every `(children N)` against what it found.
 *
 * The engine prints names as they are, so a quoted name with a line break can forge lines, and one with `(alias …)`
 * can forge an alias: the caller has to refuse such names in the SQL itself. What is left can't lie about structure.
 *
 * @param text one tree, one node per line, one space per level; empty lines only at the end
 * @throws AstError for anything else, and beyond 1,000 levels (QY-15)
 */
export function readAst(text: string): AstNode {
  const open: OpenNode[] = [];
  let root: AstNode | undefined;
  for (const [index, line] of text.replace(/\n+$/, '').split('\n').entries()) {
    const next = readLine(line, index + 1);
    if (next.depth > open.length || (next.depth === 0 && root !== undefined)) {
      throw new AstError(`Line ${index + 1} of the syntax tree has no parent.`);
    }
    close(open, next.depth);
    open.at(-1)?.node.children.push(next.node);
    root ??= next.node;
    open.push(next);
  }
  close(open, 0);
  if (root === undefined) throw new AstError('The syntax tree is empty.');
  return root;
}

/** Ends the nodes at `depth` and below, whose children are complete now. */
function close(open: OpenNode[], depth: number): void {
  for (const { node, declared } of open.splice(depth)) {
    if (node.children.length === declared) continue;
    throw new AstError(
      `A ${node.kind} of the syntax tree says ${declared} children and has ${node.children.length}.`,
    );
  }
}

function readLine(text: string, number: number): OpenNode {
  const content = text.trimStart();
  const depth = text.length - content.length;
  if (depth > DEPTH_MAX) throw new AstError(`The syntax tree is deeper than ${DEPTH_MAX} levels.`);
  if (text.slice(0, depth) !== ' '.repeat(depth)) {
    throw new AstError(`Line ${number} of the syntax tree is not indented by spaces.`);
  }
  const count = COUNT.exec(content);
  const { label, alias } = splitAlias(count === null ? content : content.slice(0, count.index));
  const space = label.indexOf(' ');
  const kind = space < 0 ? label : label.slice(0, space);
  if (!KIND.test(kind)) throw new AstError(`Line ${number} of the syntax tree names no kind of node.`);
  const detail = space < 0 ? '' : label.slice(space + 1);
  return { node: { kind, detail, alias, children: [] }, depth, declared: Number(count?.[1] ?? 0) };
}

function splitAlias(label: string): { label: string; alias: string | null } {
  const at = label.endsWith(')') ? label.lastIndexOf(ALIAS_OPEN) : -1;
  if (at < 0) return { label, alias: null };
  return { label: label.slice(0, at), alias: label.slice(at + ALIAS_OPEN.length, -1) };
}

/** Calls `visit` for every node with its parent, in the order of the text. Does not recurse. */
export function forEachNode(root: AstNode, visit: (node: AstNode, parent: AstNode | null) => void): void {
  const pending: { node: AstNode; parent: AstNode | null }[] = [{ node: root, parent: null }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    visit(next.node, next.parent);
    const { children } = next.node;
    for (let at = children.length - 1; at >= 0; at -= 1) {
      const child = children[at];
      if (child !== undefined) pending.push({ node: child, parent: next.node });
    }
  }
}
