import type { ColumnProblem } from '../rowSchema.js';
import { problemOf } from './refusals.js';

/** Some of a segment's rows, by index. */
export interface RowRange {
  from: number;
  to: number;
}

/** What an error says of a range's rows: that one is wrong, that one may be, or nothing. */
export type Suspicion = 'certain' | 'possible' | null;

/** Inserts in one turn of a segment whose rows are searched: the others that wait come before it goes on. */
const TURN_INSERTS_MAX = 16;

/** Rows that are tried alone, from all over, before it is given up that the reason is in the rows. */
const PROBES_MAX = 8;

/**
 * The search for the rows that the engine refuses, when it has refused all for one of them. The checks before know what they can of
 * types, but a JSON column has rules that only the engine knows: paths that are there twice, numbers of any size, depth. And a default
 * may be anything.
 *
 * The rows are halved until the refused ones stand alone. They are tried where nobody sees them; the others are inserted together afterwards.
 *
 * Where an error may also be about something else than a row, rows from all over are tried alone first. If the engine refuses each, and
 * has taken none, the search is hopeless.
 */
export class RefusedRows {
  /** The rows that stand alone, by index, and why they are refused. */
  readonly refused = new Map<number, ColumnProblem>();
  private readonly waiting: RowRange[] = [];
  private readonly probesMax: number;
  /** Whether it is known that it depends on the rows. */
  private proven: boolean;

  /**
   * @param all the rows, of which at least one is refused
   * @param error why
   * @param suspicion what the error says of them
   */
  constructor(all: RowRange, error: unknown, suspicion: Suspicion) {
    this.proven = suspicion === 'certain';
    this.probesMax = Math.min(PROBES_MAX, all.to - all.from);
    this.refuse(all, error);
  }

  /** Whether none was taken, and it is not the rows: whichever was tried alone was refused. */
  get isHopeless(): boolean {
    return !this.proven && this.refused.size >= this.probesMax;
  }

  /** Whether all refused rows are known. */
  get isDone(): boolean {
    return this.waiting.length === 0;
  }

  /**
   * Goes on with the search for one turn, from where it stood.
   * @param attempt tries the rows of a range
   * @param suspicionOf what that which it throws says of the range's rows
   * @throws what `attempt` throws otherwise; the range is then tried again when this is called again
   */
  async goOn(
    attempt: (range: RowRange) => Promise<unknown>,
    suspicionOf: (error: unknown) => Suspicion,
  ): Promise<void> {
    for (let count = 0; count < TURN_INSERTS_MAX; count += 1) {
      const range = this.waiting.at(-1);
      if (range === undefined || this.isHopeless) return;
      try {
        await attempt(range);
        this.waiting.pop();
        this.proven = true;
      } catch (error) {
        const suspicion = suspicionOf(error);
        if (suspicion === null) throw error;
        this.waiting.pop();
        this.proven ||= suspicion === 'certain';
        this.refuse(range, error);
      }
    }
  }

  private refuse({ from, to }: RowRange, error: unknown): void {
    if (to - from === 1) {
      this.refused.set(from, problemOf(error));
      if (!this.proven) this.lookElsewhere();
      return;
    }
    const half = from + Math.ceil((to - from) / 2);
    this.waiting.push({ from: half, to }, { from, to: half });
  }

  /** Goes on in the largest range: what stands beside a refused row is likely to be of the same request. */
  private lookElsewhere(): void {
    const size = ({ from, to }: RowRange): number => to - from;
    this.waiting.sort((one, other) => size(one) - size(other));
  }
}
