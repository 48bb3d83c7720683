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
  app.addHook('onRequest', (request, _reply, done) => {
    const access = request.routeOptions.config.access;
    if (access === 'public' || request.is404) return done();
    atOnce(
      () => authenticator.authenticate(tokenText(request)),
      (auth) => {
        if (access !== 'token') auth.rights.require(access ?? 'ADMIN');
        request.auth = auth;
      },
      done,
    );
  });
}

/**
 * Goes on with a value that is there or is going to be: without a turn of promises when it is there, which adds up on every request.
 * @param done is called when all is done, with the error if there was one
 */
export function atOnce<Value>(
  get: () => Value | Promise<Value>,
  use: (value: Value) => void,
  done: (error?: Error) => void,
): void {
  let error: Error | undefined;
  try {
    const value = get();
    if (value instanceof Promise) {
      value.then(use).then(() => done(), done);
      return;
    }
    use(value);
  } catch (thrown) {
    error = thrown instanceof Error ? thrown : new Error(String(thrown));
  }
  done(error);
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
