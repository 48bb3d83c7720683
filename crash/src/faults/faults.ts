import type { Random } from '@goldcrest/example-web-analytics';

/** What can go wrong, and with which probability each time it could. */
export interface Chances {
  /** A write stops in the middle, as the system allows it to. */
  shortWrite: number;
  /** A sync fails. */
  syncError: number;
  /** A sync takes long. */
  slowSync: number;
  /** The disk becomes full for a while. */
  diskFull: number;
  /** An insert fails and nothing was written. */
  insertError: number;
  /** An insert fails after it was written, as it does when the reply is lost. */
  insertErrorAfter: number;
  /** An insert takes long. */
  slowInsert: number;
  /** A table takes no inserts for a while. */
  tableError: number;
}

/** Nothing goes wrong. */
export const NO_FAULTS: Chances = {
  shortWrite: 0,
  syncError: 0,
  slowSync: 0,
  diskFull: 0,
  insertError: 0,
  insertErrorAfter: 0,
  slowInsert: 0,
  tableError: 0,
};

/** Longest time that something slow takes, and that the disk is full or a table takes nothing. */
const SLOW_MS_MAX = 300;
const WHILE_MS_MAX = 600;

/** Decides what goes wrong. The sequence of its decisions depends on the seed; who asks first, on the machine. */
export class Faults {
  private readonly until = new Map<string, number>();

  constructor(
    private readonly random: Random,
    private readonly chances: Chances,
  ) {}

  /** Whether it goes wrong this time. */
  happens(fault: keyof Chances): boolean {
    return this.random.chance(this.chances[fault]);
  }

  /** Whether it is wrong for a while, which begins now and then. @param what e.g. the table */
  lasts(fault: keyof Chances, what: string): boolean {
    const now = performance.now();
    if ((this.until.get(what) ?? 0) > now) return true;
    if (!this.happens(fault)) return false;
    this.until.set(what, now + this.random.below(WHILE_MS_MAX));
    return true;
  }

  /** How long something slow takes, in milliseconds. */
  slowMs(): number {
    return this.random.below(SLOW_MS_MAX);
  }

  /** How much of something is done before it stops: at least 1, and less than all unless that is 1. */
  part(whole: number): number {
    return 1 + this.random.below(Math.max(1, whole - 1));
  }
}
