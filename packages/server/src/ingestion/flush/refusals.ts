import { EngineError } from '@goldcrest/engine';
import { withoutDatabase } from '../../errors/index.js';
import { isViewError, PROBE } from '../../materialization/index.js';
import type { ColumnProblem } from '../rowSchema.js';

/**
 * What the engine's refusal of an insert means. `row`: it can't read a value, so one of the rows is at fault. `view`: the rows are in
 * the table, and a Materialized View of it has failed for a reason of its own. `gone`: there is no such table. `later`: the engine can't
 * now, whatever the rows are. `late`: the insert took longer than it may, and what of it is written is not known. `other`: nothing is
 * known that would help.
 */
export type Refusal = 'row' | 'view' | 'gone' | 'later' | 'late' | 'other';

/**
 * Errors that are about the rows of an insert, by number: the engine can't read a value, or not compute a default of it (36, 153, 395, 427).
 * No list of them is whole, so rows that are refused for another reason are searched too, after some tries.
 */
const ROW_ERRORS: ReadonlySet<number> = new Set([
  6, 15, 25, 26, 27, 36, 38, 41, 53, 69, 70, 72, 117, 128, 130, 131, 153, 190, 306, 321, 349, 376, 395, 407,
  427, 441, 467, 675, 676, 691,
]);

/** There is no such database or table. */
const GONE_ERRORS: ReadonlySet<number> = new Set([60, 81]);

/**
 * Errors that pass, and that a view can meet while the rows go into the Data Source itself: files and disk (74–76, 243, 298), memory (241),
 * too many parts (252), no thread (439).
 */
export const PASSING_IN_VIEWS: readonly number[] = [74, 75, 76, 241, 243, 252, 298, 439];

/** Errors that pass: those, time (159, 160, 209, 210), too much at once (202, 236, 319), a server that stops or is read-only (225, 242, 394, 999). */
const PASSING_ERRORS: ReadonlySet<number> = new Set([
  ...PASSING_IN_VIEWS,
  159,
  160,
  202,
  209,
  210,
  225,
  236,
  242,
  319,
  394,
  999,
]);

/** What the engine says when an insert has taken more time or memory than it may itself, and not the engine as a whole. */
const TIME_LIMIT = /^(?:Timeout exceeded: elapsed |Estimated query execution time )/;
const MEMORY_LIMIT = /^(?:Query memory limit exceeded|Memory limit \((?:for )?query\) exceeded)/;

/**
 * What an insert's error means. What passes is waited out wherever it arises, also in a view: that a disk is full is not the view's doing.
 * That it takes more time or memory than an insert may is.
 * @param ignoreViews whether the insert went on when views failed, so that whatever the error's text says it is about no view
 */
export function refusalOf(error: unknown, ignoreViews = false): Refusal {
  if (!(error instanceof EngineError)) return 'later';
  const isLate = TIME_LIMIT.test(error.message);
  const isPassing = PASSING_ERRORS.has(error.code) && !isLate && !MEMORY_LIMIT.test(error.message);
  if (isPassing) return 'later';
  if (!ignoreViews && isInView(error)) return 'view';
  if (ROW_ERRORS.has(error.code)) return 'row';
  if (GONE_ERRORS.has(error.code)) return 'gone';
  return PASSING_ERRORS.has(error.code) && isLate ? 'late' : 'other';
}

/** Whether an insert's error arose in a Materialized View, so that the rows are in the Data Source. */
export function isInView(error: unknown): boolean {
  return error instanceof EngineError && isViewError(error);
}

/** Says of a row that it was read from a file, which only we know of. */
const READ_FROM_FILE = /: While executing File: data for INSERT was parsed from file\.?/;

/** The column and the reason of an error about one row, without the place in our file. */
export function problemOf(error: unknown): ColumnProblem {
  const message = error instanceof Error ? error.message : String(error);
  const column = /\(while reading the value of key ([^()]+)\)/.exec(message)?.[1] ?? '$';
  const reason = withoutDatabase(message)
    .replace(READ_FROM_FILE, '')
    .replace(PROBE, '')
    .replace(/: \((?:while reading the value|at row|in file).*$/s, '');
  return { column, reason };
}
