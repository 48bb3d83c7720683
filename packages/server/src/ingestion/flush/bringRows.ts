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
import { ignoringViews } from './ignoringViews.js';
import { bytesOf, type InsertNeeds, tryLines } from './insertLines.js';
import type { SearchedRows } from './pathSearch.js';
import { refusalOf } from './refusals.js';
import { Trial } from './trial.js';

/** What became of the rows that a view was to get: all views behind it have them too, some of those fail, it fails itself, or it is not there. */
type Brought = 'whole' | 'part' | 'none' | 'unlinked';

/**
 * Brings each view that fails on some rows the others, past the Data Source and all other views.
 * @returns what views miss then
 * @throws EngineError what passes; what was brought is known when this is repeated
 */
export async function bringRows(
  needs: InsertNeeds,
  rows: SearchedRows,
  snapshot: Snapshot,
  findings: readonly Finding[],
): Promise<Finding[]> {
  const paths = pathsFrom(snapshot, rows.datasource);
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
    const brought = await bringToOne(needs, rows, path, finding);
    if (brought === 'whole') whole.push(finding);
    if (brought === 'none') missed.push({ ...finding, own: allThatReach(rows, finding, finding.own) });
    else if (brought !== 'unlinked') missed.push(finding);
  }
  return missed;
}

async function bringToOne(
  needs: InsertNeeds,
  rows: SearchedRows,
  path: ViewPath,
  { nodes, stopped }: Finding,
): Promise<Brought> {
  const { engine } = needs;
  const { segment, id, datasource } = rows;
  const left = new Set(stopped);
  const some = rows.taken.filter((row) => !left.has(row)).map((row) => rows.lines[row] ?? '{}');
  if (some.length === 0) return 'part';
  const trial = new Trial(path, 'bring', probeOf(id));
  const part = { name: `${segment}.views`, lines: bytesOf(some), token: `${segment}.${nodes.join('.')}` };
  const insert = (settings: Settings): Promise<void> => tryLines(needs, trial, datasource, part, settings);
  try {
    if (!(await trial.make(engine, datasource))) return 'unlinked';
    await insert({});
    return 'whole';
  } catch (error) {
    if (!(error instanceof EngineError) || ['later', 'gone'].includes(refusalOf(error))) throw error;
    const failed = nodeOfFailure(error);
    if (failed === undefined || nodes.includes(failed)) return 'none';
    await ignoringViews(engine, datasource, () => insert(IGNORE_VIEW_ERRORS));
    return 'part';
  } finally {
    await trial.drop(engine);
  }
}

function isOf(path: ViewPath, nodes: readonly string[]): boolean {
  return path.length === nodes.length && path.every(({ node }, i) => node.id === nodes[i]);
}

function allThatReach({ taken }: SearchedRows, { stopped }: Finding, own: readonly number[]): number[] {
  const before = new Set(stopped);
  for (const row of own) before.delete(row);
  return taken.filter((row) => !before.has(row));
}
