import type { Token } from '../tokens/index.js';
import type { Snapshot } from '../workspaces/index.js';
import type { Pipe } from './store.js';

/** The tokens that may read the Pipe by a scope of their own. */
export function readTokens(snapshot: Snapshot, pipe: Pipe): Token[] {
  const reads = (token: Token): boolean =>
    token.scopes.some((scope) => scope.type === 'PIPES:READ' && scope.resource === pipe.id);
  return [...snapshot.tokens.values()].filter(reads);
}
