import { Readable } from 'node:stream';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { ApiError } from '../errors/index.js';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Collects the methods of every route that is registered on `app` from now on, and answers all others with 405 (GN-11). */
export function answerOtherMethods(app: FastifyInstance): { register(): void } {
  const methodsByUrl = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByUrl.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    methodsByUrl.set(url, methods);
  });
  return {
    register() {
      for (const [url, methods] of [...methodsByUrl]) refuseOthers(app, url, [...methods]);
    },
  };
}

function refuseOthers(app: FastifyInstance, url: string, methods: string[]): void {
  const others = METHODS.filter((method) => !methods.includes(method));
  if (others.length === 0 || url.includes('*')) return;
  const allowed = methods.filter((method) => method !== 'HEAD').join(', ');
  app.route({
    method: others,
    url,
    config: { access: 'public', refuses: true },
    handler: (request) => {
      const [path = ''] = request.url.split('?');
      throw ApiError.of(
        'method_not_allowed',
        { method: request.method, path, allowed },
        { headers: { Allow: allowed } },
      );
    },
  });
}

/** Ends what GET would stream once HEAD has its headers; Fastify would have the engine make all of it and throw it away. */
export function endStreamsOfHead(app: FastifyInstance): void {
  app.addHook('onSend', ({ method }, _reply, payload: unknown, done) => {
    if (method === 'HEAD' && payload instanceof Readable) payload.destroy();
    done(null, payload);
  });
}
