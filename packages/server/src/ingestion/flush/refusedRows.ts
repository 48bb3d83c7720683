import type { ColumnProblem } from '../rowSchema.js';
import { problemOf } from './refusals.js';
import { type SegmentCost, sumOf } from './segmentCost.js';

/** Some of a segment's rows, by index. */
export interface RowRange {
  from: number;
  to: number;
}

/**
 * The search for the rows that the engine refuses, when it has refused all for one of them. The checks before know what they can of
 * types, but a JSON column has rules that only the engine knows: paths that are there twice, numbers of any size, depth. And a default
 * may be anything.
 *
 * The rows are halved until the refused ones stand alone. The halves are the same whenever this is repeated, so that the parts which
 * were inserted before are known again by their tokens.
 */
export class RefusedRows {
  /** The rows that stand alone, by index, and why they are refused. */
  readonly refused = new Map<number, ColumnProblem>();
  private readonly waiting: RowRange[] = [];
  private spent: SegmentCost;

  /**
   * @param all the rows, of which at least one is refused
   * @param error why
   * @param spent what was spent before
   */
  constructor(all: RowRange, error: unknown, spent: SegmentCost) {
    this.spent = spent;
    this.refuse(all, error);
  }

  /** Whether all refused rows are known and all others are inserted. */
  get isDone(): boolean {
    return this.waiting.length === 0;
  }

  /** What all inserts cost together. */
  get cost(): SegmentCost {
    return this.spent;
  }

  /**
   * Goes on with the search, from where it stood.
   * @param insert inserts all rows of a range or none
   * @param isAboutRow whether what it throws is about one of the rows
   * @param insertsMax after how many inserts the search rests
   * @throws what `insert` throws otherwise; the range is then tried again when this is called again
   */
  async goOn(
    insert: (range: RowRange) => Promise<SegmentCost>,
    isAboutRow: (error: unknown) => boolean,
    insertsMax: number,
  ): Promise<void> {
    for (let count = 0; count < insertsMax; count += 1) {
      const range = this.waiting.at(-1);
      if (range === undefined) return;
      try {
        this.spent = sumOf(this.spent, await insert(range));
        this.waiting.pop();
      } catch (error) {
        if (!isAboutRow(error)) throw error;
        this.waiting.pop();
        this.refuse(range, error);
      }
    }
  }

  private refuse({ from, to }: RowRange, error: unknown): void {
    if (to - from === 1) {
      this.refused.set(from, problemOf(error));
      return;
    }
    const half = from + Math.ceil((to - from) / 2);
    this.waiting.push({ from: half, to }, { from, to: half });
  }
}
