import { EngineError } from '@goldcrest/engine';
import type { DataSource } from '../../datasources/index.js';
import {
  IGNORE_VIEW_ERRORS,
  pathsFrom,
  type ViewFailure,
  viewFailure,
  viewsTriggeredBy,
} from '../../materialization/index.js';
import type { Snapshot } from '../../workspaces/index.js';
import { linesOf, splitSegment } from '../log/record.js';
import type { ColumnProblem } from '../rowSchema.js';
import { bringRows } from './bringRows.js';
import { type Finding, keepFindings } from './findings.js';
import { ignoringViews } from './ignoringViews.js';
import { type InsertedLines, type InsertNeeds, insertLines, quarantineRows, someOf } from './insertLines.js';
import type { SegmentTarget } from './insertSegment.js';
import { PathSearch, type SegmentRows } from './pathSearch.js';
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
  snapshot: Snapshot,
): Promise<Missed | null> {
  const { segment, datasource, progress } = target;
  const rows = await rowsOf(needs, target);
  if (progress.findings === null) {
    progress.searches ??= beginSearches(snapshot, datasource);
    if (progress.searches.length > PATHS_MAX) return nothingForFirst(target, snapshot);
    const search = progress.searches.find(({ state }) => state === 'unknown');
    if (search !== undefined) {
      await search.goOn(needs, target, rows);
      return null;
    }
    const failing = progress.searches.filter(({ isFailing }) => isFailing);
    if (failing.length === 0) return { views: await insertAll(needs, target, rows, snapshot), cost: NO_COST };
    await insertAllIgnoring(needs, target, rows);
    if (await isAnyRecovered(needs, target, rows, progress.searches)) return null;
    const found = findingsOf(failing, datasource);
    const { refused = new Set<number>(), cost = NO_COST } = progress.inserted ?? {};
    const findings = { refused: [...refused], cost, views: found };
    if (found.some(({ own }) => own !== null)) await keepFindings(needs, segment, findings);
    progress.findings = findings;
  }
  const brought = await bringRows(needs, target, rows, snapshot, progress.findings.views);
  const views = missedBy(brought, snapshot, datasource);
  if (datasource.engine.engine !== 'Null') return { views, cost: NO_COST };
  const token = `${segment.name}.missed`;
  return { views, cost: await quarantineRows(needs, target, rows.lines, problemsOf(views), token) };
}

/** The view that failed first misses all. */
function nothingForFirst({ progress }: SegmentTarget, snapshot: Snapshot): Missed {
  return { views: progress.viewError === null ? [] : missesAll(snapshot, progress.viewError), cost: NO_COST };
}

/** The view of an error; none when it is not linked any more. */
function missesAll(snapshot: Snapshot, error: EngineError): MissedRows[] {
  const failure = viewFailure(snapshot, error);
  return failure === undefined ? [] : [{ ...failure, rows: null }];
}

async function rowsOf(needs: InsertNeeds, { segment, progress }: SegmentTarget): Promise<SegmentRows> {
  const lines = linesOf(splitSegment(await needs.disk.read(segment.path)).rows);
  const taken = [...lines.keys()].filter((row) => !progress.inserted?.refused.has(row));
  return { lines, taken };
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
  target: SegmentTarget,
  rows: SegmentRows,
  searches: readonly PathSearch[],
): Promise<boolean> {
  const { progress } = target;
  for (const search of searches.filter(({ isFailing }) => isFailing)) {
    if (progress.recoveries >= RECOVERIES_MAX || !(await search.hasRecovered(needs, target, rows))) continue;
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

/** Inserts all rows again. @returns the view that fails all the same, though each took the rows when they were tried */
async function insertAll(
  needs: InsertNeeds,
  target: SegmentTarget,
  rows: SegmentRows,
  snapshot: Snapshot,
): Promise<MissedRows[]> {
  try {
    await insertLines(needs, target.datasource, allOf(target, rows));
    return [];
  } catch (error) {
    if (!(error instanceof EngineError) || refusalOf(error) !== 'view') throw error;
    return missesAll(snapshot, error);
  }
}

/** Inserts all rows again, for the views that do not fail. */
async function insertAllIgnoring(
  needs: InsertNeeds,
  target: SegmentTarget,
  rows: SegmentRows,
): Promise<void> {
  const all = allOf(target, rows);
  await ignoringViews(needs.engine, target, () =>
    insertLines(needs, target.datasource, all, IGNORE_VIEW_ERRORS),
  );
}

function allOf({ segment }: SegmentTarget, { lines, taken }: SegmentRows): InsertedLines {
  return { table: 'rows', lines: someOf(lines, taken), token: segment.name };
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

/** Why rows are missed, by index: the first view counts. */
function problemsOf(views: readonly MissedRows[]): Map<number, ColumnProblem> {
  const problems = new Map<number, ColumnProblem>();
  for (const missed of [...views].reverse())
    for (const row of missed.rows ?? []) problems.set(row, { column: '$', reason: viewFailureText(missed) });
  return problems;
}

/** Which view failed, and why. */
export function viewFailureText({ pipe, node, target, reason }: ViewFailure): string {
  return `The Materialized View \`${node.name}\` of the Pipe \`${pipe.name}\`, which fills \`${target.name}\`, failed: ${reason}`;
}
