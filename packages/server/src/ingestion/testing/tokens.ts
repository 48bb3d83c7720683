import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openMetadata } from '../../metadata/index.js';
import type { TestServer } from '../../testing/harness.js';
import { newToken, TokenSigner } from '../../tokens/index.js';

/**
 * Makes tokens of the server's Workspace, which is stopped meanwhile.
 * @param wanted scopes by the token's name: `DATASOURCES:CREATE`, `DATASOURCES:APPEND:events`
 * @returns the tokens' texts by name
 */
export async function makeTokens<Name extends string>(
  server: TestServer,
  wanted: Readonly<Record<Name, readonly `DATASOURCES:${string}`[]>>,
): Promise<Record<Name, string>> {
  const texts: Partial<Record<Name, string>> = {};
  await server.restart({}, async () => {
    const path = join(server.directory, 'data');
    const signer = new TokenSigner((await readFile(join(path, 'secret.key'), 'utf8')).trim());
    const metadata = await openMetadata({ kind: 'sqlite', path: join(path, 'metadata.sqlite') });
    const [workspace] = await metadata.workspaces.list();
    if (workspace === undefined) throw new Error('There is no Workspace.');
    const datasources = await metadata.datasources.listByWorkspace(workspace.id);
    for (const name of Object.keys(wanted) as Name[]) {
      const scopes = wanted[name].map((scope) => {
        const [kind, action, called] = scope.split(':');
        const type = `${kind}:${action}` as 'DATASOURCES:APPEND';
        const resource = datasources.find((datasource) => datasource.name === called)?.id;
        return resource === undefined ? { type } : { type, resource };
      });
      const token = newToken(workspace.id, () => new Date(), { name, origin: 'custom', scopes });
      await metadata.tokens.create(token);
      texts[name] = signer.sign(token);
    }
    await metadata.close();
  });
  return texts as Record<Name, string>;
}
