import { ApiError } from '../errors/index.js';
import { sampleParameters } from '../pipes/checkNode.js';
import type { Pipe, PipeNode } from '../pipes/store.js';
import {
  analyse,
  prepareEndpoint,
  type QueryNeeds,
  type ResultColumn,
  type TemplateParameters,
} from '../queries/index.js';
import type { Snapshot } from '../workspaces/index.js';

/** Errors that say nothing about the endpoint. */
const BUSY: ReadonlySet<string> = new Set(['too_many_queries', 'unavailable', 'query_cancelled']);

/**
 * The columns of an endpoint's result, kept as long as the Workspace's metadata stays as it is; null when its query fails. A template is
 * tried without parameters, and then with a sample of each.
 * @param nodes those that the endpoint reads
 * @throws ApiError when the engine can't be asked just now
 */
export async function endpointColumns(
  needs: QueryNeeds,
  snapshot: Snapshot,
  pipe: Pipe,
  nodes: readonly PipeNode[],
): Promise<ResultColumn[] | null> {
  try {
    return await snapshot.onceAsync(`columns ${pipe.id}`, async () => {
      const bare = await columnsWith(needs, snapshot, pipe, {});
      return bare ?? (await columnsWith(needs, snapshot, pipe, samplesOf(nodes)));
    });
  } catch (error) {
    // Memory may be there the next time, so nothing was kept.
    if (error instanceof ApiError && error.code === 'query_failed_on_server') return null;
    throw error;
  }
}

/** @returns null when the query fails with these parameters, and will again */
async function columnsWith(
  needs: QueryNeeds,
  snapshot: Snapshot,
  pipe: Pipe,
  parameters: TemplateParameters,
): Promise<ResultColumn[] | null> {
  try {
    const query = await prepareEndpoint(needs, snapshot, pipe, parameters);
    // Others may wait for the same columns, so nobody's leaving ends this; the limits of a query do.
    return await analyse(needs, snapshot, query, new AbortController().signal);
  } catch (error) {
    if (!(error instanceof ApiError) || BUSY.has(error.code) || error.code === 'query_failed_on_server')
      throw error;
    return null;
  }
}

/** A value for every parameter of the nodes. A template that can't be read has none. */
function samplesOf(nodes: readonly PipeNode[]): TemplateParameters {
  const samples = nodes.map((node) => {
    try {
      return sampleParameters(node).at(-1) ?? {};
    } catch (error) {
      if (error instanceof ApiError) return {};
      throw error;
    }
  });
  return Object.assign({}, ...samples);
}
