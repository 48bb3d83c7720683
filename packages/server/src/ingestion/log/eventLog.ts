import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeTime } from 'ulid';
import type { LogDisk } from './disk.js';
import { OpenFiles } from './openFiles.js';
import { type Durability, FINDINGS_SUFFIX, Segment } from './segment.js';
import { sharedCall } from './sharedCall.js';
import { LogStream, type StreamTarget } from './stream.js';

/** Files of segments that are open at once at the most. */
const OPEN_FILES_MAX = 256;

/** How often what was written is synced with durability `interval`, in milliseconds. */
const SYNC_MS = 1000;

/** Names of segments: the Data Source, and an id in the order of time. */
const SEGMENT_NAME = /^(t_[0-9a-f]{32})\.([0-9A-Z]{26})\.ndjson$/;

/** What this server writes beside segments while it repairs one or takes it apart. A crash leaves it, and nobody needs it. */
const LEFTOVER_NAME = /^t_[0-9a-f]{32}\.[0-9A-Z]{26}\.ndjson\.(?:[0-9a-z-]+\.)?(?:draft|part)$/;

/** What was found of a segment, beside it. */
const FINDINGS_NAME = /^t_[0-9a-f]{32}\.[0-9A-Z]{26}\.ndjson\.missed$/;

/** How a log is kept. */
export interface EventLogOptions {
  disk: LogDisk;
  directory: string;
  durability: Durability;
  /** A segment that has as many bytes is sealed. */
  segmentBytes: number;
  now: () => number;
  /** Is told when rows were appended to a stream. */
  appended: (stream: LogStream) => void;
  /** Is told when a sync in the background failed. */
  failed: (error: unknown) => void;
}

/** A file that an earlier process left. */
export interface FoundSegment {
  name: string;
  bytes: number;
  datasourceId: string;
  /** Whether there is a file beside it with what was found of views that fail on some of its rows. */
  hasFindings: boolean;
}

/**
 * Rows that were acknowledged and are not in the engine yet, in files: a stream for each Data Source (design §5). What is in it survives the end of the process at any moment.
 */
export class EventLog {
  /** Where segments go that the engine refuses. */
  readonly setAside: string;
  readonly directory: string;
  readonly disk: LogDisk;
  private readonly streams = new Map<string, LogStream>();
  private readonly files: OpenFiles;
  private readonly syncDirectory: () => Promise<void>;
  private readonly stopSyncing = new AbortController();
  private readonly syncing: Promise<void>;

  private constructor(private readonly options: EventLogOptions) {
    const { disk, directory, durability } = options;
    this.disk = disk;
    this.directory = directory;
    this.setAside = join(directory, 'set-aside');
    this.files = new OpenFiles(disk, durability === 'always' ? 'each-write' : 'when-asked', OPEN_FILES_MAX);
    this.syncDirectory = sharedCall(() => disk.syncDirectory(directory));
    this.syncing = durability === 'interval' ? this.syncForEver() : Promise.resolve();
  }

  /**
   * Opens a log, and makes its directory if there is none.
   * @returns it, the segments that an earlier process left, the oldest of each stream first, and names of files that are not the log's
   */
  static async open(
    options: EventLogOptions,
  ): Promise<{ log: EventLog; found: FoundSegment[]; unknown: string[] }> {
    const log = new EventLog(options);
    await options.disk.makeDirectory(log.setAside);
    // Files of a directory that a loss of power takes away are lost with it.
    await options.disk.syncDirectory(options.directory);
    await options.disk.syncDirectory(dirname(options.directory));
    const found: FoundSegment[] = [];
    const unknown: string[] = [];
    const files = await options.disk.list(options.directory);
    const names = new Set(files.map(({ name }) => name));
    for (const { name, bytes } of files) {
      const [, datasourceId] = SEGMENT_NAME.exec(name) ?? [];
      const isOrphan = FINDINGS_NAME.test(name) && !names.has(name.slice(0, -FINDINGS_SUFFIX.length));
      if (datasourceId !== undefined)
        found.push({ name, bytes, datasourceId, hasFindings: names.has(name + FINDINGS_SUFFIX) });
      else if (FINDINGS_NAME.test(name) && !isOrphan) continue;
      else if (isOrphan || LEFTOVER_NAME.test(name)) await options.disk.remove(join(options.directory, name));
      // Somebody has put it there, and may have no other copy.
      else unknown.push(name);
    }
    return { log, found, unknown };
  }

  /** The stream of a Data Source; the same one as long as it holds rows. */
  stream(target: StreamTarget): LogStream {
    const known = this.streams.get(target.datasourceId);
    if (known !== undefined) return known;
    const { directory, disk, files, syncDirectory } = this;
    const { durability, segmentBytes, now, appended, failed } = this.options;
    const needs = { directory, disk, files, syncDirectory, durability, failed, segmentBytes, now, appended };
    const stream = new LogStream(target, needs);
    this.streams.set(stream.key, stream);
    return stream;
  }

  /** Takes in a segment that an earlier process left. @returns its stream */
  takeFound({ name, bytes, datasourceId, hasFindings }: FoundSegment, workspaceId: string): LogStream {
    const { directory, disk, files, syncDirectory } = this;
    const { durability, failed, now } = this.options;
    const needs = { directory, disk, files, syncDirectory, durability, failed };
    const segment = new Segment(needs, name, decodeTime(name.split('.')[1] ?? ''));
    segment.found = true;
    segment.hasFindings = hasFindings;
    segment.waitsSince = now();
    segment.bytes = bytes;
    segment.heldBytes = bytes;
    const stream = this.stream({ workspaceId, datasourceId });
    stream.addFound(segment);
    return stream;
  }

  /** The stream of a Data Source, when it holds rows. */
  streamOf(datasourceId: string): LogStream | undefined {
    return this.streams.get(datasourceId);
  }

  /** Every stream that holds rows. */
  get all(): LogStream[] {
    return [...this.streams.values()];
  }

  /** Lets go of a stream that is empty, so that Data Sources which get no more events take no memory. */
  forget(stream: LogStream): void {
    if (stream.isEmpty && this.streams.get(stream.key) === stream) this.streams.delete(stream.key);
  }

  /** Syncs for a last time what is to be synced, and closes the files. Nothing may be appended any more. */
  async close(): Promise<void> {
    this.stopSyncing.abort();
    await this.syncing;
    await this.files.closeAll();
  }

  private async syncForEver(): Promise<void> {
    const { signal } = this.stopSyncing;
    while (!signal.aborted) {
      await delay(SYNC_MS, undefined, { signal, ref: false }).catch(() => {});
      for (const stream of this.streams.values()) {
        await stream.sync().catch((error: unknown) => this.options.failed(error));
      }
    }
  }
}
