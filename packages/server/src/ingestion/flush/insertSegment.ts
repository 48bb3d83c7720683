import { join } from 'node:path';
import { type Engine, EngineError, type InsertFileRequest, type Settings } from '@goldcrest/engine';
import { type DataSource, QUARANTINE_COLUMNS, quarantineName } from '../../datasources/index.js';
import { IGNORE_VIEW_ERRORS } from '../../materialization/index.js';
import { databaseOf } from '../../workspaces/index.js';
import type { LogDisk } from '../log/disk.js';
import { linesOf, splitSegment } from '../log/record.js';
import { writeFile } from '../log/repair.js';
import type { Segment } from '../log/segment.js';
import { secondOf } from '../quarantineDate.js';
import { quarantineLineOf } from '../rowSchema.js';
import type { FlushProgress, Search } from './flushProgress.js';
import { isInView, refusalOf } from './refusals.js';
import { RefusedRows, type RowRange, type Suspicion } from './refusedRows.js';
import { costOf, NO_COST, type SegmentCost, sumOf, type Table } from './segmentCost.js';
import { TrialTable } from './trialTable.js';

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

/** Inserts in one turn of a segment of which the engine refuses rows: the others that wait come before it goes on. */
const TURN_INSERTS_MAX = 16;

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

/** A segment and where it goes. */
export interface SegmentTarget {
  segment: Segment;
  datasource: DataSource;
  progress: FlushProgress;
}

/** What was written of a segment, and which of its rows the engine refused, by index. */
interface Inserted {
  refused: ReadonlySet<number>;
  cost: SegmentCost;
}

/**
 * Inserts a segment's rows into the Data Source and its quarantine, all of them once however often this is repeated. Rows that the engine
 * refuses go to quarantine.
 * @returns null when that was enough for one turn and there is more to do
 * @throws EngineError when the engine can't take the rows for another reason than one of them
 */
export async function insertSegment(needs: InsertNeeds, target: SegmentTarget): Promise<Inserted | null> {
  const { path, name, rows, quarantined } = target.segment;
  if (quarantined === 0) return insertRows(needs, target, path, NO_COST);
  if (rows === 0)
    return onlyCost(await insertFile(needs, target, { table: 'quarantine', path, token: name }));
  const parts = splitSegment(await needs.disk.read(path));
  const bad = { table: 'quarantine', lines: parts.quarantined, token: `${name}.quarantine` } as const;
  const spent = target.progress.search === null ? await insertPart(needs, target, bad) : NO_COST;
  return withPart(needs, `${name}.rows`, parts.rows, (part) => insertRows(needs, target, part, spent));
}

function onlyCost(cost: SegmentCost): Inserted {
  return { refused: new Set(), cost };
}

/** Inserts rows for the Data Source's table, or where the engine refuses some of them, the others. */
async function insertRows(
  needs: InsertNeeds,
  target: SegmentTarget,
  path: string,
  spent: SegmentCost,
): Promise<Inserted | null> {
  const { segment, progress } = target;
  const file = { table: 'rows', path, token: segment.name } as const;
  if (progress.search === null) {
    try {
      return onlyCost(sumOf(spent, await insertFile(needs, target, file)));
    } catch (error) {
      const suspicion = suspicionOf(progress, error);
      if (suspicion === null) throw error;
      const rows = new RefusedRows({ from: 0, to: segment.rows }, error, suspicion);
      progress.search = { rows, trial: new TrialTable(), spent };
    }
  }
  const { search } = progress;
  const lines = linesOf(await needs.disk.read(path));
  await goOn(needs, target, search, lines);
  if (!search.rows.isHopeless) return search.rows.isDone ? insertOthers(needs, target, search, lines) : null;
  await search.trial.drop(needs.engine);
  progress.search = null;
  progress.suspicion = 'dismissed';
  return null;
}

/** Looks for a while for the rows that the engine refuses. */
async function goOn(
  needs: InsertNeeds,
  target: SegmentTarget,
  { rows, trial }: Search,
  lines: readonly string[],
): Promise<void> {
  const { segment, datasource, progress } = target;
  await trial.make(needs.engine, datasource);
  const attempt = ({ from, to }: RowRange): Promise<unknown> =>
    withPart(needs, `${segment.name}.${from}-${to}`, bytesOf(lines.slice(from, to)), (path) =>
      needs.engine.insertFile({
        database: trial.database,
        table: datasource.name,
        columns: datasource.columns.map(({ name }) => name),
        path,
        ...settingsOf(needs, INSERT_SETTINGS),
      }),
    );
  await rows.goOn(attempt, (error) => suspicionOf(progress, error), TURN_INSERTS_MAX);
}

/** What an error of an insert says of its rows. */
function suspicionOf({ viewsMayFail, suspicion }: FlushProgress, error: unknown): Suspicion {
  const refusal = refusalOf(error, viewsMayFail);
  if (refusal === 'row') return 'certain';
  return refusal === 'other' && suspicion === 'rows' ? 'possible' : null;
}

/**
 * Inserts what is not refused, and the refused rows into quarantine. The others have the token of all: partitions that were written before
 * the engine came to a refused row have none in them, and are not written again.
 */
async function insertOthers(
  needs: InsertNeeds,
  target: SegmentTarget,
  { rows: { refused }, trial, spent }: Search,
  lines: readonly string[],
): Promise<Inserted> {
  const { name, since } = target.segment;
  const rows = new Set(refused.keys());
  const others = lines.filter((_line, row) => !rows.has(row));
  let cost = spent;
  if (others.length > 0) {
    const part = { table: 'rows', lines: bytesOf(others), token: name } as const;
    cost = sumOf(cost, await insertPart(needs, target, part));
  }
  // Halves may pass that together did not.
  if (rows.size > 0) {
    const insertionDate = secondOf(new Date(since));
    const quarantined = [...refused].map(([row, problem]) =>
      quarantineLineOf(lines[row] ?? '{}', problem, insertionDate),
    );
    const part = { table: 'quarantine', lines: bytesOf(quarantined), token: `${name}.refused` } as const;
    cost = sumOf(cost, await insertPart(needs, target, part));
  }
  await trial.drop(needs.engine);
  return { refused: rows, cost };
}

function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** Inserts lines that are in no file. */
function insertPart(
  needs: InsertNeeds,
  target: SegmentTarget,
  { table, lines, token }: { table: Table; lines: Buffer; token: string },
): Promise<SegmentCost> {
  return withPart(needs, token, lines, (path) => insertFile(needs, target, { table, path, token }));
}

/** Does something with lines in a file of their own, which is gone afterwards. */
async function withPart<Result>(
  { disk, directory }: InsertNeeds,
  name: string,
  lines: Buffer,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  const path = join(directory, `${name}.part`);
  try {
    await writeFile(disk, path, lines);
    return await use(path);
  } finally {
    await disk.remove(path);
  }
}

interface InsertedFile {
  table: Table;
  path: string;
  token: string;
}

/** Inserts a file; where a Materialized View fails that may, once more without it. */
async function insertFile(
  needs: InsertNeeds,
  target: SegmentTarget,
  file: InsertedFile,
): Promise<SegmentCost> {
  const { progress } = target;
  try {
    return await insertWith(needs, target, file, INSERT_SETTINGS);
  } catch (error) {
    progress.reachedViews ||= refusalOf(error) === 'late' || (!progress.viewsMayFail && isInView(error));
    if (!progress.viewsMayFail || !(error instanceof EngineError) || refusalOf(error) !== 'view') throw error;
    // The error may also be about a row whose text looks like that of a failing view. Then it comes again, and no view is to blame.
    const cost = await insertWith(needs, target, file, { ...INSERT_SETTINGS, ...IGNORE_VIEW_ERRORS });
    progress.viewError ??= error;
    return cost;
  }
}

async function insertWith(
  needs: InsertNeeds,
  { datasource }: SegmentTarget,
  { table, path, token }: InsertedFile,
  settings: Settings,
): Promise<SegmentCost> {
  const names = datasource.columns.map((column) => column.name);
  const { errorColumns, errors, insertionDate } = QUARANTINE_COLUMNS;
  const isRows = table === 'rows';
  const cost = await needs.engine.insertFile({
    database: databaseOf(datasource.workspaceId),
    table: isRows ? datasource.name : quarantineName(datasource.name),
    columns: isRows ? names : [...names, errorColumns, errors, insertionDate],
    path,
    deduplicationToken: token,
    ...settingsOf(needs, settings),
  });
  return costOf(table, cost);
}

function settingsOf(
  { limits, ending }: InsertNeeds,
  settings: Settings,
): Pick<InsertFileRequest, 'format' | 'settings' | 'signal'> {
  const bounds = { max_execution_time: limits.seconds, max_memory_usage: limits.memoryBytes };
  return { format: 'JSONEachRow', settings: { ...settings, ...bounds }, signal: ending };
}
