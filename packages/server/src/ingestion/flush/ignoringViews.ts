import { type Engine, EngineError } from '@goldcrest/engine';
import { readLines } from '../../materialization/index.js';
import { databaseOf } from '../../workspaces/index.js';
import type { SegmentTarget } from './insertSegment.js';
import { PASSING_IN_VIEWS, refusalOf } from './refusals.js';

/** How often an insert is repeated for that. Errors about memory do not say whose they are. */
const REPEATS_MAX = 9;

/** The embedded engine looks at the standard input of its process with each insert, and meets an error when nothing is there. */
const STANDARD_INPUT = /\(fd = 0\)/;

/** How often the engine has met an error since it started, and what it said the last time. */
interface MetError {
  name: string;
  count: number;
  message: string;
}

/**
 * Makes an insert that ignores the errors of views, because one of them fails for good. The engine ignores the errors of all then, and tells
 * nobody. So it is asked whether it met one that passes meanwhile, such as that of a full disk: another view may have missed the rows for
 * that, and gets them when the insert is repeated. What ends queries of others, such as that their clients went away, is none of these.
 * @throws EngineError what the insert throws, and the error that passes, whosever it was
 */
export async function ignoringViews<Result>(
  engine: Engine,
  { datasource: { workspaceId }, progress }: Pick<SegmentTarget, 'datasource' | 'progress'>,
  insert: () => Promise<Result>,
): Promise<Result> {
  const before = await passingErrors(engine);
  const result = await insert();
  for (const [code, { name, count, message }] of await passingErrors(engine)) {
    if (count === (before.get(code)?.count ?? 0) || isOfOther(message, databaseOf(workspaceId))) continue;
    if (STANDARD_INPUT.test(message)) continue;
    const error = new EngineError(`${message}. (${name})`, code, name);
    if (refusalOf(error) !== 'later' || progress.repeats >= REPEATS_MAX) continue;
    progress.repeats += 1;
    throw error;
  }
  return result;
}

async function passingErrors(engine: Engine): Promise<Map<number, MetError>> {
  const codes = PASSING_IN_VIEWS.join(', ');
  const sql = `SELECT code, name, value, last_error_message FROM system.errors WHERE NOT remote AND code IN (${codes})`;
  const lines = await readLines(engine, 'default', sql);
  return new Map(
    lines.map(([code, name = '', count, message = '']) => [
      Number(code),
      { name, count: Number(count), message },
    ]),
  );
}

/** Whether a message is about a table of another Workspace. Most that pass are about none. */
function isOfOther(message: string, database: string): boolean {
  return /\b(?:w_[0-9a-f]{32}|probe_[0-9a-z]{26})\b/.test(message) && !message.includes(database);
}
