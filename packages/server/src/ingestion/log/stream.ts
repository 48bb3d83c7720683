import { setImmediate } from 'node:timers/promises';
import { monotonicFactory } from 'ulid';
import type { RecordLines } from './record.js';
import { Segment, type SegmentNeeds } from './segment.js';

/** Whose rows a stream holds. */
export interface StreamTarget {
  workspaceId: string;
  datasourceId: string;
}

/** Bytes of one record: requests that come while another record is written are made durable together. */
const RECORD_BYTES_MAX = 64 * 1024 * 1024;
/** Fewer rows than make a block of the engine, so that an insert is all or nothing. */
export const SEGMENT_ROWS_MAX = 500_000;

/** Rows that are durable, and where they are. */
export interface Place {
  segment: Segment;
  /** Index of the first row for the table among those of the segment, and how many there are. */
  firstRow: number;
  rows: number;
}

interface Waiting {
  lines: RecordLines;
  requestId: string | null;
  done: (place: Place) => void;
  failed: (error: unknown) => void;
}

/** What a stream needs. */
export interface StreamNeeds extends SegmentNeeds {
  /** A segment that has as many bytes is sealed. */
  segmentBytes: number;
  now: () => number;
  /** Is told when rows were appended. */
  appended: (stream: LogStream) => void;
}

const nextId = monotonicFactory();

/**
 * The rows of a Data Source on their way to the engine: a file that grows, and files that wait to be inserted, oldest first. While a record
 * is written further requests gather and become the next record, so that many small requests share a sync.
 */
export class LogStream {
  readonly key: string;
  /** Segments that never change again, the oldest first. */
  readonly sealed: Segment[] = [];
  private active: Segment | null = null;
  private waiting: Waiting[] = [];
  private committing = false;
  private closedFor: Error | null = null;

  constructor(
    readonly target: StreamTarget,
    private readonly needs: StreamNeeds,
  ) {
    this.key = target.datasourceId;
  }

  /** Whether it holds no rows. */
  get isEmpty(): boolean {
    return !this.committing && this.active === null && this.sealed.length === 0 && this.waiting.length === 0;
  }

  /** Bytes of the segment that grows. */
  get growingBytes(): number {
    return this.active?.bytes ?? 0;
  }

  /** Since when the oldest of its rows wait for the engine, in milliseconds since 1970, or null when it has none. */
  get waitsSince(): number | null {
    return (this.sealed[0] ?? this.active)?.waitsSince ?? null;
  }

  /**
   * Appends rows, all or none; resolves when they are durable.
   * @param requestId the request that brought them
   * @throws the system's error when they could not be written, and what `end` was given
   */
  append(lines: RecordLines, requestId: string | null = null): Promise<Place> {
    if (this.closedFor !== null) return Promise.reject(this.closedFor);
    return new Promise((done, failed) => {
      this.waiting.push({ lines, requestId, done, failed });
      if (!this.committing) void this.commitAll();
    });
  }

  /** Seals the segment that grows, if there is one. */
  seal(): void {
    if (this.active === null) return;
    this.sealed.push(this.active);
    this.active = null;
  }

  /** Syncs what was written and not synced. */
  async sync(): Promise<void> {
    for (const segment of [...this.sealed, ...(this.active === null ? [] : [this.active])])
      await segment.sync();
  }

  /** Adds a segment that was found when the log was opened. */
  addFound(segment: Segment): void {
    this.sealed.push(segment);
  }

  /** Refuses what waits and what comes, and seals. */
  end(reason: Error): void {
    this.closedFor = reason;
    this.seal();
    for (const { failed } of this.waiting.splice(0)) failed(reason);
  }

  private async commitAll(): Promise<void> {
    this.committing = true;
    while (this.waiting.length > 0) {
      // What the same turn of the event loop brings shares a record: each has a price, and they are written one after the other.
      await setImmediate();
      const group = this.nextGroup();
      if (group.length === 0) break;
      try {
        const place = await this.commit(group);
        let { firstRow } = place;
        for (const { lines, done } of group) {
          done({ segment: place.segment, firstRow, rows: lines.rowCount });
          firstRow += lines.rowCount;
        }
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    this.committing = false;
  }

  private nextGroup(): Waiting[] {
    let bytes = 0;
    let rows = 0;
    const end = this.waiting.findIndex(({ lines }, i) => {
      bytes += lines.rows.length + lines.quarantined.length;
      rows += lines.rowCount + lines.quarantinedCount;
      return i > 0 && (bytes > RECORD_BYTES_MAX || rows > SEGMENT_ROWS_MAX);
    });
    return this.waiting.splice(0, end < 0 ? this.waiting.length : end);
  }

  private async commit(group: readonly Waiting[]): Promise<Place> {
    const lines = together(group.map((each) => each.lines));
    const segment = this.growing(lines) ?? (await this.begin());
    // From here to the append nothing may come between: who seals the segment waits for what is written to it, and for no more.
    this.active = segment;
    const firstRow = segment.rows;
    segment.requestId ??= group[0]?.requestId ?? null;
    try {
      await segment.append(lines);
    } catch (error) {
      await this.giveUp(segment);
      throw error;
    }
    if (segment.bytes >= this.needs.segmentBytes && this.active === segment) this.seal();
    this.needs.appended(this);
    return { segment, firstRow, rows: lines.rowCount };
  }

  /** The segment that grows, unless there is none or the rows would make it too large for one insert. */
  private growing({ rowCount, quarantinedCount }: RecordLines): Segment | null {
    const { active } = this;
    if (active !== null && active.rows + active.quarantined + rowCount + quarantinedCount > SEGMENT_ROWS_MAX)
      this.seal();
    return this.active;
  }

  private async begin(): Promise<Segment> {
    const now = this.needs.now();
    const segment = new Segment(this.needs, `${this.key}.${nextId(now)}.ndjson`, now);
    try {
      await segment.create();
      return segment;
    } catch (error) {
      await segment.remove().catch(() => {});
      throw error;
    }
  }

  /** Nothing is appended behind a record that failed. What was acknowledged before it waits for its insert as ever. */
  private async giveUp(segment: Segment): Promise<void> {
    const isUnused = this.active === segment && segment.bytes === 0;
    if (isUnused) this.active = null;
    else if (this.active === segment) this.seal();
    // When it can't be cleaned or removed now, the flusher tries again before it inserts.
    await segment.clean().catch(() => {});
    if (isUnused) await segment.remove().catch(() => this.sealed.push(segment));
    this.needs.appended(this);
  }
}

/** The lines of several requests as those of one. */
function together(lines: readonly RecordLines[]): RecordLines {
  const [only, ...others] = lines;
  if (only !== undefined && others.length === 0) return only;
  return {
    rows: Buffer.concat(lines.map(({ rows }) => rows)),
    rowCount: lines.reduce((sum, { rowCount }) => sum + rowCount, 0),
    quarantined: Buffer.concat(lines.map(({ quarantined }) => quarantined)),
    quarantinedCount: lines.reduce((sum, { quarantinedCount }) => sum + quarantinedCount, 0),
  };
}
