import type { DataSource } from '../datasources/store.js';
import { ApiError } from '../errors/index.js';
import type { Pipe } from '../pipes/store.js';
import type { Rights } from '../tokens/rights.js';
import { nearestHint } from './names.js';
import type { Snapshot } from './snapshot.js';

/**
 * The Data Source with this name or id (GN-25).
 * @param rights of who asks: nobody is told names of what he may not read
 * @throws ApiError datasource_not_found, with the nearest name
 */
export function findDataSource(snapshot: Snapshot, nameOrId: string, rights: Rights): DataSource {
  const datasource = snapshot.datasources.find(nameOrId);
  if (datasource !== undefined) return datasource;
  const readable = snapshot.datasources.all.filter((other) => rights.readsRowsOf(other));
  const hint = hintOf(nameOrId, readable) || 'Create it with POST /v0/datasources.';
  throw ApiError.of('datasource_not_found', { name: nameOrId, hint });
}

/** The Pipe with this name or id (GN-25). @param rights as above @throws ApiError pipe_not_found, with the nearest name */
export function findPipe(snapshot: Snapshot, nameOrId: string, rights: Rights): Pipe {
  const pipe = snapshot.pipes.find(nameOrId);
  if (pipe !== undefined) return pipe;
  const readable = snapshot.pipes.all.filter((other) => rights.has('PIPES:READ', other));
  const hint = hintOf(nameOrId, readable) || 'Create it with POST /v0/pipes.';
  throw ApiError.of('pipe_not_found', { name: nameOrId, hint });
}

function hintOf(name: string, resources: readonly { name: string }[]): string {
  return nearestHint(
    name,
    resources.map((resource) => resource.name),
  );
}
