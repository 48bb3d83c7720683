import { type Engine, EngineError } from '@goldcrest/engine';
import { type AstNode, mentionedNames, readAst, SqlTextError } from '@goldcrest/sql';
import { ApiError } from '../errors/index.js';
import { asApiError, Compilation, type TemplateParameters } from '../queries/index.js';
import type { Snapshot } from '../workspaces/index.js';
import { sampleParameters } from './checkNode.js';
import type { PipeNode } from './store.js';

/** Asks the engine which tables the SQL of nodes names, once for each node. Ids of resources count as their names. */
export class TableReader {
  private readonly known = new Map<PipeNode, readonly string[] | null>();

  constructor(
    private readonly engine: Engine,
    private readonly snapshot: Snapshot,
  ) {}

  /** The tables that a node reads; none when its SQL can not be read, which is for others to report. */
  async of(node: PipeNode): Promise<readonly string[]> {
    return (await this.tables(node)) ?? [];
  }

  /** Whether a node reads a table. Where its SQL can not be read, a word of that name is enough. */
  async reads(node: PipeNode, table: string): Promise<boolean> {
    return (await this.tables(node))?.includes(table) ?? mentionedNames(node.sql).has(table);
  }

  private async tables(node: PipeNode): Promise<readonly string[] | null> {
    const known = this.known.get(node);
    if (known !== undefined) return known;
    const read = await this.read(node);
    this.known.set(node, read);
    return read;
  }

  /** Which tables a template reads may depend on its parameters: those of all its samples count. */
  private async read(node: PipeNode): Promise<readonly string[] | null> {
    const samples = (await unlessUnreadable(() => sampleParameters(node))) ?? [];
    const readings: string[][] = [];
    for (const parameters of samples) {
      const tables = await unlessUnreadable(() => this.tablesOf(node, parameters));
      if (tables !== null) readings.push(tables);
    }
    return readings.length === 0 ? null : readings.flat();
  }

  /** The nodes of its Pipe, which it can name by their ids. */
  private siblingsOf({ id }: PipeNode): readonly PipeNode[] {
    return this.snapshot.pipes.all.find(({ nodes }) => nodes.some((node) => node.id === id))?.nodes ?? [];
  }

  private async tablesOf(node: PipeNode, parameters: TemplateParameters): Promise<string[]> {
    const { sql } = new Compilation(this.snapshot, parameters).own(node.sql, this.siblingsOf(node));
    return tablesIn(readAst(await this.engine.explainAst(sql)));
  }
}

/** What `read` gives, or null when the node's text is at fault that there is nothing. */
async function unlessUnreadable<Value>(read: () => Value | Promise<Value>): Promise<Value | null> {
  try {
    return await read();
  } catch (error) {
    const isTemplateError = error instanceof ApiError && error.code === 'template_failed';
    if (isTemplateError || error instanceof SqlTextError || error instanceof EngineError) return null;
    throw asApiError(error);
  }
}

function tablesIn(root: AstNode): string[] {
  const tables: string[] = [];
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.kind === 'TableIdentifier') tables.push(node.detail);
    open.push(...node.children);
  }
  return tables;
}
