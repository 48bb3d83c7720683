import type { DataSource } from '../../datasources/index.js';
import { type TriggeredView, type ViewPath, viewReason } from '../../materialization/index.js';
import type { ColumnProblem } from '../rowSchema.js';
import { bytesOf, type InsertNeeds, tryLines } from './insertLines.js';
import { refusalOf } from './refusals.js';
import { RefusedRows, type RowRange, type Suspicion } from './refusedRows.js';
import { Trial } from './trial.js';

/** Rows of a segment that are in the Data Source, and how to try some of them. */
export interface SearchedRows {
  segment: string;
  datasource: DataSource;
  /** The segment's rows. */
  lines: readonly string[];
  /** Those of them that the engine has, by index. */
  taken: readonly number[];
}

/** Rows that are looked for; a view that fails on more is broken. To find each takes some inserts, and meanwhile the Data Source waits. */
export const OWN_ROWS_MAX = 16;

/** What is known of the rows that come to a view on one way. `cut off`: none come, as a view before it fails. */
type PathState = 'unknown' | 'known' | 'broken' | 'cut off';

/**
 * The search for the rows on which the last view of a path fails, so that it has to miss only these. They are halved until the ones that make it
 * fail stand alone; when it fails on whatever it is given, or on many, it is broken and misses all.
 */
export class PathSearch {
  /** The rows that do not come through to the end, by index, and why; also those that a view before it fails on. */
  readonly stopped = new Map<number, ColumnProblem>();
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

  /** The rows that come as far as this view, and on which it fails. */
  get own(): ReadonlyMap<number, ColumnProblem> {
    return new Map([...this.stopped].filter(([row]) => !this.before?.stopped.has(row)));
  }

  /**
   * Searches for a turn.
   * @returns whether the search is over
   * @throws EngineError, what passes: the search goes on when this is called again
   */
  async goOn(needs: InsertNeeds, rows: SearchedRows): Promise<boolean> {
    if (this.state !== 'unknown') return true;
    for (const [row, problem] of this.before?.stopped ?? []) this.stopped.set(row, problem);
    const reaching = rows.taken.filter((row) => !this.stopped.has(row));
    if (this.before !== null && this.before.state !== 'known') return this.end(needs, 'cut off');
    if (reaching.length === 0) return this.end(needs, 'known');
    const attempt = ({ from, to }: RowRange): Promise<void> =>
      this.attempt(needs, rows, reaching.slice(from, to));
    try {
      if (!(await this.trial.make(needs.engine, rows.datasource))) return this.end(needs, 'cut off');
      this.search ??= await this.begin(attempt, reaching.length);
      await this.search?.goOn(attempt, suspicionOf);
    } catch (error) {
      if (refusalOf(error, true) === 'later') throw error;
      // It takes too long, and to look for rows in halves of that would take as long again and again; or it can not be tried at all.
      this.reason = this.reasonOf(error);
      return this.end(needs, 'broken');
    }
    if (this.search === null) return this.end(needs, 'known');
    const { isHopeless, isDone, refused } = this.search;
    // Halves may pass that together do not: it is no row's doing then.
    const isNoRow = isHopeless || (isDone && refused.size === 0);
    if (isNoRow || refused.size > OWN_ROWS_MAX) return this.end(needs, 'broken');
    if (!isDone) return false;
    for (const [index, problem] of refused) this.stopped.set(reaching[index] ?? -1, problem);
    return this.end(needs, 'known');
  }

  /** @returns the partitions of the view's target that rows come to when they are inserted together; none when a view fails on them */
  async partitionsOf(needs: InsertNeeds, rows: SearchedRows, taken: readonly number[]): Promise<string[]> {
    const trial = new Trial(this.path);
    try {
      if (taken.length === 0 || !(await trial.make(needs.engine, rows.datasource))) return [];
      await this.attempt(needs, rows, taken, trial);
      return await trial.partitions(needs.engine, this.view.target);
    } catch (error) {
      if (suspicionOf(error) === null) throw error;
      return [];
    } finally {
      await trial.drop(needs.engine);
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
      const describe = (problem: unknown): ColumnProblem => ({ column: '$', reason: this.reasonOf(problem) });
      return new RefusedRows(all, error, suspicion, describe);
    }
  }

  private attempt(
    needs: InsertNeeds,
    { segment, datasource, lines }: SearchedRows,
    rows: readonly number[],
    trial = this.trial,
  ): Promise<void> {
    const some = bytesOf(rows.map((row) => lines[row] ?? '{}'));
    return tryLines(needs, trial, datasource, { name: `${segment}.views`, lines: some });
  }

  private reasonOf(error: unknown): string {
    return viewReason(error instanceof Error ? error.message : String(error), this.view);
  }

  private async end({ engine }: InsertNeeds, state: PathState): Promise<true> {
    await this.trial.drop(engine);
    this.state = state;
    return true;
  }
}

/** What an error says of the rows: the engine has taken them, so it may be the view, for whatever rows. */
function suspicionOf(error: unknown): Suspicion {
  const refusal = refusalOf(error, true);
  return refusal === 'later' || refusal === 'late' ? null : 'possible';
}
