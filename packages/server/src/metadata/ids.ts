import { randomBytes } from 'node:crypto';

/** How many random bytes are in an id: 32 hex digits. */
const RANDOM_BYTES = 16;

/** Makes an id for a Data Source, a Pipe or a node (GN-23): `t_` and 32 hex digits. Other ids are UUIDs. */
export function newResourceId(): string {
  return `t_${randomBytes(RANDOM_BYTES).toString('hex')}`;
}
