import type { ChdbResult } from 'chdb';
import type { QueryCost } from '../engine.js';

/** Bytes at the end of an answer in JSON that hold what the engine says of its work. */
const TAIL_BYTES = 256;

/** How JSON and JSONCompact end. Nothing of the rows can be there: after them come two brackets that only the engine writes. */
const STATISTICS = /"rows_read": (\d+),\s*"bytes_read": (\d+)\s*\}\s*\}\s*$/;

/**
 * What a query has cost. chDB's own counts are of the rows and bytes that came out; what was read for them stands only at the end of
 * answers in JSON. Of other formats only what came out is known.
 */
export function costOf(result: Pick<ChdbResult, 'elapsed' | 'rowsRead' | 'bytesRead' | 'bytes'>): QueryCost {
  const { elapsed: elapsedSeconds, rowsRead, bytesRead } = result;
  const tail = Buffer.from(result.bytes().subarray(-TAIL_BYTES)).toString('latin1');
  const [, rows, bytes] = STATISTICS.exec(tail) ?? [];
  if (rows === undefined || bytes === undefined) return { rowsRead, bytesRead, elapsedSeconds };
  return { rowsRead: Number(rows), bytesRead: Number(bytes), elapsedSeconds };
}
