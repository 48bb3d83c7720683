import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '@goldcrest/engine';
import type { Logger } from 'pino';
import type { Config } from '../config/index.js';
import type { DataSource } from '../datasources/index.js';
import { ApiError } from '../errors/index.js';
import type { Snapshot } from '../workspaces/index.js';
import { Backlog } from './backlog.js';
import { DiskOutage } from './diskOutage.js';
import { Flusher } from './flush/flusher.js';
import { type FlushReport, flushSegment } from './flush/flushSegment.js';
import type { InsertLimits } from './flush/insertLines.js';
import { ViewWatcher } from './flush/watchViews.js';
import type { LogDisk } from './log/disk.js';
import { EventLog } from './log/eventLog.js';
import type { RecordLines } from './log/record.js';
import type { Segment } from './log/segment.js';
import type { LogStream, Place, StreamTarget } from './log/stream.js';
import { SOON } from './overloaded.js';
import { refusedOf, removedMeanwhile } from './refusedOf.js';

/** How long a client that waits is kept waiting, in milliseconds. Its events are durable all the same. */
const WAIT_MS_MAX = 30_000;

/** How long a start waits for the rows that an earlier process left, in milliseconds. The rest goes in meanwhile. */
const REPLAY_MS_MAX = 5000;

/** How long inserts may take to end that were told to, in milliseconds. The engine can not interrupt everything. */
const END_MS_MAX = 5000;

/** Data Sources that are remembered to be gone. */
const REMOVED_MAX = 10_000;

/** The request that brings rows. */
export interface RowsRequest {
  requestId: string;
  /** Whether its client waits until the rows can be queried. */
  wait: boolean;
}

/** What a row writer is made of. */
export interface RowWriterNeeds {
  engine: Engine;
  disk: LogDisk;
  /** Where the log is; made when there is none. */
  directory: string;
  config: Pick<
    Config,
    'ingestFsync' | 'ingestSegmentBytes' | 'ingestGatherMs' | 'ingestBacklogBytes' | 'ingestBacklogSeconds'
  >;
  logger: Logger;
  /** The Data Source with that id as it is now; undefined when it is gone. The Workspace is not known after a restart. */
  find: (datasourceId: string, workspaceId: string | null) => Promise<DataSource | undefined>;
  /** Is told when rows of a Workspace can be queried, before those who wait for them are. */
  written: (workspaceId: string) => void;
  /** What is known of a Workspace; null when it is gone. */
  snapshot: (workspaceId: string) => Promise<Snapshot | null>;
  /** Wait before the first further try of what the engine does not take, in milliseconds. */
  retryMs: number;
  limits: InsertLimits;
  /** How long a stop goes on writing what waits, in milliseconds. The rest goes in at the next start. */
  closeMs: number;
}

/**
 * Takes rows, which are durable from then on, and brings them into the engine, all of them once (EV-11, EV-12, EV-27). What is durable
 * is in the event log; `flush/flusher.ts` says when it goes to the engine.
 */
export class RowWriter {
  /** What may be held at once. */
  readonly backlog: Backlog;
  private readonly flusher: Flusher;
  private readonly outage: DiskOutage;
  private note: (report: FlushReport) => void = () => {};
  /** What ends the waiting of clients that wait. */
  private readonly kept = new Set<() => void>();
  /** What is still to be noted of segments that are done with. */
  private readonly noting = new Set<Promise<void>>();
  /** Ids of Data Sources that were removed, the latest: a request that began before may still bring events. */
  private readonly removed = new Set<string>();
  private stopping = false;
  /** Ends the inserts that a stop does not wait for. */
  private readonly ending = new AbortController();

  private constructor(
    private readonly needs: RowWriterNeeds,
    private readonly log: EventLog,
    appended: { tell: (stream: LogStream) => void },
  ) {
    const { config, engine, logger, snapshot, written } = needs;
    this.backlog = new Backlog(config.ingestBacklogBytes);
    this.outage = new DiskOutage(logger);
    const find = ({ datasourceId, workspaceId }: StreamTarget) => needs.find(datasourceId, workspaceId);
    const released = (target: StreamTarget, segment: Segment): void =>
      this.backlog.release(target, segment.heldBytes);
    const note = (report: FlushReport): void => this.note(report);
    const afterwards = (noting: Promise<void>): void => {
      this.noting.add(noting);
      void noting.finally(() => this.noting.delete(noting));
    };
    const views = new ViewWatcher(engine);
    const { limits } = needs;
    const ending = this.ending.signal;
    const told = { find, snapshot, written, released, note, afterwards };
    const flushNeeds = { engine, limits, ending, log, logger, views, ...told };
    this.flusher = new Flusher({
      log,
      gatherMs: config.ingestGatherMs,
      retryMs: needs.retryMs,
      flush: (stream, tries) => flushSegment(flushNeeds, stream, tries),
    });
    appended.tell = (stream) => this.flusher.appended(stream);
  }

  /** Opens the log. What an earlier process left waits for `replay`. */
  static async open(needs: RowWriterNeeds): Promise<RowWriter> {
    const { disk, directory, config, logger } = needs;
    const appended = { tell: (_stream: LogStream): void => {} };
    const { log, found, unknown } = await EventLog.open({
      disk,
      directory,
      durability: config.ingestFsync,
      segmentBytes: config.ingestSegmentBytes,
      now: Date.now,
      appended: (stream) => appended.tell(stream),
      failed: (err) => logger.error({ err }, 'the event log could not be synced'),
    });
    if (unknown.length > 0)
      logger.warn(
        { directory, files: unknown },
        'files in the folder of the event log are no segments: not read',
      );
    const writer = new RowWriter(needs, log, appended);
    for (const segment of found) {
      const datasource = await needs.find(segment.datasourceId, null);
      const stream = log.takeFound(segment, datasource?.workspaceId ?? '');
      writer.backlog.hold(stream.target, segment.bytes);
    }
    return writer;
  }

  /**
   * Brings in what an earlier process left; waits for that, for a while. To be called when tables and views are as they should be.
   * @param note takes note of what becomes of each segment, then and later
   */
  async replay(note: (report: FlushReport) => void): Promise<void> {
    this.note = note;
    const found = this.log.all;
    if (found.length === 0) return;
    this.needs.logger.info(
      { tables: found.length },
      'bringing in events that were acknowledged before the last stop',
    );
    const began = performance.now();
    await Promise.race([this.flusher.settle(found), delay(REPLAY_MS_MAX, undefined, { ref: false })]);
    const waiting = found.filter((stream) => !stream.isEmpty).length;
    const ms = Math.round(performance.now() - began);
    if (waiting === 0) this.needs.logger.info({ ms }, 'all events from before the last stop can be queried');
    else
      this.needs.logger.warn({ ms, waiting }, 'some events from before the last stop still wait in the log');
  }

  /** @throws ApiError ingestion_behind when events of the Data Source have waited for the engine for too long */
  refuseWhenBehind({ id, name }: DataSource): void {
    const seconds = this.needs.config.ingestBacklogSeconds;
    const since = this.log.streamOf(id)?.waitsSince ?? null;
    if (since === null || Date.now() - since <= seconds * 1000) return;
    throw ApiError.of('ingestion_behind', { name, seconds }, { headers: SOON });
  }

  /**
   * Writes the rows of a request; resolves when they are durable, or with `wait` when they can be queried.
   * @returns how many of the rows the engine refused, which are in quarantine then, and whether all can be queried
   * @throws ApiError ingestion_overloaded, ingestion_disk: nothing was stored; datasource_not_found, view_failed,
   *   view_failed_landing, events_set_aside
   */
  async write(
    datasource: DataSource,
    lines: RecordLines,
    { requestId, wait }: RowsRequest,
  ): Promise<{ refused: number; queryable: boolean }> {
    const { stream, bytes } = this.streamWithRoom(datasource, lines);
    let place: Place;
    try {
      place = await stream.append(lines, requestId);
      this.outage.worked();
    } catch (error) {
      this.backlog.release(stream.target, bytes);
      throw this.notStored(error, datasource);
    }
    if (!wait) return { refused: 0, queryable: false };
    this.flusher.hurry(stream);
    const outcome = await this.orTooLate(place.segment.flushed);
    if (outcome === null) return { refused: 0, queryable: false };
    return { refused: refusedOf(outcome, place, datasource), queryable: true };
  }

  /** Drops what waits for a Data Source that can't be found any more; resolves when nothing of it is being inserted. */
  async drop(datasource: DataSource): Promise<void> {
    const { id } = datasource;
    const gone = removedMeanwhile(datasource);
    this.removed.add(id);
    const [oldest] = this.removed;
    if (this.removed.size > REMOVED_MAX && oldest !== undefined) this.removed.delete(oldest);
    const stream = this.log.streamOf(id);
    if (stream === undefined) return;
    stream.end(gone);
    await this.flusher.settle([stream]);
  }

  /** Keeps nobody waiting any more: what is durable is acknowledged as that. To be called before a stop waits for requests. */
  stopWaiting(): void {
    this.stopping = true;
    for (const giveUp of this.kept) giveUp();
  }

  /** Writes what waits, for a while. What the engine does not take, or not in time, stays in the log for the next start. */
  async close(): Promise<void> {
    await Promise.race([
      this.flusher.settle(this.log.all),
      delay(this.needs.closeMs, undefined, { ref: false }),
    ]);
    const stopped = this.flusher.stop();
    this.ending.abort();
    await Promise.race([stopped, delay(END_MS_MAX, undefined, { ref: false })]);
    await Promise.all(this.noting);
    await this.log.close();
  }

  /** @returns what `flushed` gives, or null when that takes too long or the server stops */
  private orTooLate<Value>(flushed: Promise<Value>): Promise<Value | null> {
    if (this.stopping) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        clearTimeout(timer);
        this.kept.delete(giveUp);
        resolve(null);
      };
      const timer = setTimeout(giveUp, WAIT_MS_MAX);
      this.kept.add(giveUp);
      // What is given up here was settled before, or too late: that it resolves again does nothing.
      flushed.then(resolve, reject).finally(giveUp);
    });
  }

  /** Takes room on the disk. @returns where the rows go, and how many bytes were taken */
  private streamWithRoom(
    datasource: DataSource,
    { rows, quarantined }: RecordLines,
  ): { stream: LogStream; bytes: number } {
    const { id, workspaceId } = datasource;
    if (this.removed.has(id)) throw removedMeanwhile(datasource);
    const target = { workspaceId, datasourceId: id };
    const bytes = rows.length + quarantined.length;
    this.backlog.take(target, bytes);
    return { stream: this.log.stream(target), bytes };
  }

  private notStored(error: unknown, { id }: DataSource): ApiError {
    if (error instanceof ApiError) return error;
    this.outage.failed(error, id);
    return ApiError.of('ingestion_disk', { reason: reasonOf(error) }, { headers: SOON, cause: error });
  }
}

/** Such as ENOSPC: the system's word says more than its sentence, which has paths in it. */
function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'the file could not be written';
}
