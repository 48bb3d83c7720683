import { randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';

/** Random bytes fetched at once: asking for the few that one id needs costs as much as asking for all of these. */
const RANDOM_BYTES = 4096;

const bytes = new Uint8Array(RANDOM_BYTES);
let next = RANDOM_BYTES;

/** A number from 0 to 1, without 1. */
function random(): number {
  if (next === RANDOM_BYTES) {
    randomFillSync(bytes);
    next = 0;
  }
  return (bytes[next++] ?? 0) / 256;
}

/** Makes the id of a request (GN-18), or of what else is known by a ULID: larger than the one before it. */
export const newRequestId: () => string = monotonicFactory(random);
