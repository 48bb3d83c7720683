import { EngineError, type Settings } from '@goldcrest/engine';
import type { DataSource } from '../../datasources/index.js';
import { IGNORE_VIEW_ERRORS, pathsFrom, type ViewFailure } from '../../materialization/index.js';
import type { Snapshot } from '../../workspaces/index.js';
import { linesOf, splitSegment } from '../log/record.js';
import { secondOf } from '../quarantineDate.js';
import { quarantineLineOf } from '../rowSchema.js';
import { ignoringViews } from './ignoringViews.js';
import { bytesOf, type InsertNeeds, insertLines } from './insertLines.js';
import type { SegmentTarget } from './insertSegment.js';
import { PathSearch, type SearchedRows } from './pathSearch.js';
import { refusalOf } from './refusals.js';
import { NO_COST, type SegmentCost } from './segmentCost.js';

/** A view that misses rows. */
export interface MissedRows extends ViewFailure {
  /** Which, by index in the segment; null when it misses all. */
  rows: ReadonlySet<number> | null;
}

/** What views miss of a segment, and what it took to bring them the rest. */
export interface Missed {
  views: readonly MissedRows[];
  cost: SegmentCost;
}

/** Nothing is missed. */
export const NOTHING_MISSED: Missed = { views: [], cost: NO_COST };

/** The ways to each view of a Data Source, of which nothing is known yet. */
export function beginSearches(snapshot: Snapshot, datasource: DataSource): PathSearch[] {
  const searches: PathSearch[] = [];
  for (const path of pathsFrom(snapshot, datasource)) {
    const view = path.at(-1);
    const isBefore = (other: PathSearch): boolean =>
      other.path.length === path.length - 1 &&
      other.path.every(({ node }, i) => path[i]?.node.id === node.id);
    if (view !== undefined) searches.push(new PathSearch(path, view, searches.find(isBefore) ?? null));
  }
  return searches;
}

/**
 * Brings views that have failed all rows but those that make them fail. The rows are in the Data Source by then, and in the views that did not
 * fail.
 *
 * The same insert again with fewer rows, under the token of all, does that: the Data Source and the views that have the rows know it and write
 * nothing, and a view that has nothing of it takes what comes. Of a Data Source that keeps nothing, the rows that a view misses go to quarantine.
 * @param viewOf which view an error is of
 * @returns null when that was enough for one turn and there is more to do
 * @throws EngineError what passes
 */
export async function bringToViews(
  needs: InsertNeeds,
  target: SegmentTarget,
  searches: readonly PathSearch[],
  viewOf: (error: EngineError) => ViewFailure | undefined,
): Promise<Missed | null> {
  const { segment, datasource, progress } = target;
  const lines = linesOf(splitSegment(await needs.disk.read(segment.path)).rows);
  const taken = [...lines.keys()].filter((row) => !progress.inserted?.refused.has(row));
  const rows: SearchedRows = { segment: segment.name, datasource, lines, taken };
  for (const search of searches) if (!(await search.goOn(needs, rows))) return null;
  const isBroken = searches.some(({ state }) => state === 'broken');
  const problem = await bring(needs, rows, searches, isBroken);
  const views = searches.flatMap((search) => missedBy(search, problem !== null));
  // Where errors of views were ignored to the end, nobody knows whether the one that failed first got its rows another time.
  const error = isBroken ? progress.viewError : problem;
  const failure = error instanceof EngineError ? viewOf(error) : undefined;
  if (failure !== undefined && !views.some(({ node }) => node.id === failure.node.id))
    views.push({ ...failure, rows: null });
  const keepsNothing = datasource.engine.engine === 'Null';
  return { views, cost: keepsNothing ? await quarantine(needs, target, lines, views) : NO_COST };
}

/**
 * Inserts, for each view that fails on some rows, the others, and at last those on which none fails. The errors of views are ignored where some
 * have to fail.
 * @returns why it did not go as it should; null when it did
 */
async function bring(
  needs: InsertNeeds,
  rows: SearchedRows,
  searches: readonly PathSearch[],
  isBroken: boolean,
): Promise<unknown> {
  const sets = setsToLeaveOut(searches);
  if (await comesElsewhere(needs, rows, searches, sets)) return new OtherPartitions();
  for (const [i, set] of sets.entries()) {
    const lines = without(rows, set).map((row) => rows.lines[row] ?? '{}');
    if (lines.length === 0 || (isBroken && set.size === 0)) continue;
    const inserted = { table: 'rows', lines: bytesOf(lines), token: rows.segment } as const;
    const insert = (settings: Settings): Promise<SegmentCost> =>
      insertLines(needs, rows.datasource, inserted, settings);
    try {
      if (!isBroken && i === sets.length - 1) await insert({});
      else await ignoringViews(needs.engine, rows.datasource, () => insert(IGNORE_VIEW_ERRORS));
    } catch (error) {
      if (refusalOf(error) === 'later') throw error;
      return error;
    }
  }
  return null;
}

/** The rows that each view has to miss, where not all miss the same, and at last those that any has to miss. */
function setsToLeaveOut(searches: readonly PathSearch[]): ReadonlySet<number>[] {
  const known = searches.filter(({ state }) => state === 'known');
  const all = new Set(known.flatMap(({ stopped }) => [...stopped.keys()]));
  const own = known.filter((search) => search.own.size > 0 && search.stopped.size < all.size);
  return [...own.map(({ stopped }) => new Set(stopped.keys())), all];
}

function without({ taken }: SearchedRows, set: ReadonlySet<number>): number[] {
  return taken.filter((row) => !set.has(row));
}

/**
 * Whether fewer rows come to another partition behind a view that has all of them, such as that of the latest time. That partition knows nothing
 * of the insert, so they would be doubled there.
 */
async function comesElsewhere(
  needs: InsertNeeds,
  rows: SearchedRows,
  searches: readonly PathSearch[],
  sets: readonly ReadonlySet<number>[],
): Promise<boolean> {
  for (const search of searches) {
    const { stopped, state, view } = search;
    if (state !== 'known' || view.target.engine.partitionKey === '') continue;
    const has = [...stopped.keys()];
    const fewer = sets.filter((set) => set.size > has.length && has.every((row) => set.has(row)));
    if (fewer.length === 0) continue;
    const known = await search.partitionsOf(needs, rows, without(rows, new Set(has)));
    for (const set of fewer) {
      const others = await search.partitionsOf(needs, rows, without(rows, set));
      if (others.some((partition) => !known.includes(partition))) return true;
    }
  }
  return false;
}

/** Fewer rows would come to other partitions. */
class OtherPartitions extends Error {}

/** @param isAll whether a view that fails on some rows got none of the others */
function missedBy({ state, view, own, reason }: PathSearch, isAll: boolean): MissedRows[] {
  if (state === 'broken') return [{ ...view, reason, rows: null }];
  if (state !== 'known' || own.size === 0) return [];
  const [first] = own.values();
  return [{ ...view, reason: first?.reason ?? reason, rows: isAll ? null : new Set(own.keys()) }];
}

/** Keeps the rows that views miss, which are nowhere else. */
function quarantine(
  needs: InsertNeeds,
  { segment, datasource }: SegmentTarget,
  lines: readonly string[],
  views: readonly MissedRows[],
): Promise<SegmentCost> {
  const reasons = new Map<number, string>();
  for (const missed of [...views].reverse())
    for (const row of missed.rows ?? []) reasons.set(row, viewFailureText(missed));
  if (reasons.size === 0) return Promise.resolve(NO_COST);
  const insertionDate = secondOf(new Date(segment.since));
  const quarantined = [...reasons].map(([row, reason]) =>
    quarantineLineOf(lines[row] ?? '{}', { column: '$', reason }, insertionDate),
  );
  const token = `${segment.name}.missed`;
  return insertLines(needs, datasource, { table: 'quarantine', lines: bytesOf(quarantined), token });
}

/** Which view failed, and why. */
export function viewFailureText({ pipe, node, target, reason }: ViewFailure): string {
  return `The Materialized View \`${node.name}\` of the Pipe \`${pipe.name}\`, which fills \`${target.name}\`, failed: ${reason}`;
}
