import { EngineError } from '@goldcrest/engine';
import type { DataSource } from '../../datasources/index.js';
import {
  IGNORE_VIEW_ERRORS,
  pathsFrom,
  type ViewFailure,
  viewsTriggeredBy,
} from '../../materialization/index.js';
import type { Snapshot } from '../../workspaces/index.js';
import { linesOf, splitSegment } from '../log/record.js';
import { secondOf } from '../quarantineDate.js';
import { quarantineLineOf } from '../rowSchema.js';
import { bringRows } from './bringRows.js';
import { type Finding, keepFindings } from './findings.js';
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

/** How often a search is begun anew because its view has recovered. */
const RECOVERIES_MAX = 8;

/** Ways to views on which rows are looked for: several views into one Data Source make many of few. */
const PATHS_MAX = 128;

/** Nothing is missed. */
export const NOTHING_MISSED: Missed = { views: [], cost: NO_COST };

/** What is known of the views of a Data Source. */
export interface Views {
  snapshot: Snapshot;
  /** Which view an error is of. */
  viewOf: (error: EngineError) => ViewFailure | undefined;
}

/**
 * Brings views that have failed all rows but those on which they fail. The rows are in the Data Source by then. A turn each, in order:
 *
 *     1. the rows on which each view fails are looked for         nothing is written but in trials
 *     2. all rows are inserted once more                          a view that has come to take them meanwhile has them; then 1 again
 *     3. what was found is kept beside the segment                from here on a start goes on with 4
 *     4. each view that fails gets the others, it alone           known again when it is repeated
 *
 * Of a Data Source that keeps nothing, the rows that views miss go to quarantine. Where one of its views is broken none gets anything: the
 * segment is set aside, and brings all to each of them when it is moved back.
 * @returns null when that was enough for one turn and there is more to do
 * @throws EngineError when the engine can't take the rows for another reason than a view
 */
export async function bringToViews(
  needs: InsertNeeds,
  target: SegmentTarget,
  views: Views,
): Promise<Missed | null> {
  const { segment, datasource, progress } = target;
  const rows = await rowsOf(needs, target);
  if (progress.findings === null) {
    progress.searches ??= beginSearches(views.snapshot, datasource);
    if (progress.searches.length > PATHS_MAX) return nothingForFirst(target, views);
    const search = progress.searches.find(({ state }) => state === 'unknown');
    if (search !== undefined) {
      await search.goOn(needs, rows, progress);
      return null;
    }
    const failing = progress.searches.filter(({ isFailing }) => isFailing);
    const failure = await insertAll(needs, target, rows, failing.length > 0, views);
    if (failure !== null) return { views: failure, cost: NO_COST };
    if (await isAnyRecovered(needs, target, rows, progress.searches)) return null;
    const found = findingsOf(failing, datasource);
    const { refused = new Set<number>(), cost = NO_COST } = progress.inserted ?? {};
    const findings = { refused: [...refused], cost, views: found };
    if (found.some(({ own }) => own !== null)) await keepFindings(needs, segment, findings);
    progress.findings = findings;
  }
  const brought = await bringRows(needs, target, rows, views.snapshot, progress.findings.views);
  const missed = missedBy(brought, views.snapshot, datasource);
  const isLanding = datasource.engine.engine === 'Null';
  return { views: missed, cost: isLanding ? await quarantine(needs, target, rows, missed) : NO_COST };
}

/** The view that failed first misses all. */
function nothingForFirst({ progress }: SegmentTarget, { viewOf }: Views): Missed {
  const failure = progress.viewError === null ? undefined : viewOf(progress.viewError);
  return { views: failure === undefined ? [] : [{ ...failure, rows: null }], cost: NO_COST };
}

async function rowsOf(
  needs: InsertNeeds,
  { segment, datasource, progress }: SegmentTarget,
): Promise<SearchedRows> {
  const lines = linesOf(splitSegment(await needs.disk.read(segment.path)).rows);
  const taken = [...lines.keys()].filter((row) => !progress.inserted?.refused.has(row));
  return { segment: segment.name, id: segment.id, datasource, lines, taken };
}

/** The ways to each view of a Data Source, of which nothing is known yet. */
function beginSearches(snapshot: Snapshot, datasource: DataSource): PathSearch[] {
  const searches = new Map<string, PathSearch>();
  for (const path of pathsFrom(snapshot, datasource)) {
    const nodes = path.map(({ node }) => node.id);
    const view = path.at(-1);
    const before = searches.get(nodes.slice(0, -1).join());
    if (view !== undefined) searches.set(nodes.join(), new PathSearch(path, view, before ?? null));
  }
  return [...searches.values()];
}

/**
 * Whether a view takes now what it failed on. When all rows were inserted the last time it may have taken them, or not, so it is searched anew. A
 * view that fails now, as it did before that, has got nothing by it.
 */
async function isAnyRecovered(
  needs: InsertNeeds,
  { progress }: SegmentTarget,
  rows: SearchedRows,
  searches: readonly PathSearch[],
): Promise<boolean> {
  for (const search of searches.filter(({ isFailing }) => isFailing)) {
    if (progress.recoveries >= RECOVERIES_MAX || !(await search.hasRecovered(needs, rows))) continue;
    progress.recoveries += 1;
    progress.searches = begunAnew(searches, search);
    return true;
  }
  return false;
}

/** The searches, of which that of a path and those behind it begin anew. */
function begunAnew(searches: readonly PathSearch[], changed: PathSearch): PathSearch[] {
  const now = new Map<PathSearch, PathSearch>();
  for (const search of searches) {
    const before = search.before === null ? null : (now.get(search.before) ?? null);
    const isNew = search === changed || before !== search.before;
    now.set(search, isNew ? new PathSearch(search.path, search.view, before) : search);
  }
  return [...now.values()];
}

function findingsOf(failing: readonly PathSearch[], { engine: { engine } }: DataSource): Finding[] {
  const isWhole = engine === 'Null' && failing.some(({ state }) => state === 'broken');
  return failing.map(({ path, reason, state, own, stopped }) => ({
    nodes: path.map(({ node }) => node.id),
    reason,
    own: isWhole || state === 'broken' ? null : [...own],
    stopped: [...stopped],
  }));
}

/** Inserts all rows again. @returns the view that fails all the same, though each took the rows when they were tried; null when none does */
async function insertAll(
  needs: InsertNeeds,
  target: SegmentTarget,
  { segment, datasource, lines, taken }: SearchedRows,
  areViewsFailing: boolean,
  { viewOf }: Views,
): Promise<MissedRows[] | null> {
  const inserted = {
    table: 'rows',
    lines: bytesOf(taken.map((row) => lines[row] ?? '{}')),
    token: segment,
  } as const;
  if (areViewsFailing) {
    await ignoringViews(needs.engine, target, () =>
      insertLines(needs, datasource, inserted, IGNORE_VIEW_ERRORS),
    );
    return null;
  }
  try {
    await insertLines(needs, datasource, inserted);
    return null;
  } catch (error) {
    if (!(error instanceof EngineError) || refusalOf(error) !== 'view') throw error;
    const failure = viewOf(error);
    return failure === undefined ? [] : [{ ...failure, rows: null }];
  }
}

/** Which views miss what. One that rows come to on several ways is one view all the same. */
function missedBy(findings: readonly Finding[], snapshot: Snapshot, datasource: DataSource): MissedRows[] {
  const triggered = viewsTriggeredBy(snapshot, datasource);
  const byNode = new Map<string, MissedRows>();
  for (const { nodes, reason, own } of findings) {
    const id = nodes.at(-1) ?? '';
    const known = byNode.get(id);
    const view = known ?? triggered.find(({ node }) => node.id === id);
    if (view === undefined) continue;
    const rows = own === null || known?.rows === null ? null : new Set([...(known?.rows ?? []), ...own]);
    byNode.set(id, { reason, ...view, rows });
  }
  return [...byNode.values()];
}

/** Keeps the rows that views miss, which are nowhere else. */
function quarantine(
  needs: InsertNeeds,
  { segment, datasource }: SegmentTarget,
  { lines }: SearchedRows,
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
