import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from '../errors/index.js';

/** Longest URL of a GET or HEAD request in bytes (LMT-21). */
const GET_URL_BYTES_MAX = 2048;

/** Longest URL otherwise: schemas and queries in the URL are documented uses, and escaping triples their size. */
const URL_BYTES_MAX = 32 * 1024;

/** Longest request line and headers in bytes; above `URL_BYTES_MAX`, so that the URL's own limit is the one that speaks. */
export const HEADER_BYTES_MAX = 64 * 1024;

/** Refuses what is too long or of unknown length before anything of it is processed (GN-09, GN-11). */
export function requireBoundedRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const limit = urlBytesMax(request);
    if (isLonger(request.url, limit)) return done(ApiError.of('uri_too_long', { limit }));
    if (request.headers['transfer-encoding'] !== undefined) return done(ApiError.of('length_required', {}));
    done();
  });
}

/** A character has three bytes at the most. */
function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}

function urlBytesMax(request: FastifyRequest): number {
  const isQuery = request.url.startsWith('/v0/sql');
  const reads = request.method === 'GET' || request.method === 'HEAD';
  return reads && !isQuery ? GET_URL_BYTES_MAX : URL_BYTES_MAX;
}
