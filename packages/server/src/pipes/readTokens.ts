import { NameTakenError } from '../metadata/index.js';
import { newToken, type Token } from '../tokens/index.js';
import type { Snapshot } from '../workspaces/index.js';
import type { PipeNeeds } from './change.js';
import type { Pipe } from './store.js';

/** The tokens that may read the Pipe by a scope of their own. */
export function readTokens(snapshot: Snapshot, pipe: Pipe): Token[] {
  const reads = (token: Token): boolean =>
    token.scopes.some((scope) => scope.type === 'PIPES:READ' && scope.resource === pipe.id);
  return [...snapshot.tokens.values()].filter(reads);
}

/** Makes a token that may read the Pipe and nothing else, unless there is one that reads it (EP-04, PB-04, CHD-05). */
export async function ensureReadToken(
  { metadata, catalog, clock }: PipeNeeds,
  snapshot: Snapshot,
  pipe: Pipe,
): Promise<void> {
  if (readTokens(snapshot, pipe).length > 0) return;
  const scopes = [{ type: 'PIPES:READ', resource: pipe.id }];
  const create = (name: string): Promise<void> =>
    metadata.tokens.create(newToken(pipe.workspaceId, clock, { name, origin: 'endpoint', scopes }));
  try {
    await create(`${pipe.name}_endpoint_read`);
  } catch (error) {
    // A token of that name is left from an earlier Pipe: take a name that is free for sure.
    if (!(error instanceof NameTakenError)) throw error;
    await create(`${pipe.name}_endpoint_read_${pipe.id.slice(2, 10)}`);
  } finally {
    catalog.changed(pipe.workspaceId);
  }
}
