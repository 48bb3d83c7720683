import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** How long a browser may remember the answer to a preflight request. */
const PREFLIGHT_SECONDS = 86_400;

/** Headers of replies that a page of another origin may read, besides those that any page may. */
const EXPOSED_HEADERS = [
  'x-request-id',
  'x-error-code',
  'x-db-exception-code',
  'etag',
  'server-timing',
  'retry-after',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
];

/** What every reply carries so that pages of any origin may read it; a token is needed all the same. */
export const ANY_ORIGIN = { 'Access-Control-Allow-Origin': '*' };

/**
 * Lets browsers call every route from any origin (GN-20). The library answers preflight requests. What other replies carry is the same
 * two headers for all, which the library would work out anew for each.
 */
export async function allowOtherOrigins(app: FastifyInstance): Promise<void> {
  const allowed = ANY_ORIGIN['Access-Control-Allow-Origin'];
  const exposed = EXPOSED_HEADERS.join(', ');
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('access-control-allow-origin', allowed);
    reply.header('access-control-expose-headers', exposed);
    done();
  });
  await app.register(async (preflight) => {
    await preflight.register(cors, {
      origin: allowed,
      methods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
      exposedHeaders: EXPOSED_HEADERS,
      maxAge: PREFLIGHT_SECONDS,
      strictPreflight: false,
    });
  });
}
