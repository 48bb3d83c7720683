import type { QueryCost } from '../engine.js';

/** How JSON and JSONCompact end. Nothing of the rows can be there: after them come two brackets that only the engine writes. */
const STATISTICS = /"rows_read": (\d+),\s*"bytes_read": (\d+)\s*\}\s*\}\s*$/;

/** Bytes at the end of an answer in JSON that hold what the engine says of its work. */
const STATISTICS_BYTES = 256;

/**
 * What a query has cost. chDB's own counts are of the rows and bytes that came out, in every format. What was read for them it counts
 * too, but its package for Node hands that to nobody; it stands only at the end of answers in JSON. Of other formats it is unknown.
 * @param elapsed seconds
 * @param tail the end of the answer
 */
export function costOf(elapsed: number, tail: Uint8Array): QueryCost {
  const text = Buffer.from(tail.subarray(-STATISTICS_BYTES)).toString('latin1');
  const [, rows, bytes] = STATISTICS.exec(text) ?? [];
  return { rowsRead: known(rows), bytesRead: known(bytes), elapsedSeconds: elapsed };
}

function known(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits);
}
