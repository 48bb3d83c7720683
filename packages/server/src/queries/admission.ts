import { QueryCancelledError } from '@goldcrest/engine';
import { ApiError } from '../errors/index.js';

/** How many queries run and wait. */
export interface AdmissionLimits {
  /** Queries that run at the same time, of all Workspaces together. */
  running: number;
  /** Queries of one Workspace that wait. */
  waiting: number;
  /** How long one waits at most, in milliseconds. */
  waitMs: number;
  /** Threads of a query that runs alone. */
  threads: number;
}

/** A query's right to run. */
export interface Turn {
  /** How long it was waited for, in milliseconds. */
  waitedMs: number;
  /** What it was waited for: other queries of the same Workspace, or those of others. Null when it came at once. */
  reason: 'workspace' | 'server' | null;
  /** Threads that the query may have: the more run, the fewer each gets, which serves all of them sooner. */
  threads: number;
  /** Has to be called when the query has ended; again does nothing. */
  leave: () => void;
}

interface Waiter {
  start: () => void;
  refuse: (error: unknown) => void;
}

interface Lane {
  running: number;
  waiting: Waiter[];
}

/**
 * Who may run a query, in front of the engine. Workspaces take turns: one that asks for much waits behind itself, not in front of
 * others. One place is kept free of each Workspace, so that no Workspace can hold them all with slow queries.
 */
export class Admission {
  /** Workspaces that run or wait, in the order in which they had their last turn. */
  private readonly lanes = new Map<string, Lane>();
  private running = 0;

  constructor(private readonly limits: AdmissionLimits) {}

  /**
   * Waits for a turn.
   * @throws ApiError too_many_queries when too many of the Workspace wait already or it took too long; QueryCancelledError
   */
  async enter(workspaceId: string, signal: AbortSignal): Promise<Turn> {
    if (signal.aborted) throw new QueryCancelledError('The query was cancelled before it began.');
    const lane = this.laneOf(workspaceId);
    if (lane.waiting.length === 0 && this.mayStart(lane)) {
      this.count(workspaceId, lane);
      return this.turn(workspaceId, lane, { waitedMs: 0, reason: null });
    }
    if (lane.waiting.length >= this.limits.waiting) throw tooMany(`${this.limits.waiting} wait already`);
    const reason = lane.running >= this.share ? 'workspace' : 'server';
    const since = performance.now();
    await this.wait(lane, signal).catch((error) => {
      this.forget(workspaceId, lane);
      throw error;
    });
    return this.turn(workspaceId, lane, { waitedMs: performance.now() - since, reason });
  }

  /** Places that one Workspace can hold. */
  private get share(): number {
    return Math.max(1, this.limits.running - 1);
  }

  private mayStart(lane: Lane): boolean {
    return this.running < this.limits.running && lane.running < this.share;
  }

  private turn(workspaceId: string, lane: Lane, waited: Pick<Turn, 'waitedMs' | 'reason'>): Turn {
    const threads = Math.max(1, Math.floor(this.limits.threads / this.running));
    let left = false;
    const leave = (): void => {
      if (!left) this.leave(workspaceId, lane);
      left = true;
    };
    return { ...waited, threads, leave };
  }

  private count(workspaceId: string, lane: Lane): void {
    this.running += 1;
    lane.running += 1;
    this.lanes.delete(workspaceId);
    this.lanes.set(workspaceId, lane);
  }

  private leave(workspaceId: string, lane: Lane): void {
    this.running -= 1;
    lane.running -= 1;
    this.startNext();
    this.forget(workspaceId, lane);
  }

  private forget(workspaceId: string, lane: Lane): void {
    if (lane.running === 0 && lane.waiting.length === 0) this.lanes.delete(workspaceId);
  }

  /** The Workspace whose last turn is longest ago is first. */
  private startNext(): void {
    for (const [workspaceId, lane] of this.lanes) {
      const [next] = lane.waiting;
      if (next === undefined || !this.mayStart(lane)) continue;
      lane.waiting.shift();
      this.count(workspaceId, lane);
      next.start();
      return;
    }
  }

  private wait(lane: Lane, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', cancel);
        const at = lane.waiting.indexOf(waiter);
        if (at >= 0) lane.waiting.splice(at, 1);
      };
      const waiter: Waiter = {
        start: () => {
          end();
          resolve();
        },
        refuse: (error) => {
          end();
          reject(error);
        },
      };
      const cancel = (): void =>
        waiter.refuse(new QueryCancelledError('The query was cancelled while it waited.'));
      const { waitMs } = this.limits;
      const timer = setTimeout(() => waiter.refuse(tooMany(`this one waited ${waitMs} ms`)), waitMs);
      signal.addEventListener('abort', cancel, { once: true });
      lane.waiting.push(waiter);
    });
  }

  private laneOf(workspaceId: string): Lane {
    const lane = this.lanes.get(workspaceId) ?? { running: 0, waiting: [] };
    if (!this.lanes.has(workspaceId)) this.lanes.set(workspaceId, lane);
    return lane;
  }
}

function tooMany(reason: string): ApiError {
  return ApiError.of('too_many_queries', { reason }, { headers: { 'Retry-After': '1' } });
}
