import type { ColumnProblem } from '../rowSchema.js';
import { problemOf } from './refusals.js';

/** Some of a segment's rows, by index. */
export interface RowRange {
  from: number;
  to: number;
}

/**
 * Inserts rows of which the engine has refused some, without the refused ones. The checks before know what they can of types, but a
 * JSON column has rules that only the engine knows: paths that are there twice, numbers of any size, depth.
 *
 * The rows are halved until the refused ones stand alone. The halves are the same whenever this is repeated, so that the parts which
 * were inserted before are known again by their tokens.
 * @param insert inserts all rows of a range or none
 * @param isAboutRow whether what it throws is about one of the rows
 * @returns the rows that the engine refuses by index, and why
 * @throws what `insert` throws otherwise
 */
export async function insertAccepted(
  insert: (range: RowRange) => Promise<void>,
  isAboutRow: (error: unknown) => boolean,
  range: RowRange,
): Promise<Map<number, ColumnProblem>> {
  try {
    await insert(range);
    return new Map();
  } catch (error) {
    if (!isAboutRow(error)) throw error;
    if (range.to - range.from === 1) return new Map([[range.from, problemOf(error)]]);
  }
  const half = range.from + Math.ceil((range.to - range.from) / 2);
  const first = await insertAccepted(insert, isAboutRow, { from: range.from, to: half });
  return new Map([...first, ...(await insertAccepted(insert, isAboutRow, { from: half, to: range.to }))]);
}
