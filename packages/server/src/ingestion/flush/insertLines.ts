import { join } from 'node:path';
import type { Engine, InsertFileRequest, Settings } from '@goldcrest/engine';
import { type DataSource, QUARANTINE_COLUMNS, quarantineName } from '../../datasources/index.js';
import { databaseOf } from '../../workspaces/index.js';
import type { LogDisk } from '../log/disk.js';
import { writeFile } from '../log/repair.js';
import { secondOf } from '../quarantineDate.js';
import { type ColumnProblem, quarantineLineOf } from '../rowSchema.js';
import type { SegmentTarget } from './insertSegment.js';
import { costOf, NO_COST, type SegmentCost, type Table } from './segmentCost.js';
import type { Trial } from './trial.js';

/**
 * How values are read: times in any common form, and anything as text where the column is text. Text in JSON columns stays text: what
 * looks like a time in any common form includes `1.5`, which would become the first of May.
 */
export const INSERT_SETTINGS: Settings = {
  date_time_input_format: 'best_effort',
  input_format_try_infer_dates: 0,
  input_format_try_infer_datetimes: 0,
  input_format_json_read_objects_as_strings: 1,
  input_format_json_read_numbers_as_strings: 1,
  input_format_json_read_bools_as_strings: 1,
  input_format_json_read_arrays_as_strings: 1,
  allow_suspicious_low_cardinality_types: 1,
  // The field by which a record of the log is known is no column.
  input_format_skip_unknown_fields: 1,
  // One insert holds the rows of many requests: how many partitions they are for is not for the engine to judge.
  max_partitions_per_insert_block: 0,
  // One block for each insert, however large the values are in memory: what is written in part can't be told from what is not, when rows
  // are refused and the others are inserted under tokens of their own. A segment has fewer rows than a block may have.
  min_insert_block_size_bytes: 0,
  // The engine would gather small inserts of its own accord, and answer for several at once.
  async_insert: 0,
};

/** What one insert may take, its views included. */
export interface InsertLimits {
  seconds: number;
  memoryBytes: number;
}

/** An insert of a full segment takes seconds; one that takes minutes keeps all others waiting. */
export const INSERT_LIMITS: InsertLimits = { seconds: 120, memoryBytes: 4 * 1024 ** 3 };

/** What inserting needs. */
export interface InsertNeeds {
  engine: Engine;
  limits: InsertLimits;
  /** Ends inserts that run. */
  ending: AbortSignal;
  disk: LogDisk;
  /** Where parts of segments are written; what is there is removed when the log is opened. */
  directory: string;
}

/** A file that goes into one of a Data Source's two tables. */
export interface InsertedFile {
  table: Table;
  path: string;
  /** By which the engine knows the insert when it is repeated. */
  token: string;
}

/** Lines that are in no file. */
export interface InsertedLines {
  table: Table;
  lines: Buffer;
  token: string;
}

/** Inserts a file. @param more settings besides those of every insert @throws EngineError */
export async function insertFile(
  { engine, limits, ending }: InsertNeeds,
  datasource: DataSource,
  { table, path, token }: InsertedFile,
  more: Settings = {},
): Promise<SegmentCost> {
  const { errorColumns, errors, insertionDate } = QUARANTINE_COLUMNS;
  const isRows = table === 'rows';
  const names = namesOf(datasource);
  const cost = await engine.insertFile({
    database: databaseOf(datasource.workspaceId),
    table: isRows ? datasource.name : quarantineName(datasource.name),
    columns: isRows ? names : [...names, errorColumns, errors, insertionDate],
    path,
    deduplicationToken: token,
    ...howToInsert(limits, ending, more),
  });
  return costOf(table, cost);
}

/** Inserts lines, as `insertFile` does. */
export function insertLines(
  needs: InsertNeeds,
  datasource: DataSource,
  { table, lines, token }: InsertedLines,
  more: Settings = {},
): Promise<SegmentCost> {
  return withPart(needs, token, lines, (path) => insertFile(needs, datasource, { table, path, token }, more));
}

/**
 * Inserts rows into the table of a trial.
 * @param name of a file while that lasts
 * @param token by which what they come to is known again, where they come to more than the trial
 * @throws EngineError when the engine refuses them
 */
export async function tryLines(
  needs: InsertNeeds,
  { database }: Trial,
  datasource: DataSource,
  { name, lines, token }: { name: string; lines: Buffer; token?: string },
  more: Settings = {},
): Promise<void> {
  const { engine, limits, ending } = needs;
  const place = { database, table: datasource.name, currentDatabase: databaseOf(datasource.workspaceId) };
  const columns = namesOf(datasource);
  const known = token === undefined ? {} : { deduplicationToken: token };
  await withPart(needs, name, lines, (path) =>
    engine.insertFile({ ...place, columns, path, ...known, ...howToInsert(limits, ending, more) }),
  );
}

/** Does something with lines in a file of their own, which is gone afterwards. */
export async function withPart<Result>(
  { disk, directory }: InsertNeeds,
  name: string,
  lines: Buffer,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  const path = join(directory, `${name}.part`);
  try {
    await writeFile(disk, path, lines, false);
    return await use(path);
  } finally {
    await disk.remove(path);
  }
}

/** Lines as a file has them. */
export function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** Some of a segment's lines, by index, as a file has them. */
export function someOf(lines: readonly string[], rows: readonly number[]): Buffer {
  return bytesOf(rows.map((row) => lines[row] ?? '{}'));
}

/**
 * Inserts rows of a segment into quarantine that had passed the checks.
 * @param problems why, by index
 * @param token by which the engine knows the insert when it is repeated
 */
export function quarantineRows(
  needs: InsertNeeds,
  { segment, datasource }: Pick<SegmentTarget, 'segment' | 'datasource'>,
  lines: readonly string[],
  problems: ReadonlyMap<number, ColumnProblem>,
  token: string,
): Promise<SegmentCost> {
  if (problems.size === 0) return Promise.resolve(NO_COST);
  const insertionDate = secondOf(new Date(segment.since));
  const quarantined = [...problems].map(([row, problem]) =>
    quarantineLineOf(lines[row] ?? '{}', problem, insertionDate),
  );
  return insertLines(needs, datasource, { table: 'quarantine', lines: bytesOf(quarantined), token });
}

function namesOf({ columns }: DataSource): string[] {
  return columns.map(({ name }) => name);
}

function howToInsert(
  { seconds, memoryBytes }: InsertLimits,
  ending: AbortSignal,
  more: Settings,
): Pick<InsertFileRequest, 'format' | 'settings' | 'signal'> {
  const bounds = { max_execution_time: seconds, max_memory_usage: memoryBytes };
  return { format: 'JSONEachRow', settings: { ...INSERT_SETTINGS, ...more, ...bounds }, signal: ending };
}
