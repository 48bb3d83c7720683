import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work without a pause, so that other requests get their turn. */
const SLICE_MS = 5;

/** Says when work that takes long is to pause. */
export class Slice {
  private end = performance.now() + SLICE_MS;

  /** Whether it has taken long enough. */
  get isOver(): boolean {
    return performance.now() > this.end;
  }

  /** Lets others have their turn, and begins the next slice. */
  async pause(): Promise<void> {
    await setImmediate();
    this.end = performance.now() + SLICE_MS;
  }
}
