import { ApiError } from '../errors/index.js';
import type { Pipe, PipeNode } from '../pipes/store.js';
import {
  analyse,
  dependsOnParameters,
  type PreparedQuery,
  type PrepareNeeds,
  prepareNode,
  type ResultColumn,
  viewSettings,
} from '../queries/index.js';
import type { Snapshot } from '../workspaces/index.js';
import { viewSelect } from './engineView.js';

/** A node as a view. */
export interface CompiledView {
  /** The SELECT of the engine's view. */
  sql: string;
  /** What it makes. */
  columns: ResultColumn[];
}

/**
 * Compiles a node to the SELECT of a view, lets it through the gate and has the engine resolve it. A template is rendered without parameters:
 * nobody sends any when rows come in.
 * @param snapshot the Workspace with the Pipe as it is going to be
 * @throws ApiError not_materializable (PB-06, SV-02), and as `prepareNode` and `analyse`
 */
export async function compileView(
  needs: PrepareNeeds,
  snapshot: Snapshot,
  { pipe, node }: { pipe: Pipe; node: PipeNode },
  signal: AbortSignal,
): Promise<CompiledView> {
  const query = await prepareWithoutParameters(needs, snapshot, pipe, node);
  const reason = reasonAgainst(query);
  if (reason !== undefined) throw ApiError.of('not_materializable', { node: node.name, reason });
  const columns = await analyse(needs, snapshot, query, signal);
  return { sql: viewSelect(query.sql, viewSettings(query)), columns };
}

async function prepareWithoutParameters(
  needs: PrepareNeeds,
  snapshot: Snapshot,
  pipe: Pipe,
  node: PipeNode,
): Promise<PreparedQuery> {
  try {
    return await prepareNode(needs, snapshot, { pipe, node, parameters: {} });
  } catch (cause) {
    if (!(cause instanceof ApiError) || !dependsOnParameters(cause)) throw cause;
    const reason = `its template can not be rendered without parameters, and rows that come in bring none. Give each a default. ${cause.message}`;
    throw ApiError.of('not_materializable', { node: node.name, reason }, { cause });
  }
}

/** Why the engine may not run a query on its own, whenever rows come in. */
function reasonAgainst(query: PreparedQuery): string | undefined {
  if (query.format !== null) return `it ends in FORMAT ${query.format}; leave it out.`;
  if (query.readsService) return 'it reads Service Data Sources, which a view may not.';
  if (query.external) return 'it reads from another server, which a view may not.';
  if (query.secrets.marked.size > 0) return 'it uses secrets, which a view may not.';
  return undefined;
}
