import { EngineError } from '@goldcrest/engine';
import { isViewError } from '../materialization/failure.js';
import type { ColumnProblem } from './rowSchema.js';

/** Errors that are about the rows of an insert: what the engine says when it can't read a value, by number. */
const DATA_ERRORS: ReadonlySet<number> = new Set([
  6, 15, 25, 26, 27, 38, 41, 53, 69, 70, 72, 117, 130, 131, 321, 376, 407, 441, 467, 675, 676, 691,
]);

/**
 * Inserts rows; one that the engine refuses does not take the others with it. The checks before know what they can of types, but a
 * JSON column has rules that only the engine knows: paths that are there twice, numbers of any size, depth.
 * @param insert inserts all of the rows or none
 * @returns the rows that the engine refused, and why
 * @throws what `insert` throws, unless it is about a row; the error of a view is not
 */
export async function insertAccepted<Row>(
  insert: (rows: Row[]) => Promise<void>,
  rows: Row[],
): Promise<Map<Row, ColumnProblem>> {
  try {
    await insert(rows);
    return new Map();
  } catch (error) {
    if (!(error instanceof EngineError) || !DATA_ERRORS.has(error.code) || isViewError(error)) throw error;
    const [row] = rows;
    if (row === undefined) throw error;
    if (rows.length === 1) return new Map([[row, problemOf(error)]]);
    const half = Math.ceil(rows.length / 2);
    const first = await insertAccepted(insert, rows.slice(0, half));
    return new Map([...first, ...(await insertAccepted(insert, rows.slice(half)))]);
  }
}

/** The column and the reason of the engine's message, without the place in our file. */
function problemOf({ message }: EngineError): ColumnProblem {
  const column = /\(while reading the value of key ([^()]+)\)/.exec(message)?.[1] ?? '$';
  const reason = message.replace(/: \((?:while reading the value|at row|in file).*$/s, '');
  return { column, reason };
}
