/**
 * Inserts that a kill has interrupted between two writes of the engine.
 *
 * A MergeTree with a deduplication window has a log in `deduplication_logs/deduplication_log_<n>.txt`: a line
 * `<1 add | 2 drop> TAB <part> TAB <token and partition, hashed>` for each part that is inserted and each that is taken away. To insert a
 * part, the engine writes the directory `tmp_insert_<partition>_…`, adds the line, and renames the directory to
 * `<partition>_<first block>_<last block>_<level>[_<mutation>]`. Killed between the last two, it knows the token of a part that is not
 * there; at its next start it removes the directory, and a repeat is a no-op although its rows are missing. So, before the engine opens
 * the data directory, such a line is taken out.
 *
 * Forgetting too much would make a repeat double rows. A line is taken out only when all of this holds:
 *
 * - A directory `tmp_insert_<the line's partition>_…` is there. Only an interrupted insert leaves one, and the engine removes it when it
 *   opens the table. So whatever else takes parts away is no reason, whether the engine writes a `drop` line for it at once (DROP PARTITION,
 *   DROP PART, DETACH, TRUNCATE), or later or never (a TTL, DELETE, MOVE and REPLACE PARTITION, broken parts, and a part that somebody has
 *   removed by hand).
 * - No part of the partition has the line's blocks in its range. Merges and mutations keep the range, an emptied part has it until it
 *   goes, and so have outdated parts that are still on the disk.
 * - No later line drops it.
 * - It is near the end of the log: a kill can only hit what was written last.
 *
 * Of an insert into several partitions, or of a view's target, each part has its own line, so only what is missing comes again.
 *
 * And the engine stops reading a log at a line that is not whole, so that it forgets all that follow. That is left by a full disk or a
 * power cut, and it appends to it as if it were whole. Such a beginning is taken out too; the line appended to it stays.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Bytes at the end of a log that are looked at: about a hundred lines, of which a kill can only have hit the last ones. */
const TAIL_BYTES = 8 * 1024;
/** A log that has just been begun may be empty, and the last line in the one before. */
const LOGS_LOOKED_AT = 2;

const LOG_NAME = /^deduplication_log_(\d+)\.txt$/;
const PART_NAME = /^([^_]+)_(\d+)_(\d+)_\d+(?:_\d+)?$/;
const WHOLE = /^(?:[12]\t[^\t\n]+\t[^\t\n]+\n)*$/;
/** Not bound to the start: in front of it may be what is left of another one. */
const RECORD = /([12])\t([^\t\n]+)\t([^\t\n]+)\n$/;

/** Every log is read into it. */
const buffer = Buffer.alloc(TAIL_BYTES);

/** Where the name of a part says that its rows are from. */
interface Range {
  readonly partition: string;
  readonly first: number;
  readonly last: number;
}

/** A line of a log. */
interface LogRecord {
  readonly line: string;
  readonly isAdded: boolean;
  readonly part: string;
  readonly token: string;
}

/**
 * Makes the tables of a data directory forget the tokens of inserts that a kill has interrupted, so that a repeat inserts what is
 * missing (EV-27). Nobody may have the directory open, and only one that was not closed needs it. It works synchronously: a start waits for it anyway, and thousands of small
 * reads take a third of the time.
 * @param draftDirectory existing directory on the same file system
 * @throws Error of the file system, with what is done so far complete
 */
export function forgetInterruptedInserts(dataDirectory: string, draftDirectory: string): void {
  const draft = join(draftDirectory, 'deduplication_log.draft');
  // Databases have their tables in `store`; those of the old kind have them in `data`, where the others have links.
  for (const place of ['store', 'data']) {
    for (const outer of directoriesIn(join(dataDirectory, place))) {
      for (const table of directoriesIn(outer)) checkTable(table, draft);
    }
  }
}

function checkTable(table: string, draft: string): void {
  const logs = lastLogs(join(table, 'deduplication_logs'));
  if (logs.length === 0) return;
  const tails = logs.map(readTail);
  const lost = lostLines(tails.join(''), readdirSync(table));
  for (const [i, log] of logs.entries()) {
    const tail = tails[i] ?? '';
    const isRight = WHOLE.test(tail) && (lost.size === 0 || !linesOf(tail).some((line) => lost.has(line)));
    if (!isRight) rewrite(log, lost, draft);
  }
}

/** The last logs of a table, in order; none when it has no window. */
function lastLogs(directory: string): string[] {
  const numbers = namesIn(directory).map((name) => Number(LOG_NAME.exec(name)?.[1] ?? 0));
  const last = numbers.filter((number) => number > 0).sort((a, b) => a - b);
  return last.slice(-LOGS_LOOKED_AT).map((number) => join(directory, `deduplication_log_${number}.txt`));
}

/** The end of a log, from the beginning of a line. */
function readTail(log: string): string {
  const descriptor = openSync(log, 'r');
  try {
    const offset = Math.max(0, fstatSync(descriptor).size - TAIL_BYTES);
    const text = buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, TAIL_BYTES, offset));
    return offset === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    closeSync(descriptor);
  }
}

/** Lines that add a part which is not there because its insert was interrupted. */
function lostLines(tail: string, names: readonly string[]): ReadonlySet<string> {
  const interrupted = names.filter((name) => name.startsWith('tmp_insert_'));
  if (interrupted.length === 0) return new Set();
  const ranges = names.map(rangeOf).filter((range) => range !== null);
  const added = new Map<string, LogRecord>();
  for (const record of linesOf(tail).map(readRecord)) {
    if (record?.isAdded) added.set(record.token, record);
    else if (record !== null) added.delete(record.token);
  }
  const isLost = ({ part }: LogRecord): boolean => {
    const range = rangeOf(part);
    return (
      range !== null &&
      interrupted.some((name) => name.startsWith(`tmp_insert_${range.partition}_`)) &&
      !ranges.some((other) => covers(other, range))
    );
  };
  return new Set([...added.values()].filter(isLost).map(({ line }) => line));
}

function covers(one: Range, other: Range): boolean {
  return one.partition === other.partition && one.first <= other.first && one.last >= other.last;
}

function rangeOf(name: string): Range | null {
  const [, partition, first, last] = PART_NAME.exec(name) ?? [];
  if (partition === undefined) return null;
  return { partition, first: Number(first), last: Number(last) };
}

/** The record at the end of a line, which is all of it unless something was torn; null when there is none. */
function readRecord(line: string): LogRecord | null {
  const [text, operation, part, token] = RECORD.exec(line) ?? [];
  if (text === undefined || part === undefined || token === undefined) return null;
  return { line: text, isAdded: operation === '1', part, token };
}

/** Lines with their line breaks; the last one of a torn text has none. */
function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}

/** Writes a log again, with whole lines and without lost ones: at any moment there is the old or the new one. */
function rewrite(log: string, lost: ReadonlySet<string>, draft: string): void {
  const lines = linesOf(readFileSync(log, 'latin1')).map((line) => readRecord(line)?.line ?? '');
  writeFileSync(draft, lines.filter((line) => !lost.has(line)).join(''), { encoding: 'latin1', flush: true });
  renameSync(draft, log);
  // The new name reaches the disk with its directory.
  const directory = openSync(dirname(log), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function directoriesIn(path: string): string[] {
  const entries = unlessMissing(() => readdirSync(path, { withFileTypes: true }));
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}

function namesIn(path: string): string[] {
  return unlessMissing(() => readdirSync(path));
}

function unlessMissing<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
