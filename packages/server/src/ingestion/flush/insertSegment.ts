import { join } from 'node:path';
import type { Engine, InsertCost, Settings } from '@goldcrest/engine';
import { type DataSource, QUARANTINE_COLUMNS, quarantineName } from '../../datasources/index.js';
import { IGNORE_VIEW_ERRORS } from '../../materialization/index.js';
import { databaseOf } from '../../workspaces/index.js';
import type { LogDisk } from '../log/disk.js';
import { linesOf, splitSegment } from '../log/record.js';
import { writeFile } from '../log/repair.js';
import type { Segment, SegmentCost } from '../log/segment.js';
import { secondOf } from '../quarantineDate.js';
import { quarantineLineOf } from '../rowSchema.js';
import { refusalOf } from './refusals.js';
import { insertAccepted, type RowRange } from './refusedRows.js';

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

/** Which table rows go into: the Data Source's own, or its quarantine. */
type Table = 'rows' | 'quarantine';

/** What inserting needs. */
export interface InsertNeeds {
  engine: Engine;
  disk: LogDisk;
  /** Where parts of segments are written; what is there is removed when the log is opened. */
  directory: string;
}

/** A segment and where it goes. */
export interface SegmentTarget {
  segment: Segment;
  datasource: DataSource;
  /** Lets the rows in though a Materialized View of the table fails. */
  ignoreViews: boolean;
}

/** What was written of a segment, and which of its rows the engine refused, by index. */
interface Inserted {
  refused: ReadonlySet<number>;
  cost: SegmentCost;
}

/**
 * Inserts a segment's rows into the Data Source and its quarantine, all of them once however often this is repeated. Rows that the engine
 * refuses go to quarantine.
 * @throws EngineError when the engine can't take the rows for another reason than one of them
 */
export async function insertSegment(needs: InsertNeeds, target: SegmentTarget): Promise<Inserted> {
  const { path, name, rows, quarantined } = target.segment;
  if (quarantined === 0) return insertRows(needs, target, path);
  if (rows === 0) return onlyCost(await insertFile(needs, target, { kind: 'quarantine', path, token: name }));
  const parts = splitSegment(await needs.disk.read(path));
  const bad = { kind: 'quarantine', lines: parts.quarantined, token: `${name}.quarantine` } as const;
  const cost = await insertPart(needs, target, bad);
  const insert = (part: string): Promise<Inserted> => insertRows(needs, target, part);
  const inserted = await withPart(needs, `${name}.rows`, parts.rows, insert);
  return { ...inserted, cost: sumOf(inserted.cost, cost) };
}

function onlyCost(cost: SegmentCost): Inserted {
  return { refused: new Set(), cost };
}

/** Inserts rows for the Data Source's table, or where the engine refuses some of them, the others. */
async function insertRows(needs: InsertNeeds, target: SegmentTarget, path: string): Promise<Inserted> {
  const { name, since } = target.segment;
  const isAboutRow = (error: unknown): boolean => refusalOf(error, target.ignoreViews) === 'row';
  try {
    return onlyCost(await insertFile(needs, target, { kind: 'rows', path, token: name }));
  } catch (error) {
    if (!isAboutRow(error)) throw error;
  }
  const lines = linesOf(await needs.disk.read(path));
  const costs: SegmentCost[] = [];
  const insert = async ({ from, to }: RowRange): Promise<void> => {
    const token = `${name}.${from}-${to}`;
    const part = { kind: 'rows', lines: bytesOf(lines.slice(from, to)), token } as const;
    costs.push(await insertPart(needs, target, part));
  };
  const refused = await insertAccepted(insert, isAboutRow, { from: 0, to: lines.length });
  const insertionDate = secondOf(new Date(since));
  const quarantined = [...refused].map(([row, problem]) =>
    quarantineLineOf(lines[row] ?? '{}', problem, insertionDate),
  );
  if (quarantined.length > 0) {
    const part = { kind: 'quarantine', lines: bytesOf(quarantined), token: `${name}.refused` } as const;
    costs.push(await insertPart(needs, target, part));
  }
  return { refused: new Set(refused.keys()), cost: costs.reduce(sumOf, NO_COST) };
}

function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** What it costs to write nothing. */
export const NO_COST: SegmentCost = {
  written: { rows: 0, bytes: 0 },
  quarantined: { rows: 0, bytes: 0 },
  engineSeconds: 0,
};

function costOf(table: Table, { rows, bytes, elapsedSeconds: engineSeconds }: InsertCost): SegmentCost {
  const amount = { rows, bytes };
  return { ...NO_COST, engineSeconds, ...(table === 'rows' ? { written: amount } : { quarantined: amount }) };
}

function sumOf(one: SegmentCost, other: SegmentCost): SegmentCost {
  return {
    written: {
      rows: one.written.rows + other.written.rows,
      bytes: one.written.bytes + other.written.bytes,
    },
    quarantined: {
      rows: one.quarantined.rows + other.quarantined.rows,
      bytes: one.quarantined.bytes + other.quarantined.bytes,
    },
    engineSeconds: one.engineSeconds + other.engineSeconds,
  };
}

/** Inserts lines that are in no file. */
function insertPart(
  needs: InsertNeeds,
  target: SegmentTarget,
  { kind, lines, token }: { kind: Table; lines: Buffer; token: string },
): Promise<SegmentCost> {
  return withPart(needs, token, lines, (path) => insertFile(needs, target, { kind, path, token }));
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

async function insertFile(
  { engine }: InsertNeeds,
  { datasource, ignoreViews }: SegmentTarget,
  { kind, path, token }: { kind: Table; path: string; token: string },
): Promise<SegmentCost> {
  const names = datasource.columns.map((column) => column.name);
  const { errorColumns, errors, insertionDate } = QUARANTINE_COLUMNS;
  const isRows = kind === 'rows';
  const cost = await engine.insertFile({
    database: databaseOf(datasource.workspaceId),
    table: isRows ? datasource.name : quarantineName(datasource.name),
    columns: isRows ? names : [...names, errorColumns, errors, insertionDate],
    path,
    format: 'JSONEachRow',
    settings: ignoreViews ? { ...INSERT_SETTINGS, ...IGNORE_VIEW_ERRORS } : INSERT_SETTINGS,
    deduplicationToken: token,
  });
  return costOf(kind, cost);
}
