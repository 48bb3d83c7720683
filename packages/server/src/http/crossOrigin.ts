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

/** Lets browsers call every route from any origin (GN-20). */
export async function allowOtherOrigins(app: FastifyInstance): Promise<void> {
  await app.register(cors, {
    origin: '*',
    methods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  });
}
