import { EngineError, type Settings } from '@goldcrest/engine';
import {
  IGNORE_VIEW_ERRORS,
  nodeOfFailure,
  pathsFrom,
  probeOf,
  type ViewPath,
} from '../../materialization/index.js';
import type { Snapshot } from '../../workspaces/index.js';
import type { Finding } from './findings.js';
import type { FlushProgress } from './flushProgress.js';
import { ignoringViews } from './ignoringViews.js';
import { type InsertNeeds, someOf, tryLines } from './insertLines.js';
import type { SegmentTarget } from './insertSegment.js';
import type { SegmentRows } from './pathSearch.js';
import { refusalOf } from './refusals.js';
import { Trial } from './trial.js';

/** What became of the rows that a view was to get: all views behind it have them too, some of those fail, it fails itself, or it is not there. */
export type Brought = 'whole' | 'part' | 'none' | 'unlinked';

/** Tries to bring a view its rows when that is refused for a reason that is not known to pass, and names no view. */
const TRIES_MAX = 3;

/**
 * Brings each view that fails on some rows the others, past the Data Source and all other views.
 * @returns what views miss then
 * @throws EngineError what passes, or may; what was brought is known when this is repeated
 */
export async function bringRows(
  needs: InsertNeeds,
  target: SegmentTarget,
  rows: SegmentRows,
  snapshot: Snapshot,
  findings: readonly Finding[],
): Promise<Finding[]> {
  const { brought } = target.progress;
  const paths = pathsFrom(snapshot, target.datasource);
  const whole: Finding[] = [];
  const missed: Finding[] = [];
  for (const finding of findings) {
    // It got its rows with those of a view before it.
    if (whole.some(({ nodes }) => nodes.every((node, i) => finding.nodes[i] === node))) continue;
    const path = paths.find((views) => isOf(views, finding.nodes));
    if (finding.own === null || path === undefined) {
      missed.push(finding);
      continue;
    }
    const key = keyOf(finding);
    const result = brought.get(key) ?? (await bringToOne(needs, target, rows, path, finding));
    brought.set(key, result);
    if (result === 'whole') whole.push(finding);
    if (result === 'none') missed.push({ ...finding, own: allThatReach(rows, finding, finding.own) });
    else if (result !== 'unlinked') missed.push(finding);
  }
  return missed;
}

async function bringToOne(
  needs: InsertNeeds,
  target: SegmentTarget,
  rows: SegmentRows,
  path: ViewPath,
  finding: Finding,
): Promise<Brought> {
  const { engine } = needs;
  const { segment, datasource } = target;
  const left = new Set(finding.stopped);
  const some = rows.taken.filter((row) => !left.has(row));
  if (some.length === 0) return 'part';
  const trial = new Trial(path, 'bring', probeOf(segment.id));
  const token = `${segment.name}.${keyOf(finding)}`;
  const part = { name: `${segment.name}.views`, lines: someOf(rows.lines, some), token };
  const insert = (settings: Settings): Promise<void> => tryLines(needs, trial, datasource, part, settings);
  try {
    if (!(await trial.make(engine, datasource))) return 'unlinked';
    if (await isTakenByAll(insert, target.progress, finding)) return 'whole';
    await ignoringViews(engine, target, () => insert(IGNORE_VIEW_ERRORS));
    // One that fails before that and after it has got nothing by it; one that has recovered meanwhile gets all now.
    return (await isTakenByAll(insert, target.progress, finding)) ? 'whole' : 'part';
  } catch (error) {
    if (error instanceof OwnFailure) return 'none';
    throw error;
  } finally {
    await trial.drop(engine);
  }
}

/** The view to which rows are brought fails on them. */
class OwnFailure extends Error {}

/**
 * Inserts rows for a view, and for those behind it.
 * @returns whether none of these fails
 * @throws OwnFailure, or the engine's error where it may pass
 */
async function isTakenByAll(
  insert: (settings: Settings) => Promise<void>,
  { bringRefusals }: FlushProgress,
  finding: Finding,
): Promise<boolean> {
  try {
    await insert({});
    return true;
  } catch (error) {
    if (!(error instanceof EngineError) || refusalOf(error) === 'later') throw error;
    const failed = nodeOfFailure(error);
    if (failed !== undefined && !finding.nodes.includes(failed)) return false;
    const refused = (bringRefusals.get(keyOf(finding)) ?? 0) + 1;
    bringRefusals.set(keyOf(finding), refused);
    if (failed === undefined && refused <= TRIES_MAX) throw error;
    throw new OwnFailure();
  }
}

function keyOf({ nodes }: Finding): string {
  return nodes.join('.');
}

function isOf(path: ViewPath, nodes: readonly string[]): boolean {
  return path.length === nodes.length && path.every(({ node }, i) => node.id === nodes[i]);
}

function allThatReach({ taken }: SegmentRows, { stopped }: Finding, own: readonly number[]): number[] {
  const before = new Set(stopped);
  for (const row of own) before.delete(row);
  return taken.filter((row) => !before.has(row));
}
