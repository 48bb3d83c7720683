import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from '../errors/index.js';
import type { Auth, Authenticator, ScopeType } from '../tokens/index.js';
import { urlParameters } from './parameters.js';

/**
 * Who may call a route. `public`: anybody. `token`: any valid token; the handler checks its rights on the resource.
 * A scope: tokens that have it, and ADMIN. A route that states none can't be registered.
 */
export type Access = 'public' | 'token' | ScopeType;

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    auth: Auth | null;
  }
}

/** Makes every route of `app` check its access before anything of the body is read (GN-03, GN-04, GN-24). */
export function requireAccess(app: FastifyInstance, authenticator: Authenticator): void {
  app.decorateRequest('auth', null);
  app.addHook('onRoute', (route) => {
    if (route.config?.access === undefined) throw new Error(`${route.method} ${route.url} states no access`);
  });
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access;
    if (access === 'public' || request.is404) return;
    const auth = await authenticator.authenticate(tokenText(request));
    if (access !== 'token') auth.rights.require(access ?? 'ADMIN');
    request.auth = auth;
  });
}

/** Who calls. @throws Error when the route is public, which is a mistake in the program. */
export function authOf(request: FastifyRequest): Auth {
  if (request.auth === null) throw new Error(`${request.url} has no token to ask about`);
  return request.auth;
}

/** The header wins over the parameter (GN-06). */
function tokenText(request: FastifyRequest): string {
  const header = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
  const text = header ?? urlParameters(request).get('token');
  if (text === null || text === '') throw ApiError.of('token_missing', {});
  return text;
}
