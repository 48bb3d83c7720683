import type { Engine } from '@goldcrest/engine';
import { type TriggeredView, type ViewPath, viewReason } from '../../materialization/index.js';
import { type InsertNeeds, someOf, tryLines } from './insertLines.js';
import type { SegmentTarget } from './insertSegment.js';
import { isInView, refusalOf } from './refusals.js';
import { RefusedRows, type RowRange, type Suspicion } from './refusedRows.js';
import { Trial } from './trial.js';

/** The rows of a segment. */
export interface SegmentRows {
  lines: readonly string[];
  /** Those of them that the Data Source has, by index. */
  taken: readonly number[];
}

/** Rows that are looked for; a view that fails on more is broken. To find each takes some inserts, and meanwhile the Data Source waits. */
export const OWN_ROWS_MAX = 16;

/** Inserts that are made for all views of a segment, before those of which not all is known yet are taken for broken. */
const TRIED_MAX = 1000;

/**
 * What is known of the rows that come to a view on one way. `broken`: it fails on whatever comes, or on many. `cut off`: none come, as a view
 * before it is broken, or it is not linked any more.
 */
type PathState = 'unknown' | 'known' | 'broken' | 'cut off';

/**
 * The search for the rows on which the last view of a path fails, so that it has to miss only these. They are halved until the ones that make
 * it fail stand alone.
 */
export class PathSearch {
  /** The rows that do not come through to the end, by index; also those that a view before it fails on. */
  readonly stopped = new Set<number>();
  /** Those of them that come as far as this view. */
  readonly own = new Set<number>();
  state: PathState = 'unknown';
  /** Why the view failed first. */
  reason = '';
  private readonly trial: Trial;
  private search: RefusedRows | null = null;

  /**
   * @param view the last of the path
   * @param before the search for the path without it; null when it is the first
   */
  constructor(
    readonly path: ViewPath,
    readonly view: TriggeredView,
    readonly before: PathSearch | null,
  ) {
    this.trial = new Trial(path);
  }

  /**
   * Searches for a turn, when that for the path before it is over.
   * @throws EngineError, what passes: the search goes on when this is called again
   */
  async goOn(needs: InsertNeeds, target: SegmentTarget, rows: SegmentRows): Promise<void> {
    const { progress } = target;
    for (const row of this.before?.stopped ?? []) this.stopped.add(row);
    const reaching = rows.taken.filter((row) => !this.stopped.has(row));
    if (this.before !== null && this.before.state !== 'known') return this.end(needs.engine, 'cut off');
    if (reaching.length === 0) return this.end(needs.engine, 'known');
    if (!(await this.isMade(needs, target))) return;
    const attempt = ({ from, to }: RowRange): Promise<void> => {
      progress.tried += 1;
      return this.attempt(needs, target, rows, reaching.slice(from, to));
    };
    try {
      this.search ??= await this.begin(attempt, reaching.length);
      await this.search?.goOn(attempt, suspicionOf);
    } catch (error) {
      if (refusalOf(error, true) !== 'late') throw error;
      // It takes too long, and to look for rows in halves of that would take as long again and again.
      this.reason = this.reasonOf(error);
      return this.end(needs.engine, 'broken');
    }
    return this.conclude(needs, target, rows, reaching);
  }

  /** Whether the view takes now what it failed on. */
  async hasRecovered(needs: InsertNeeds, target: SegmentTarget, rows: SegmentRows): Promise<boolean> {
    const failed =
      this.state === 'broken' ? rows.taken.filter((row) => !this.stopped.has(row)) : [...this.own];
    try {
      const isMade = await this.trial.make(needs.engine, target.datasource);
      return isMade && (await this.areTaken(needs, target, rows, failed));
    } finally {
      await this.trial.drop(needs.engine);
    }
  }

  /** Whether the view fails on rows that come to it. */
  get isFailing(): boolean {
    return this.state === 'broken' || this.own.size > 0;
  }

  /** Removes what a search that nobody needs any more has made. */
  async drop(engine: Engine): Promise<void> {
    await this.trial.drop(engine);
  }

  /** Makes the place for the trials. What can not be tried is for the engine to judge: the view gets all rows, as if it was sound. */
  private async isMade({ engine }: InsertNeeds, { datasource }: SegmentTarget): Promise<boolean> {
    try {
      const isMade = await this.trial.make(engine, datasource);
      if (!isMade) await this.end(engine, 'cut off');
      return isMade;
    } catch (error) {
      if (['later', 'gone'].includes(refusalOf(error, true))) throw error;
      await this.end(engine, 'known');
      return false;
    }
  }

  /** Ends the search when it has come to its end. */
  private async conclude(
    needs: InsertNeeds,
    target: SegmentTarget,
    rows: SegmentRows,
    reaching: readonly number[],
  ): Promise<void> {
    if (this.search === null) return this.end(needs.engine, 'known');
    const { isHopeless, isDone, refused } = this.search;
    const isEnough = refused.size > OWN_ROWS_MAX || target.progress.tried > TRIED_MAX;
    if (!isHopeless && !isDone && !isEnough) return;
    const others = reaching.filter((_row, index) => !refused.has(index));
    // Rows may fail together that alone do not: it is no row's doing then.
    const isSound = isDone && refused.size > 0 && refused.size <= OWN_ROWS_MAX;
    if (isHopeless || !isSound || !(await this.areTaken(needs, target, rows, others)))
      return this.end(needs.engine, 'broken');
    for (const index of refused.keys()) {
      this.own.add(reaching[index] ?? -1);
      this.stopped.add(reaching[index] ?? -1);
    }
    return this.end(needs.engine, 'known');
  }

  private async areTaken(
    needs: InsertNeeds,
    target: SegmentTarget,
    rows: SegmentRows,
    some: readonly number[],
  ): Promise<boolean> {
    if (some.length === 0) return true;
    try {
      await this.attempt(needs, target, rows, some);
      return true;
    } catch (error) {
      if (suspicionOf(error) === null && refusalOf(error, true) !== 'late') throw error;
      return false;
    }
  }

  /** @returns the search for what makes all of them fail; null when they do not */
  private async begin(
    attempt: (range: RowRange) => Promise<void>,
    count: number,
  ): Promise<RefusedRows | null> {
    const all = { from: 0, to: count };
    try {
      await attempt(all);
      return null;
    } catch (error) {
      const suspicion = suspicionOf(error);
      if (suspicion === null) throw error;
      this.reason = this.reasonOf(error);
      return new RefusedRows(all, error, suspicion);
    }
  }

  private async attempt(
    needs: InsertNeeds,
    { segment, datasource }: SegmentTarget,
    { lines }: SegmentRows,
    some: readonly number[],
  ): Promise<void> {
    try {
      const tried = { name: `${segment.name}.views`, lines: someOf(lines, some) };
      await tryLines(needs, this.trial, datasource, tried);
    } catch (error) {
      if (suspicionOf(error) === null) this.trial.forget();
      throw error;
    }
  }

  private reasonOf(error: unknown): string {
    return viewReason(error instanceof Error ? error.message : String(error), this.view);
  }

  private async end(engine: Engine, state: PathState): Promise<void> {
    await this.trial.drop(engine);
    this.state = state;
  }
}

/** What an error says of the rows: the engine has taken them, so it may be the view, for whatever rows. */
function suspicionOf(error: unknown): Suspicion {
  const refusal = refusalOf(error, true);
  if (refusal === 'gone' && !isInView(error)) return null;
  return refusal === 'later' || refusal === 'late' ? null : 'possible';
}
