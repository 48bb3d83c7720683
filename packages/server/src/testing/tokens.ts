import type { Metadata } from '../metadata/index.js';
import { newToken, TokenSigner } from '../tokens/index.js';

/**
 * Stores a token of the first Workspace. What a scope names is kept by its id; what follows the name is its filter.
 * @param key that signs tokens
 * @returns the token's text
 */
export async function storeToken(
  metadata: Metadata,
  key: string,
  { name, scopes }: { name: string; scopes: readonly string[] },
): Promise<string> {
  const [workspace] = await metadata.workspaces.list();
  if (workspace === undefined) throw new Error('There is no Workspace.');
  const { id } = workspace;
  const lists = [await metadata.datasources.listByWorkspace(id), await metadata.pipes.listByWorkspace(id)];
  const resources = lists.flat();
  const read = (text: string) => {
    const [, type = text, called, filter] = /^(\w+:\w+)(?::(\w+))?(?::(.*))?$/s.exec(text) ?? [];
    const resource = resources.find((each) => each.name === called)?.id;
    return {
      type,
      ...(resource === undefined ? {} : { resource }),
      ...(filter === undefined ? {} : { filter }),
    };
  };
  const now = (): Date => new Date();
  const token = newToken(id, now, { name, origin: 'custom', scopes: scopes.map(read) });
  await metadata.tokens.create(token);
  return new TokenSigner(key).sign(token);
}
