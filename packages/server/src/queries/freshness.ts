import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RunnableQuery } from './run.js';

/** Results above this get no ETag: hashing them costs more than sending them again saves. */
export const TAGGED_BYTES_MAX = 4 * 1024 * 1024;

/** Where the part of a JSON reply begins that differs each time, though the result is the same. */
const STATISTICS = '"statistics":';

/**
 * Tells the client how long it may use the result, as `cache_ttl()` says, and by what it knows it again. The tag is a weak one: it is that
 * of the result, without the statistics of the run.
 * @param bytes the result, or null when it is too large for a tag
 */
export function sayHowToKeep(
  reply: FastifyReply,
  { query, format }: RunnableQuery,
  { bytes, ageSeconds }: { bytes: Buffer | null; ageSeconds: number | undefined },
): void {
  const seconds = query.cacheTtl ?? 0;
  reply.header('Cache-Control', seconds > 0 ? `private, max-age=${seconds}` : 'private, no-cache');
  // What a client keeps without asking again is for this token only.
  if (seconds > 0) reply.header('Vary', 'Authorization');
  if (ageSeconds !== undefined) reply.header('Age', ageSeconds);
  if (bytes === null) return;
  const end = format.rows === 'in-document' ? bytes.lastIndexOf(STATISTICS) : -1;
  const hash = createHash('sha1').update(end < 0 ? bytes : bytes.subarray(0, end));
  reply.header('ETag', `W/"${hash.digest('base64url')}"`);
}

/** Whether the client says that it has just this result. */
export function isUnchanged(request: FastifyRequest, reply: FastifyReply): boolean {
  const tag = reply.getHeader('ETag');
  const known = request.headers['if-none-match'];
  if (tag === undefined || known === undefined || request.method === 'POST') return false;
  return known.split(',').some((each) => each.trim() === tag || each.trim() === '*');
}
