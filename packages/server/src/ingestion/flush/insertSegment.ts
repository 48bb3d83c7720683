import { join } from 'node:path';
import type { Engine, InsertCost, Settings } from '@goldcrest/engine';
import { type DataSource, QUARANTINE_COLUMNS, quarantineName } from '../../datasources/index.js';
import { IGNORE_VIEW_ERRORS } from '../../materialization/index.js';
import { databaseOf } from '../../workspaces/index.js';
import type { LogDisk } from '../log/disk.js';
import { linesOf } from '../log/record.js';
import type { Segment, SegmentCost } from '../log/segment.js';
import type { StreamKind } from '../log/stream.js';
import { secondOf } from '../quarantineDate.js';
import { quarantineLineOf } from '../rowSchema.js';
import { refusalOf } from './refusals.js';
import { insertAccepted, type RowRange } from './refusedRows.js';

/** How values are read: times in any common form, and anything as text where the column is text. */
export const INSERT_SETTINGS: Settings = {
  date_time_input_format: 'best_effort',
  input_format_json_read_objects_as_strings: 1,
  input_format_json_read_numbers_as_strings: 1,
  input_format_json_read_bools_as_strings: 1,
  input_format_json_read_arrays_as_strings: 1,
  allow_suspicious_low_cardinality_types: 1,
  // The field by which a record of the log is known is no column.
  input_format_skip_unknown_fields: 1,
  // One insert holds the rows of many requests: how many partitions they are for is not for the engine to judge.
  max_partitions_per_insert_block: 0,
};

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
  kind: StreamKind;
  /** Lets the rows in though a Materialized View of the table fails. */
  ignoreViews: boolean;
}

/**
 * Inserts a segment's rows, all of them once however often this is repeated. Rows that the engine refuses go to quarantine.
 * @returns the refused rows by index, and what was written
 * @throws EngineError when the engine can't take the rows for another reason than one of them
 */
export async function insertSegment(
  needs: InsertNeeds,
  target: SegmentTarget,
): Promise<{ refused: ReadonlySet<number>; cost: SegmentCost }> {
  const { segment } = target;
  try {
    const cost = costOf(target.kind, await insertFile(needs, target, segment.path, segment.name));
    return { refused: new Set(), cost };
  } catch (error) {
    if (refusalOf(error) !== 'row' || target.kind === 'quarantine') throw error;
  }
  const lines = linesOf(await needs.disk.read(segment.path));
  const costs: SegmentCost[] = [];
  const insert = async ({ from, to }: RowRange): Promise<void> => {
    const token = `${segment.name}.${from}-${to}`;
    costs.push(costOf('rows', await insertLines(needs, target, lines.slice(from, to), token)));
  };
  const refused = await insertAccepted(insert, { from: 0, to: lines.length });
  const insertionDate = secondOf(new Date(segment.since));
  const quarantined = [...refused].map(([row, problem]) =>
    quarantineLineOf(lines[row] ?? '{}', problem, insertionDate),
  );
  const quarantine: SegmentTarget = { ...target, kind: 'quarantine' };
  if (quarantined.length > 0) {
    const token = `${segment.name}.refused`;
    costs.push(costOf('quarantine', await insertLines(needs, quarantine, quarantined, token)));
  }
  return { refused: new Set(refused.keys()), cost: costs.reduce(sumOf, NO_COST) };
}

/** What it costs to write nothing. */
export const NO_COST: SegmentCost = {
  written: { rows: 0, bytes: 0 },
  quarantined: { rows: 0, bytes: 0 },
  engineSeconds: 0,
};

function costOf(kind: StreamKind, { rows, bytes, elapsedSeconds: engineSeconds }: InsertCost): SegmentCost {
  const amount = { rows, bytes };
  return { ...NO_COST, engineSeconds, ...(kind === 'rows' ? { written: amount } : { quarantined: amount }) };
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

async function insertLines(
  needs: InsertNeeds,
  target: SegmentTarget,
  lines: readonly string[],
  token: string,
): Promise<InsertCost> {
  const path = join(needs.directory, `${token}.part`);
  await needs.disk.remove(path);
  const file = await needs.disk.create(path);
  try {
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    for (let at = 0; at < bytes.length; ) at += await writeSome(await file.write(bytes.subarray(at), at));
  } finally {
    await file.close();
  }
  try {
    return await insertFile(needs, target, path, token);
  } finally {
    await needs.disk.remove(path);
  }
}

async function writeSome(bytes: number): Promise<number> {
  if (bytes === 0) throw new Error('Nothing more can be written.');
  return bytes;
}

function insertFile(
  { engine }: InsertNeeds,
  { datasource, kind, ignoreViews }: SegmentTarget,
  path: string,
  token: string,
): Promise<InsertCost> {
  const names = datasource.columns.map((column) => column.name);
  const { errorColumns, errors, insertionDate } = QUARANTINE_COLUMNS;
  const isRows = kind === 'rows';
  return engine.insertFile({
    database: databaseOf(datasource.workspaceId),
    table: isRows ? datasource.name : quarantineName(datasource.name),
    columns: isRows ? names : [...names, errorColumns, errors, insertionDate],
    path,
    format: 'JSONEachRow',
    settings: ignoreViews ? { ...INSERT_SETTINGS, ...IGNORE_VIEW_ERRORS } : INSERT_SETTINGS,
    deduplicationToken: token,
  });
}
