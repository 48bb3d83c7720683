import type { EventLog } from '../log/eventLog.js';
import type { LogStream } from '../log/stream.js';
import { FairQueue } from './fairQueue.js';
import type { FlushVerdict } from './flushSegment.js';

/** Inserts that run at once, of all Data Sources together. */
const RUNNING_MAX = 2;

/** A turn that takes longer, in milliseconds, is slow: a view of the Data Source takes its time. */
const SLOW_MS = 5000;

/** A stream with so many bytes waits for no company: its insert is as good as it gets (EV-27). */
export const GATHERED_BYTES = 4 * 1024 * 1024;

/** Longest wait between tries of a segment that the engine does not take, in milliseconds. */
const RETRY_MS_MAX = 30_000;

/** What a flusher does with its turn. */
export interface FlusherNeeds {
  log: EventLog;
  /** How long rows wait for others before they are inserted together, when nobody waits for them, in milliseconds. */
  gatherMs: number;
  /** Wait before the first further try of a segment that the engine does not take, doubled before each other one, in milliseconds. */
  retryMs: number;
  /**
   * Brings the oldest segment of a stream into the engine, or out of the way.
   * @param tries how often it was tried before
   * @returns whether it is done with, goes on when the others have had their turns, or is tried again later
   */
  flush: (stream: LogStream, tries: number) => Promise<FlushVerdict>;
}

interface Lane {
  /** Set while the stream waits for company, or for a further try. */
  timer: NodeJS.Timeout | null;
  /** Whether the stream waits for its turn or has it. */
  queued: boolean;
  /** Whether somebody waits for rows of a segment that still grows, so that it is to be sealed as soon as there is a turn. */
  again: boolean;
  tries: number;
}

/**
 * Decides when the rows of which stream go to the engine. A stream is, in turn:
 *
 *     empty ─ rows ─▶ gathering ─ time, size, or somebody waits ─▶ queued ─ turn ─▶ flushing ─▶ empty, gathering, or queued for more
 *                                                                    ▲                 │
 *                                                                    └─ time ─ resting ◀┘ the engine did not take them
 *
 * A stream has one insert at a time, so while it runs the rows that come gather for the next one. Workspaces take turns. One stream
 * that rests keeps no other one waiting, and those whose last turn was slow leave one place to all others.
 */
export class Flusher {
  private readonly lanes = new Map<LogStream, Lane>();
  private readonly queue = new FairQueue<LogStream>();
  private readonly idleWaiters: (() => void)[] = [];
  /** Data Sources whose last turn was slow. */
  private readonly slow = new Set<string>();
  private running = 0;
  private slowRunning = 0;
  private stopped = false;

  constructor(private readonly needs: FlusherNeeds) {}

  /** Takes note that a stream has rows that are not in the engine. */
  appended(stream: LogStream): void {
    this.goOn(stream, this.laneOf(stream));
  }

  /** Gives a stream its turn as soon as there is one: somebody waits for its rows. */
  hurry(stream: LogStream): void {
    if (stream.isEmpty) return;
    const lane = this.laneOf(stream);
    lane.again = true;
    this.enqueue(stream, lane);
  }

  /** Gives every stream its turn; resolves when no stream holds rows, or none can be helped by waiting. */
  async settle(streams: readonly LogStream[]): Promise<void> {
    for (const stream of streams) this.hurry(stream);
    while (!this.stopped && streams.some((stream) => this.lanes.get(stream)?.queued === true)) {
      await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
    }
  }

  /** Starts nothing more and waits for what runs. What is not in the engine stays in the log. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const { timer } of this.lanes.values()) if (timer !== null) clearTimeout(timer);
    for (const wake of this.idleWaiters.splice(0)) wake();
    while (this.running > 0) await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
  }

  private laneOf(stream: LogStream): Lane {
    const known = this.lanes.get(stream);
    if (known !== undefined) return known;
    const lane: Lane = { timer: null, queued: false, again: false, tries: 0 };
    this.lanes.set(stream, lane);
    return lane;
  }

  private enqueue(stream: LogStream, lane: Lane): void {
    // A stream that rests after a failure is not hurried: what was wrong a moment ago is most likely wrong still.
    if (lane.tries > 0 && lane.timer !== null) return;
    if (lane.queued) return;
    if (lane.timer !== null) clearTimeout(lane.timer);
    lane.timer = null;
    lane.queued = true;
    this.queue.add(stream.target.workspaceId, stream);
    this.startNext();
  }

  private wait(stream: LogStream, lane: Lane, ms: number): void {
    if (this.stopped) return;
    lane.timer = setTimeout(() => {
      lane.timer = null;
      this.enqueue(stream, lane);
    }, ms);
    lane.timer.unref();
  }

  private startNext(): void {
    while (!this.stopped && this.running < RUNNING_MAX) {
      const stream = this.queue.take(({ key }) => !this.slow.has(key) || this.slowRunning < RUNNING_MAX - 1);
      if (stream === undefined) return;
      const wasSlow = this.slow.has(stream.key) ? 1 : 0;
      this.running += 1;
      this.slowRunning += wasSlow;
      void this.turn(stream).finally(() => {
        this.running -= 1;
        this.slowRunning -= wasSlow;
        this.startNext();
        for (const wake of this.idleWaiters.splice(0)) wake();
      });
    }
  }

  /** One turn of a stream: its oldest segment. */
  private async turn(stream: LogStream): Promise<void> {
    const lane = this.laneOf(stream);
    if (stream.sealed.length === 0) {
      lane.again = false;
      stream.seal();
    }
    const bytes = stream.sealed[0]?.bytes ?? 0;
    const since = Date.now();
    const verdict = await this.needs.flush(stream, lane.tries);
    if (Date.now() - since > SLOW_MS) this.slow.add(stream.key);
    else this.slow.delete(stream.key);
    lane.queued = false;
    lane.tries = verdict === 'later' ? lane.tries + 1 : 0;
    if (verdict === 'later')
      this.wait(stream, lane, Math.min(this.needs.retryMs * 2 ** (lane.tries - 1), RETRY_MS_MAX));
    else if (verdict === 'again') this.enqueue(stream, lane);
    else if (stream.isEmpty) this.forget(stream);
    // What came behind much is most likely the end of it: that it goes at once costs one small insert for each large one.
    else if (lane.again || bytes >= GATHERED_BYTES) this.enqueue(stream, lane);
    else this.goOn(stream, lane);
  }

  /** Gives a stream that has gathered enough its turn; another one gathers until its oldest rows have waited for long enough. */
  private goOn(stream: LogStream, lane: Lane): void {
    if (stream.sealed.length > 0 || stream.growingBytes >= GATHERED_BYTES) this.enqueue(stream, lane);
    else if (lane.timer === null && !lane.queued) this.wait(stream, lane, this.gatherLeftMs(stream));
  }

  /** How long rows that came while others were inserted still wait for company: the time until then counts. */
  private gatherLeftMs({ waitsSince }: LogStream): number {
    const { gatherMs } = this.needs;
    const waited = waitsSince === null ? 0 : Date.now() - waitsSince;
    return Math.min(gatherMs, Math.max(0, gatherMs - waited));
  }

  private forget(stream: LogStream): void {
    this.lanes.delete(stream);
    this.needs.log.forget(stream);
  }
}
