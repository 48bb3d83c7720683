import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../config/index.js';
import { ApiError } from '../errors/index.js';
import type { WorkspaceCatalog } from '../workspaces/index.js';
import { ADMIN_TOKEN, USER_TOKEN, WORKSPACE_ADMIN_TOKEN } from './create.js';
import type { TokenSigner } from './tokenText.js';

/** What the token routes need. */
export interface TokenRoutesNeeds {
  catalog: WorkspaceCatalog;
  signer: TokenSigner;
  config: Pick<Config, 'tokensEndpoint' | 'workspace'>;
}

/** `GET /tokens`: the default Workspace's tokens for whoever works on this machine (PM-03). */
export function localTokenRoutes(app: FastifyInstance, needs: TokenRoutesNeeds): void {
  app.get('/tokens', { config: { access: 'public' } }, async (request) => {
    if (!mayReadTokens(request, needs.config.tokensEndpoint)) throw ApiError.of('tokens_not_local', {});
    return localTokens(needs);
  });
}

/** The texts of the default Workspace's tokens, under the names that clients of a local instance read. */
export async function localTokens(needs: TokenRoutesNeeds): Promise<Record<string, string>> {
  const snapshot = await needs.catalog.byName(needs.config.workspace);
  if (snapshot === null) throw ApiError.of('workspace_gone', {});
  const text = (name: string): string => {
    const token = [...snapshot.tokens.values()].find((candidate) => candidate.name === name);
    if (token === undefined) throw new Error(`the Workspace ${snapshot.workspace.name} has no ${name}`);
    return needs.signer.sign({ workspaceId: token.workspaceId, secretId: token.secretId });
  };
  return {
    workspace_admin_token: text(WORKSPACE_ADMIN_TOKEN),
    admin_token: text(ADMIN_TOKEN),
    user_token: text(USER_TOKEN),
  };
}

function mayReadTokens(request: FastifyRequest, allowed: Config['tokensEndpoint']): boolean {
  switch (allowed) {
    case 'any':
      return true;
    case 'off':
      return false;
    case 'loopback':
      return isLocal(request);
  }
}

/** What proxies add to the requests that they pass on. A proxy that adds nothing usually speaks HTTP 1.0, which no client does. */
const FORWARDED = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
];

/**
 * Whether the request was made by this machine for itself. The address alone does not say so: a proxy on this machine passes
 * on requests of others, and a web page can point a name of its own at the loopback address (DNS rebinding).
 */
function isLocal(request: FastifyRequest): boolean {
  const { headers } = request;
  if (FORWARDED.some((name) => headers[name] !== undefined) || request.raw.httpVersion === '1.0')
    return false;
  if (
    headers['sec-fetch-site'] !== undefined &&
    headers['sec-fetch-site'] !== 'same-origin' &&
    headers['sec-fetch-site'] !== 'none'
  )
    return false;
  if (headers.origin !== undefined && originHost(headers.origin) !== request.host) return false;
  return isLoopbackAddress(request.socket.remoteAddress ?? '') && isLoopbackHost(request.hostname);
}

function originHost(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : '';
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
