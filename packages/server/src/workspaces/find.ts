import type { DataSource } from '../datasources/store.js';
import { ApiError } from '../errors/index.js';
import type { Pipe } from '../pipes/store.js';
import { nearestHint } from './names.js';
import type { Snapshot } from './snapshot.js';

/** The Data Source with this name or id (GN-25). @throws ApiError datasource_not_found, with the nearest name */
export function findDataSource(snapshot: Snapshot, nameOrId: string): DataSource {
  const datasource = snapshot.datasources.find(nameOrId);
  if (datasource !== undefined) return datasource;
  const hint = nearestHint(nameOrId, snapshot.datasources.names) || 'Create it with POST /v0/datasources.';
  throw ApiError.of('datasource_not_found', { name: nameOrId, hint });
}

/** The Pipe with this name or id (GN-25). @throws ApiError pipe_not_found, with the nearest name */
export function findPipe(snapshot: Snapshot, nameOrId: string): Pipe {
  const pipe = snapshot.pipes.find(nameOrId);
  if (pipe !== undefined) return pipe;
  const hint = nearestHint(nameOrId, snapshot.pipes.names) || 'Create it with POST /v0/pipes.';
  throw ApiError.of('pipe_not_found', { name: nameOrId, hint });
}
