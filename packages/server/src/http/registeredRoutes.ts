import type { FastifyInstance } from 'fastify';
import type { Access } from './access.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True for what only refuses a method, which is no part of the API. */
    refuses?: boolean;
  }
}

/** One method of one path that the server answers. */
export interface RegisteredRoute {
  method: string;
  /** As it was registered: `/v0/pipes/:name`. */
  url: string;
  access: Access;
}

/** Notes every route that is registered on `app` from now on. The list grows as they come. */
export function noteRoutes(app: FastifyInstance): readonly RegisteredRoute[] {
  const routes: RegisteredRoute[] = [];
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.refuses === true || config?.access === undefined) return;
    // HEAD comes along with every GET.
    const methods = [method].flat().filter((name) => name !== 'HEAD' && name !== 'OPTIONS');
    for (const name of methods) routes.push({ method: name, url, access: config.access });
  });
  return routes;
}
