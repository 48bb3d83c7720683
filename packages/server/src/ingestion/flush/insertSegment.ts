import { EngineError, type Settings } from '@goldcrest/engine';
import type { DataSource } from '../../datasources/index.js';
import { IGNORE_VIEW_ERRORS } from '../../materialization/index.js';
import { linesOf, splitSegment } from '../log/record.js';
import type { Segment } from '../log/segment.js';
import type { FlushProgress, Search } from './flushProgress.js';
import { ignoringViews } from './ignoringViews.js';
import {
  bytesOf,
  type InsertedFile,
  type InsertNeeds,
  insertFile,
  insertLines,
  quarantineRows,
  tryLines,
  withPart,
} from './insertLines.js';
import { isInView, refusalOf } from './refusals.js';
import { RefusedRows, type Suspicion } from './refusedRows.js';
import { NO_COST, type SegmentCost, sumOf } from './segmentCost.js';
import { Trial } from './trial.js';

/** A segment and where it goes. */
export interface SegmentTarget {
  segment: Segment;
  datasource: DataSource;
  progress: FlushProgress;
}

/** What was written of a segment, and which of its rows the engine refused, by index. */
export interface Inserted {
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
  const { segment, datasource, progress } = target;
  const { path, name, rows, quarantined } = segment;
  if (quarantined === 0) return insertRows(needs, target, path, NO_COST);
  if (rows === 0)
    return onlyCost(await insertFile(needs, datasource, { table: 'quarantine', path, token: name }));
  const parts = splitSegment(await needs.disk.read(path));
  const bad = { table: 'quarantine', lines: parts.quarantined, token: `${name}.quarantine` } as const;
  const spent = progress.search === null ? await insertLines(needs, datasource, bad) : NO_COST;
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
  if (progress.search === null) {
    try {
      return onlyCost(sumOf(spent, await insertPassing(needs, target, path)));
    } catch (error) {
      const suspicion = suspicionOf(progress, error);
      if (suspicion === null) throw error;
      const rows = new RefusedRows({ from: 0, to: segment.rows }, error, suspicion);
      progress.search = { rows, trial: new Trial(), spent };
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
  { segment, datasource, progress }: SegmentTarget,
  { rows, trial }: Search,
  lines: readonly string[],
): Promise<void> {
  await trial.make(needs.engine, datasource);
  await rows.goOn(
    ({ from, to }) =>
      tryLines(needs, trial, datasource, {
        name: `${segment.name}.${from}-${to}`,
        lines: bytesOf(lines.slice(from, to)),
      }),
    (error) => suspicionOf(progress, error),
  );
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
  const { name } = target.segment;
  const rows = new Set(refused.keys());
  const others = lines.filter((_line, row) => !rows.has(row));
  let cost = spent;
  if (others.length > 0) {
    const insert = (path: string): Promise<SegmentCost> => insertPassing(needs, target, path);
    cost = sumOf(cost, await withPart(needs, name, bytesOf(others), insert));
  }
  // Halves may pass that together did not.
  cost = sumOf(cost, await quarantineRows(needs, target, lines, refused, `${name}.refused`));
  await trial.drop(needs.engine);
  return { refused: rows, cost };
}

/** Inserts rows; where a Materialized View fails that may, once more without it. */
async function insertPassing(needs: InsertNeeds, target: SegmentTarget, path: string): Promise<SegmentCost> {
  const { segment, datasource, progress } = target;
  const file: InsertedFile = { table: 'rows', path, token: segment.name };
  const insert = (settings: Settings): Promise<SegmentCost> => insertFile(needs, datasource, file, settings);
  try {
    return await insert({});
  } catch (error) {
    progress.reachedViews ||= refusalOf(error) === 'late' || (!progress.viewsMayFail && isInView(error));
    if (!progress.viewsMayFail || !(error instanceof EngineError) || refusalOf(error) !== 'view') throw error;
    // The error may also be about a row whose text looks like that of a failing view. Then it comes again, and no view is to blame.
    const cost = await ignoringViews(needs.engine, target, () => insert(IGNORE_VIEW_ERRORS));
    progress.viewError ??= error;
    return cost;
  }
}
