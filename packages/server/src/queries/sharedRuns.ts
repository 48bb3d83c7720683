import { QueryCancelledError, type QueryResult } from '@goldcrest/engine';
import { isOpen, type Result } from './results.js';

/** Bytes of results that are kept for later requests, all together and with their keys. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024;

/** Bytes of the largest result that is kept: it must not take the place of all others. */
export const KEPT_RESULT_BYTES_MAX = KEPT_BYTES_MAX / 4;

/** Estimated memory of a kept result without its body and its key. */
const ENTRY_BYTES = 500;

/** A request for a result. */
export interface SharedRequest {
  /** Whose rows are read. */
  workspaceId: string;
  /** Equal only for requests that must get the same result: the same query, settings, format and rights. */
  key: string;
  /** How long the result may be used again. */
  keepSeconds: number;
  /** Given when this reader goes away. */
  signal: AbortSignal;
}

/** A result, and how it came about. */
export interface SharedResult {
  result: Result;
  /** Whether the query ran for this request, and not for one before it. */
  ran: boolean;
  /** Seconds since it was made, when it was kept from an earlier request. */
  ageSeconds?: number;
  /** Has to be called when the reader is done with it, who may be the last one; again does nothing. */
  release: () => void;
}

interface Run {
  result: Promise<Result>;
  /** Whether the query has ended, so that there is nothing to stop. */
  ended: boolean;
  /** Requests that wait for it or are being sent it. */
  readers: number;
  stop: AbortController;
  /** When it began, in milliseconds: its result is as old as that. */
  startedAt: number;
  /** Whether a reader was told that it ran for him; the first who is served is, so that the cost is counted once. */
  told: boolean;
}

interface Kept {
  result: QueryResult;
  /** Estimate of the memory that it holds. */
  bytes: number;
  madeAt: number;
  until: number;
}

/**
 * Lets requests for the same result share one run of the query: those that come while it runs, and those that come while it may be kept
 * (`cache_ttl()`). The run ends when the last of its readers has gone, and so does what a large result takes.
 */
export class SharedRuns {
  private readonly running = new Map<string, Run>();
  private readonly kept = new Map<string, Kept>();
  private keptBytes = 0;
  /** Runs that had to be begun for one reader alone, so far. */
  private ownRuns = 0;
  private readonly writes = new Map<string, number>();

  /** @param alone whether this server takes all writes: only then it knows of them, and may let a request join an earlier run */
  constructor(private readonly alone: boolean) {}

  /** Says that rows of a Workspace were written: who asks from now on has to see them, and joins no run that began before. */
  written(workspaceId: string): void {
    this.writes.set(workspaceId, (this.writes.get(workspaceId) ?? 0) + 1);
  }

  /**
   * @param start runs the query until its signal says stop
   * @throws QueryCancelledError when the reader has gone, and what `start` throws
   */
  async get(
    { workspaceId, key, keepSeconds, signal }: SharedRequest,
    start: (signal: AbortSignal) => Promise<Result>,
  ): Promise<SharedResult> {
    if (signal.aborted) throw new QueryCancelledError('The query was cancelled before it began.');
    const kept = this.keptFor(key, keepSeconds);
    if (kept !== undefined) {
      const ageSeconds = Math.floor((Date.now() - kept.madeAt) / 1000);
      return { result: kept.result, ran: false, ageSeconds, release: () => {} };
    }
    const runKey = `${this.writes.get(workspaceId) ?? 0} ${key}`;
    const joined = this.alone ? this.running.get(runKey) : undefined;
    const run = joined ?? this.begin(runKey, start);
    run.readers += 1;
    const release = once(() => {
      signal.removeEventListener('abort', release);
      this.leave(runKey, run);
    });
    signal.addEventListener('abort', release, { once: true });
    try {
      const result = await run.result;
      if (keepSeconds > 0) this.keep(key, result, { seconds: keepSeconds, madeAt: run.startedAt });
      // The query counts for a reader who is there: for one who went away meanwhile nothing would tell what it has read.
      if (signal.aborted) throw new QueryCancelledError('The client went away.');
      const ran = !run.told;
      run.told = true;
      if (ran || !isOpen(result)) return { result, ran, release };
    } catch (error) {
      release();
      throw error;
    }
    // An open result has one reader. Whoever else waited for it has a run of his own, which nobody joins.
    release();
    this.ownRuns += 1;
    return this.get({ workspaceId, key: `own ${this.ownRuns} ${key}`, keepSeconds: 0, signal }, start);
  }

  private leave(key: string, run: Run): void {
    run.readers -= 1;
    if (run.readers > 0) return;
    // Nobody may join a run that is being ended.
    if (this.running.get(key) === run) this.running.delete(key);
    if (!run.ended) run.stop.abort();
    run.result.then(remove, () => {});
  }

  private begin(key: string, start: (signal: AbortSignal) => Promise<Result>): Run {
    const stop = new AbortController();
    const result = start(stop.signal);
    const run = { result, ended: false, readers: 0, stop, startedAt: Date.now(), told: false };
    this.running.set(key, run);
    const forget = (): void => {
      run.ended = true;
      if (this.running.get(key) === run) this.running.delete(key);
    };
    result.then(forget, forget);
    return run;
  }

  /** A kept result that is no older than this request lets it be: others of the same key may let it be older. */
  private keptFor(key: string, keepSeconds: number): Kept | undefined {
    const kept = this.kept.get(key);
    if (kept === undefined) return undefined;
    if (kept.until <= Date.now()) this.drop(key, kept);
    else if (Date.now() - kept.madeAt < keepSeconds * 1000) return kept;
    return undefined;
  }

  private keep(key: string, result: Result, { seconds, madeAt }: { seconds: number; madeAt: number }): void {
    if (!('body' in result)) return;
    // A key holds the whole SQL, which is often longer than the result.
    const bytes = ENTRY_BYTES + 2 * key.length + result.body.length;
    const before = this.kept.get(key);
    if (bytes > KEPT_RESULT_BYTES_MAX || before?.result === result) return;
    if (before !== undefined) this.drop(key, before);
    this.kept.set(key, {
      result,
      bytes,
      madeAt,
      until: Math.max(madeAt + seconds * 1000, before?.until ?? 0),
    });
    this.keptBytes += bytes;
    for (const [oldest, kept] of this.kept) {
      if (this.keptBytes <= KEPT_BYTES_MAX) return;
      this.drop(oldest, kept);
    }
  }

  private drop(key: string, kept: Kept): void {
    this.kept.delete(key);
    this.keptBytes -= kept.bytes;
  }
}

function remove(result: Result): void {
  result.remove?.().catch((error) => process.emitWarning(`A result could not be removed: ${String(error)}`));
}

/** A function that does its work the first time that it is called. */
function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) {
      done = true;
      work();
    }
  };
}
