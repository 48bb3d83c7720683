import { join } from 'node:path';
import type { FlushProgress } from '../flush/flushProgress.js';
import type { MissedRows } from '../flush/missedRows.js';
import type { SegmentCost } from '../flush/segmentCost.js';
import type { LogDisk } from './disk.js';
import type { OpenFiles } from './openFiles.js';
import { encodeRecord, type RecordLines } from './record.js';

/** What is added to the name of a segment's file for that of the file beside it. */
export const FINDINGS_SUFFIX = '.missed';

/** When what was appended is synced to the disk: before it is acknowledged, once a second, or when the system likes. */
export type Durability = 'always' | 'interval' | 'off';

/** Where segments are, and how they are written. */
export interface SegmentNeeds {
  disk: LogDisk;
  /** Which sync with each write when the durability is `always`. */
  files: OpenFiles;
  directory: string;
  durability: Durability;
  /** Resolves when the directory is synced; calls at the same time share a sync. */
  syncDirectory: () => Promise<void>;
  /** Is told when a sync that nobody waits for failed. */
  failed: (error: unknown) => void;
}

/** What became of a segment's rows. */
export type FlushOutcome =
  /**
   * They are in the engine but for those that it refused, which are in quarantine; by the index in the segment. Views may miss some, or all.
   * Where their Data Source is a landing one, which keeps nothing, the ones of which views miss some are in quarantine, and where a view
   * misses all they stay on the disk, in a folder of their own.
   */
  | {
      kind: 'written';
      refused: ReadonlySet<number>;
      missed: readonly MissedRows[];
      landing: boolean;
      cost: SegmentCost;
    }
  /** The engine does not take them. They stay on the disk, in a folder of their own. */
  | { kind: 'set-aside'; reason: string }
  /** Their Data Source is gone. */
  | { kind: 'discarded' };

/**
 * A file of the log with rows of one stream. Its states:
 *
 *     open ── seal ──▶ sealed ── the engine has its rows ──▶ (gone)
 *      │                │  └─ refused for good, or missed ─▶ set aside
 *      └─── crash ──────┴──▶ found ── repair ──▶ sealed
 *
 * Open, it grows by records, one after the other. Sealed, it never changes again, so that its name can stand for its rows: an insert
 * that is repeated with that name as its token does nothing.
 */
export class Segment {
  readonly path: string;
  /** Bytes and rows of whole records that are as durable as was asked for. */
  bytes = 0;
  /** For the Data Source's table. */
  rows = 0;
  /** For its quarantine. */
  quarantined = 0;
  /** Bytes that count against the room on the disk: those of the rows, without what makes them records. */
  heldBytes = 0;
  /** The request whose rows came first; null when a restart has forgotten it. */
  requestId: string | null = null;
  /** Since when its rows wait for the engine, in milliseconds since 1970: while no server ran, they did not. */
  waitsSince: number;
  /** Whether it was there when the log was opened, so that nothing is known yet of what is in it. */
  found = false;
  /** Whether there is a file beside it with what was found of views that fail on some of its rows. */
  hasFindings = false;
  /** How far it is on its way into the engine; null before the first try. */
  progress: FlushProgress | null = null;
  /** Resolves when nothing is being written to it, and its numbers count what was. */
  idle: Promise<void> = Promise.resolve();
  /** Whether the last bytes of the file may be of a record that failed. */
  private soiled = false;
  private unsynced = false;
  /** Settles when the file's name survives a loss of power, as far as that was asked for. */
  private named: Promise<void> = Promise.resolve();
  private readonly whenFlushed: Promise<FlushOutcome>;
  private tell: (outcome: FlushOutcome) => void = () => {};

  constructor(
    private readonly needs: SegmentNeeds,
    /** Unique for all time: the name of the file, and the token of its insert. */
    readonly name: string,
    /** When its first rows came, in milliseconds since 1970. */
    readonly since: number,
  ) {
    this.path = join(needs.directory, name);
    this.waitsSince = since;
    this.whenFlushed = new Promise((resolve) => {
      this.tell = resolve;
    });
  }

  /** The ULID in its name. */
  get id(): string {
    return this.name.split('.').at(-2) ?? '';
  }

  /** Where the file beside it is. */
  get findingsPath(): string {
    return this.path + FINDINGS_SUFFIX;
  }

  /** What becomes of its rows; never rejects. */
  get flushed(): Promise<FlushOutcome> {
    return this.whenFlushed;
  }

  /** Makes the file. That its name is durable is waited for with the first record, so that the two syncs share the disk's work. */
  async create(): Promise<void> {
    await this.needs.files.create(this.path);
    if (this.needs.durability !== 'always') return;
    this.named = this.needs.syncDirectory();
    this.named.catch(() => {});
  }

  /**
   * Appends a record; resolves when it is as durable as was asked for.
   * @throws the system's error; the record then does not count, and nothing may be appended any more
   */
  append(lines: RecordLines): Promise<void> {
    const appending = this.write(lines);
    // Not before it is known how many bytes are good: who waits for this cuts off what is behind them.
    this.idle = appending.catch(() => {});
    return appending;
  }

  private async write(lines: RecordLines): Promise<void> {
    const record = encodeRecord(lines);
    const writing = this.needs.files.use(this.path, async (file) => {
      this.soiled = true;
      for (let written = 0; written < record.length; ) {
        const bytes = await file.write(record.subarray(written), this.bytes + written);
        if (bytes === 0) throw new Error(`Nothing more can be written to ${this.name}.`);
        written += bytes;
      }
    });
    // Both have to have ended before either's error is thrown: who cleans up after it must find nothing that is still being written.
    await Promise.allSettled([writing, this.named]);
    await writing;
    await this.named;
    this.soiled = false;
    this.unsynced = this.needs.durability === 'interval';
    this.bytes += record.length;
    this.rows += lines.rowCount;
    this.quarantined += lines.quarantinedCount;
    this.heldBytes += lines.rows.length + lines.quarantined.length;
  }

  /** Syncs what was written since the last time. */
  async sync(): Promise<void> {
    if (!this.unsynced) return;
    this.unsynced = false;
    try {
      await this.needs.files.use(this.path, (file) => file.sync());
      await this.needs.syncDirectory();
    } catch (error) {
      this.unsynced = true;
      throw error;
    }
  }

  /** Cuts off what a record that failed may have left, so that no restart takes it for one that was acknowledged. */
  async clean(): Promise<void> {
    if (!this.soiled) return;
    await this.needs.files.use(this.path, async (file) => {
      await file.truncate(this.bytes);
      await file.sync();
    });
    this.soiled = false;
  }

  /** Removes the file, to which nothing may be written any more. */
  async remove(): Promise<void> {
    this.unsynced = false;
    await this.needs.files.close(this.path);
    await this.needs.disk.remove(this.path);
    // Without the segment it means nothing; a start removes it when this does not.
    if (this.hasFindings) await this.needs.disk.remove(this.findingsPath).catch(this.needs.failed);
    // The engine does not sync which inserts it knows: after a loss of power a segment that came back would be inserted again.
    // Nobody has to wait for that, and if it fails the next segment's sync does the same.
    if (this.needs.durability === 'always') this.needs.syncDirectory().catch(this.needs.failed);
  }

  /** Moves the file into another directory. */
  async moveTo(directory: string): Promise<void> {
    this.unsynced = false;
    await this.needs.files.close(this.path);
    // First: a start takes what is left of it without the segment for nothing.
    if (this.hasFindings)
      await this.needs.disk.rename(this.findingsPath, join(directory, this.name + FINDINGS_SUFFIX));
    this.hasFindings = false;
    await this.needs.disk.rename(this.path, join(directory, this.name));
  }

  /** Tells those who wait what became of the rows. */
  settle(outcome: FlushOutcome): void {
    this.tell(outcome);
  }
}
