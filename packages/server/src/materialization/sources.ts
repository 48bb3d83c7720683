import type { Engine } from '@goldcrest/engine';
import { readAst, tablesRead } from '@goldcrest/sql';
import { quarantineName } from '../datasources/index.js';
import type { Pipe, PipeNode } from '../pipes/store.js';
import { Compilation, outputNode } from '../queries/index.js';
import type { Snapshot } from '../workspaces/index.js';

/** What a node is made from, directly and through other nodes and Pipes (MZ-04). */
interface ViewSources {
  /** Its own id among them. */
  nodeIds: string[];
  /** Data Sources. */
  readIds: string[];
}

/**
 * Finds everything that a node reads. The syntax tree of each node says which words are tables, so that a column may be called like a Pipe.
 * @throws EngineError, SqlTextError, ApiError template_failed when the SQL of a node can not be read without parameters
 */
export async function sourcesOf(
  engine: Engine,
  snapshot: Snapshot,
  start: { pipe: Pipe; node: PipeNode },
): Promise<ViewSources> {
  const compilation = new Compilation(snapshot, {});
  const nodes = new Set<PipeNode>();
  const datasources = new Set<string>();
  const visit = async (pipe: Pipe, node: PipeNode): Promise<void> => {
    if (nodes.has(node)) return;
    nodes.add(node);
    const names = tablesRead(readAst(await engine.explainAst(compilation.own(node.sql, pipe.nodes).sql)));
    for (const name of names) {
      const sibling = pipe.nodes.find((other) => other.name === name);
      const other = snapshot.pipes.find(name);
      const datasource = dataSourceOf(snapshot, name);
      if (sibling !== undefined) await visit(pipe, sibling);
      else if (other !== undefined) await visit(other, outputNode(other));
      else if (datasource !== undefined) datasources.add(datasource.id);
    }
  };
  await visit(start.pipe, start.node);
  return { nodeIds: [...nodes].map(({ id }) => id), readIds: [...datasources] };
}

/** The Data Source that has a table of this name: its own, or its quarantine's. */
function dataSourceOf(snapshot: Snapshot, table: string): { id: string } | undefined {
  return (
    snapshot.datasources.all.find(({ name }) => name === table) ??
    snapshot.datasources.all.find(({ name }) => quarantineName(name) === table)
  );
}
