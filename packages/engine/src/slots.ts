import { EngineBusyError, EngineClosedError, QueryCancelledError } from './errors.js';

/** Bounds of the queue in front of the slots. */
export interface SlotLimits {
  /** Requests that may wait at once; one more is refused. */
  readonly queueMax: number;
  /** Milliseconds that a request may wait. */
  readonly waitMsMax: number;
}

interface Waiter<T> {
  readonly give: (slot: T) => void;
  readonly refuse: (error: Error) => void;
}

/** Resources that one request at a time may hold, with a bounded first-come queue. */
export class Slots<T extends object> {
  readonly #free: T[];
  readonly #limits: SlotLimits;
  readonly #waiting: Waiter<T>[] = [];
  #busyCount = 0;
  #closed = false;
  #whenIdle: (() => void) | undefined;

  /** @throws RangeError when there are no slots: nobody would ever be served */
  constructor(slots: readonly T[], limits: SlotLimits) {
    if (slots.length === 0) throw new RangeError('An engine needs at least one session.');
    this.#free = [...slots];
    this.#limits = limits;
  }

  /**
   * Takes a free slot, one that `prefer` likes if there is one, or waits for its turn.
   * @throws EngineBusyError, EngineClosedError, QueryCancelledError
   */
  async acquire(prefer: (slot: T) => boolean, signal?: AbortSignal): Promise<T> {
    if (this.#closed) throw closedError();
    if (signal?.aborted) throw new QueryCancelledError('The query was cancelled before it began.');
    const slot = this.#takeFree(prefer);
    if (slot !== undefined) return slot;
    const { queueMax } = this.#limits;
    if (this.#waiting.length >= queueMax) {
      throw new EngineBusyError(`The database is busy: ${queueMax} requests wait already. Try again later.`);
    }
    return this.#wait(signal);
  }

  /** Gives a slot back, to the request that has waited longest if there is one. */
  release(slot: T): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.give(slot);
      return;
    }
    this.#free.push(slot);
    this.#busyCount -= 1;
    if (this.#busyCount === 0) this.#whenIdle?.();
  }

  /**
   * Refuses all that waits or comes later and waits for what runs.
   * @returns whether every slot came back within `waitMsMax` milliseconds
   */
  async close(waitMsMax: number): Promise<boolean> {
    this.#closed = true;
    for (const waiter of this.#waiting.splice(0)) waiter.refuse(closedError());
    if (this.#busyCount === 0) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), waitMsMax);
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  #takeFree(prefer: (slot: T) => boolean): T | undefined {
    if (this.#free.length === 0) return undefined;
    this.#busyCount += 1;
    // The slot that rested longest is first, so that a slot liked by others is kept for them.
    return this.#free.splice(Math.max(0, this.#free.findIndex(prefer)), 1)[0];
  }

  #wait(signal: AbortSignal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        const index = this.#waiting.indexOf(waiter);
        if (index >= 0) this.#waiting.splice(index, 1);
      };
      const waiter: Waiter<T> = {
        give: (slot) => {
          leave();
          resolve(slot);
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = () =>
        waiter.refuse(new QueryCancelledError('The query was cancelled while it waited.'));
      const { waitMsMax } = this.#limits;
      const tooLong = () =>
        waiter.refuse(new EngineBusyError(`The database is busy: waited ${waitMsMax} ms. Try again later.`));
      const timer = setTimeout(tooLong, waitMsMax);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiter);
    });
  }
}

function closedError(): EngineClosedError {
  return new EngineClosedError('The engine is closed.');
}
