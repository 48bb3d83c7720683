import { ApiError } from '../errors/index.js';
import { sampleParameters } from '../pipes/checkNode.js';
import type { Pipe } from '../pipes/store.js';
import {
  analyse,
  prepareEndpoint,
  type QueryNeeds,
  type ResultColumn,
  type TemplateParameters,
} from '../queries/index.js';
import type { Snapshot } from '../workspaces/index.js';
import { nodesRead } from './readNodes.js';

/** Statuses of errors that stay until someone changes the endpoint or what it reads. */
const LASTING: ReadonlySet<number> = new Set([400, 403, 404, 408]);

/**
 * The columns of an endpoint's result, kept as long as the Workspace's metadata stays as it is; null when they can't be known, e.g.
 * because its query is broken. What parameters decide about them is seen without any, else with a sample of each.
 */
export async function endpointColumns(
  needs: QueryNeeds,
  snapshot: Snapshot,
  pipe: Pipe,
  signal: AbortSignal,
): Promise<ResultColumn[] | null> {
  try {
    return await snapshot.onceAsync(`columns ${pipe.id}`, () => findColumns(needs, snapshot, pipe, signal));
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

/** @throws ApiError when it may be different the next time, e.g. when too much is running */
async function findColumns(
  needs: QueryNeeds,
  snapshot: Snapshot,
  pipe: Pipe,
  signal: AbortSignal,
): Promise<ResultColumn[] | null> {
  const samples = nodesRead(snapshot, pipe).map((node) => sampleParameters(node).at(-1) ?? {});
  for (const parameters of [{}, Object.assign({}, ...samples)] satisfies TemplateParameters[]) {
    try {
      return await analyse(needs, snapshot, await prepareEndpoint(needs, snapshot, pipe, parameters), signal);
    } catch (error) {
      if (!(error instanceof ApiError) || !LASTING.has(error.status)) throw error;
    }
  }
  return null;
}
