import { join } from 'node:path';
import type { Engine } from '@goldcrest/engine';
import type { Logger } from 'pino';
import type { DataSource } from '../../datasources/index.js';
import { withoutDatabase } from '../../errors/index.js';
import { viewsTriggeredBy } from '../../materialization/index.js';
import type { Materialization } from '../../service-datasources/index.js';
import type { Snapshot } from '../../workspaces/index.js';
import type { EventLog } from '../log/eventLog.js';
import { repairSegment } from '../log/repair.js';
import type { FlushOutcome, Segment } from '../log/segment.js';
import { setAside } from '../log/setAside.js';
import type { LogStream, StreamTarget } from '../log/stream.js';
import { readFindings } from './findings.js';
import { beginFlush, type FlushProgress } from './flushProgress.js';
import type { InsertNeeds } from './insertLines.js';
import { insertSegment, type SegmentTarget } from './insertSegment.js';
import { bringToViews, type Missed, NOTHING_MISSED, viewFailureText } from './missedRows.js';
import { isInView, refusalOf } from './refusals.js';
import { NO_COST, sumOf } from './segmentCost.js';
import { NO_VIEWS, type ViewWatch, type ViewWatcher } from './watchViews.js';

/** Tries of a segment whose Materialized View fails before its rows go in without the view. */
const VIEW_TRIES_MAX = 3;

/** Tries of a segment that takes longer than an insert may, by nobody knows which view. Each holds up others. */
const LATE_TRIES_MAX = 3;

/** Tries of a segment that the engine refuses for an unknown reason before that is looked for in its rows. */
const UNKNOWN_TRIES_MAX = 3;

/** Tries of a segment that the engine refuses for one reason that is not known to pass: about a minute. */
const REFUSED_TRIES_MAX = 9;

/** What became of a segment, and what it took. */
export interface FlushReport {
  target: StreamTarget;
  datasource: DataSource;
  segment: Segment;
  outcome: FlushOutcome;
  /** What its views made of it. */
  views: readonly Materialization[];
  startedAt: Date;
  elapsedMs: number;
}

/** What bringing segments into the engine needs. */
export interface FlushNeeds extends Pick<InsertNeeds, 'engine' | 'limits' | 'ending'> {
  log: EventLog;
  logger: Logger;
  /** The Data Source as it is now, under whatever name; undefined when it is gone. */
  find: (target: StreamTarget) => Promise<DataSource | undefined>;
  /** What is known of a Workspace; null when it is gone. */
  snapshot: (workspaceId: string) => Promise<Snapshot | null>;
  /** Is told when rows can be queried, before those who wait for them are. */
  written: (workspaceId: string) => void;
  /** Is told when a segment's room on the disk is free again. */
  released: (target: StreamTarget, segment: Segment) => void;
  /** Counts what Materialized Views write. */
  views: ViewWatcher;
  /** Is given what goes on when a segment is done with, which nobody waits for but a stop; it does not reject. */
  afterwards: (noting: Promise<void>) => void;
  /** Takes note of what became of a segment. */
  note: (report: FlushReport) => void;
}

/** What came of a turn: the segment is done with, goes on in the next turn, or is tried again when some time has passed. */
export type FlushVerdict = 'done' | 'again' | 'later';

/**
 * Brings the oldest segment of a stream into the engine, or out of the way; never rejects.
 * @param tries how often it was tried before, for whatever reason
 */
export async function flushSegment(
  needs: FlushNeeds,
  stream: LogStream,
  tries: number,
): Promise<FlushVerdict> {
  const [segment] = stream.sealed;
  if (segment === undefined) return 'done';
  await segment.idle;
  segment.progress ??= beginFlush();
  const { progress } = segment;
  let noteAfterwards = (): void => {};
  try {
    const begun = { at: new Date(), since: performance.now() };
    await makeWhole(needs, segment);
    await takeUp(needs, segment, progress);
    const datasource = await needs.find(stream.target);
    progress.begun ??= { ...begun, watch: await watchOf(needs, segment, datasource) };
    const { at: startedAt, since, watch } = progress.begun;
    const outcome = await outcomeOf(needs, { segment, datasource, progress, tries });
    if (outcome === 'again' || outcome === 'later') return outcome;
    const elapsedMs = performance.now() - since;
    const reason = reasonToKeep(outcome);
    if (reason !== null) await setAside(needs.log, segment, reason);
    segment.settle(outcome);
    // The next insert waits for the count: it begins before the file is removed.
    const counting = countViews(needs, { segment, outcome, elapsedMs }, watch);
    if (reason === null) await segment.remove();
    if (datasource !== undefined && segment.bytes > 0) {
      const report = { target: stream.target, datasource, segment, outcome, startedAt, elapsedMs };
      noteAfterwards = () => needs.afterwards(noteReport(needs, report, counting));
    }
  } catch (err) {
    needs.logger.warn({ segment: segment.name, tries, err }, 'a segment of the event log waits');
    return 'later';
  }
  stream.sealed.shift();
  needs.released(stream.target, segment);
  noteAfterwards();
  return 'done';
}

async function watchOf(
  { views, snapshot }: FlushNeeds,
  { rows }: Segment,
  datasource: DataSource | undefined,
): Promise<ViewWatch> {
  if (datasource === undefined || rows === 0) return NO_VIEWS;
  return views.watch(await snapshot(datasource.workspaceId), datasource);
}

/** Asks what the views made of it, when those who sent the rows do not wait any more; never rejects. */
function countViews(
  { logger }: FlushNeeds,
  { segment, outcome, elapsedMs }: Pick<FlushReport, 'segment' | 'outcome' | 'elapsedMs'>,
  watch: ViewWatch,
): Promise<FlushReport['views']> {
  const failures = outcome.kind === 'written' ? outcome.missed : [];
  return watch(elapsedMs, failures).catch((err: unknown) => {
    logger.warn({ segment: segment.name, err }, 'what went into Materialized Views is not known');
    return [];
  });
}

async function noteReport(
  { note }: FlushNeeds,
  report: Omit<FlushReport, 'views'>,
  counting: Promise<FlushReport['views']>,
): Promise<void> {
  note({ ...report, views: await counting });
}

/** What was found after a crash is checked, what a failed write may have left is cut off. */
async function makeWhole({ log, logger }: FlushNeeds, segment: Segment): Promise<void> {
  await segment.clean();
  if (!segment.found) return;
  const { disk, directory, setAside: aside } = log;
  const { damaged, torn, ...whole } = await repairSegment(disk, {
    directory,
    setAside: aside,
    name: segment.name,
  });
  if (damaged) {
    logger.error(
      { segment: segment.name, file: join(aside, `${segment.name}.damaged`) },
      'a segment of the event log is damaged: what of it is whole is inserted, the file as it was is kept',
    );
  }
  if (torn > 0)
    logger.info({ segment: segment.name, torn }, 'cut off what was being written when the server stopped');
  segment.bytes = whole.bytes;
  segment.rows = whole.rows;
  segment.quarantined = whole.quarantined;
  segment.found = false;
}

interface Attempt {
  segment: Segment;
  datasource: DataSource | undefined;
  progress: FlushProgress;
  tries: number;
}

/** @returns what became of the rows, or when to go on */
async function outcomeOf(
  needs: FlushNeeds,
  { segment, datasource, progress, tries }: Attempt,
): Promise<FlushOutcome | 'again' | 'later'> {
  if (segment.bytes === 0)
    return { kind: 'written', refused: new Set(), missed: [], landing: false, cost: NO_COST };
  if (datasource === undefined) {
    needs.logger.warn(
      { segment: segment.name, rows: segment.rows },
      'events are dropped with their Data Source',
    );
    await dropTrials(needs.engine, progress);
    return { kind: 'discarded' };
  }
  const { engine, limits, ending, log, written } = needs;
  const parts: InsertNeeds = { engine, limits, ending, disk: log.disk, directory: log.directory };
  try {
    progress.inserted ??= await insertSegment(parts, { segment, datasource, progress });
    written(datasource.workspaceId);
    const { inserted } = progress;
    if (inserted === null) return 'again';
    const missed = await missedOf(needs, parts, { segment, datasource, progress });
    if (missed === null) return 'again';
    if (missed !== NOTHING_MISSED) written(datasource.workspaceId);
    const landing = datasource.engine.engine === 'Null';
    const cost = sumOf(inserted.cost, missed.cost);
    return { kind: 'written', refused: inserted.refused, missed: missed.views, landing, cost };
  } catch (error) {
    return afterRefusal(needs, { segment, datasource, progress, tries }, error);
  }
}

/** What to do with rows that the engine does not take now. */
function afterRefusal(
  { written, logger }: FlushNeeds,
  { segment, datasource, progress, tries }: Attempt & { datasource: DataSource },
  error: unknown,
): FlushOutcome | 'again' | 'later' {
  const refusal = refusalOf(error, progress.viewsMayFail);
  const reason = error instanceof Error ? withoutDatabase(error.message) : String(error);
  const about = { segment: segment.name, datasource: datasource.name, rows: segment.rows, tries, reason };
  const refused = (progress.refusals.get(refusal) ?? 0) + 1;
  progress.refusals.set(refusal, refused);
  // Of what was ended nobody knows what is written.
  if (refusal === 'late' || (!progress.viewsMayFail && isInView(error))) written(datasource.workspaceId);
  if (refusal === 'view') {
    if (refused > VIEW_TRIES_MAX) {
      progress.viewsMayFail = true;
      return 'again';
    }
  } else {
    // Nothing of it is in the engine, so what goes on there until the next try is not its doing.
    if (progress.search === null && !progress.reachedViews) progress.begun = null;
    if (refusal === 'other' && refused >= UNKNOWN_TRIES_MAX && progress.suspicion === 'none')
      progress.suspicion = 'rows';
    if (refusal !== 'later' && refused > (refusal === 'late' ? LATE_TRIES_MAX : REFUSED_TRIES_MAX)) {
      logger.error(about, 'events are set aside: the engine refuses them');
      return { kind: 'set-aside', reason };
    }
  }
  logger.warn(about, 'events wait in the log: the engine did not take them');
  return 'later';
}

/** @returns what views that were gone over miss of the rows; null when that takes another turn */
async function missedOf(
  { snapshot, logger }: FlushNeeds,
  parts: InsertNeeds,
  target: SegmentTarget,
): Promise<Missed | null> {
  const { segment, datasource, progress } = target;
  if (progress.viewError === null && progress.findings === null) return NOTHING_MISSED;
  const now = await snapshot(datasource.workspaceId);
  if (now === null) return NOTHING_MISSED;
  const missed = await bringToViews(parts, target, now);
  if (missed === null) return null;
  const latest = await snapshot(datasource.workspaceId);
  const linked = latest === null ? [] : viewsTriggeredBy(latest, datasource);
  const views = missed.views.filter(({ node: { id } }) => linked.some(({ node }) => node.id === id));
  for (const view of views) {
    const about = {
      segment: segment.name,
      datasource: datasource.name,
      rows: view.rows?.size ?? segment.rows,
    };
    logger.error({ ...about, reason: viewFailureText(view) }, 'a Materialized View misses events');
  }
  return { ...missed, views };
}

/** Takes up what an earlier process has found of the views of a segment. */
async function takeUp({ log }: FlushNeeds, segment: Segment, progress: FlushProgress): Promise<void> {
  if (progress.findings !== null) return;
  progress.findings = await readFindings(log.disk, segment);
  if (progress.findings === null) return;
  const { refused, cost } = progress.findings;
  progress.inserted = { refused: new Set(refused), cost };
  progress.viewsMayFail = true;
}

/** Removes what searches have made that go on no more. */
async function dropTrials(engine: Engine, { search, searches }: FlushProgress): Promise<void> {
  await search?.trial.drop(engine);
  for (const each of searches ?? []) if (each.state === 'unknown') await each.drop(engine);
}

/** Why a segment's file stays; null when it is not needed any more. */
function reasonToKeep(outcome: FlushOutcome): string | null {
  if (outcome.kind === 'set-aside') return outcome.reason;
  // What a landing Data Source has passed on is nowhere else: without the file, what a view misses would be gone.
  if (outcome.kind !== 'written' || !outcome.landing) return null;
  const missed = outcome.missed.filter(({ rows }) => rows === null);
  return missed.length === 0 ? null : missed.map(viewFailureText).join(' ');
}
