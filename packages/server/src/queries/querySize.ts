import { ApiError } from '../errors/index.js';

/** Longest query, in bytes: the engine reads 262,144, and what is put around a query needs some of them. */
export const QUERY_BYTES_MAX = 256_000;

/** Refuses a query that is larger than the engine reads (QY-18). @throws ApiError query_too_large */
export function refuseTooLarge(sql: string): void {
  // A UTF-16 unit has three bytes at the most.
  if (sql.length * 3 <= QUERY_BYTES_MAX || Buffer.byteLength(sql) <= QUERY_BYTES_MAX) return;
  throw ApiError.of('query_too_large', { limit: QUERY_BYTES_MAX });
}
