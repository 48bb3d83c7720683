import { readFile } from 'node:fs/promises';
import type { Engine, QueryRequest, QueryResult } from '@goldcrest/engine';
import { SharedRoom } from '../limits/index.js';
import { openResult } from './openResult.js';
import type { OpenStreams, StreamPlace } from './openStreams.js';
import { isTooLarge, tooLargeResult } from './resultLimit.js';
import type { HeldResult, Result } from './results.js';

/**
 * Bytes up to which a result comes straight into memory, as the engine counts them. The text can be many times that: JSON repeats the
 * names of its columns in each row.
 */
const AT_ONCE_BYTES = 256 * 1024;

/** Rows up to which it does: the engine counts a value that is the same in all rows once, and its text is in each. */
const AT_ONCE_ROWS = 32 * 1024;

/** Bytes up to which the text of a result is in memory without further ado. */
const IN_MEMORY_BYTES = 1024 * 1024;

/** Bytes of longer texts that are in memory at once, whose readers may be slow. */
const HELD_BYTES_MAX = 256 * 1024 * 1024;

/** Queries that are remembered for having had a large result. */
const REMEMBERED_MAX = 1000;

/** Longest text of a query that is remembered, in characters. */
const REMEMBERED_LENGTH_MAX = 16 * 1024;

/** A query whose result is wanted. */
export interface ResultRequest {
  run: QueryRequest & { signal: AbortSignal };
  workspaceId: string;
  /** Bytes up to which the result is of more use in memory, for instance because it is kept. */
  memoryBytes: number;
  /** Whether a large result may be sent while it is made. */
  streams: boolean;
}

/**
 * Runs queries for their results, with little memory however large these are. How large one is shows only when it is made:
 * the engine is asked for a small one first, and stops where it becomes large; then it writes the result to a file, which is sent when
 * it is whole or while it grows. Queries of the shape are remembered and go to a file at once from then on, so this costs a part of a
 * run once. Those that read from other servers always do, lest these be asked twice.
 *
 * A text of more than a megabyte stays in memory only while there is room for it, which Workspaces share; without it the query is run
 * again into a file.
 */
export class LargeResults {
  private readonly known = new Set<string>();
  private readonly room: SharedRoom;

  /** @param heldBytesMax bytes of longer texts that are in memory at once */
  constructor(
    private readonly engine: Engine,
    private readonly streams: OpenStreams,
    heldBytesMax = HELD_BYTES_MAX,
  ) {
    this.room = new SharedRoom(heldBytesMax);
  }

  /** @throws what running the query throws; ApiError too_many_streams when there is no place for a large result */
  async run({ run, workspaceId, memoryBytes, streams }: ResultRequest): Promise<Result> {
    const bytesMax = Number(run.settings?.['max_result_bytes'] ?? Number.POSITIVE_INFINITY);
    const shape = `${run.database} ${run.shape ?? run.sql}`;
    if (run.external !== true && !this.known.has(shape)) {
      const atOnce = { max_result_bytes: Math.min(bytesMax, AT_ONCE_BYTES), max_result_rows: AT_ONCE_ROWS };
      const settings = { ...run.settings, ...atOnce };
      const result = await this.engine.query({ ...run, settings }).catch(nullWhenTooLarge);
      if (result !== null && result.body.length > bytesMax) throw tooLargeResult(bytesMax);
      if (result !== null && result.body.length <= IN_MEMORY_BYTES) return result;
      this.remember(shape);
      if (result !== null && this.room.take(workspaceId, result.body.length))
        return this.held(result, workspaceId);
    }
    const place = this.streams.enter(workspaceId, bytesMax);
    if (streams) return openResult(this.engine, run, { place, headBytes: IN_MEMORY_BYTES });
    return this.intoFile(run, workspaceId, { place, memoryBytes: Math.max(memoryBytes, IN_MEMORY_BYTES) });
  }

  private async intoFile(
    run: ResultRequest['run'],
    workspaceId: string,
    { place, memoryBytes }: { place: StreamPlace; memoryBytes: number },
  ): Promise<Result> {
    try {
      const signal = AbortSignal.any([run.signal, place.signal]);
      const spooled = await this.engine.spool({ ...run, signal, onGrowth: place.grow });
      const { remove, path, bytes, rowsRead, bytesRead, elapsedSeconds } = spooled;
      if (bytes > memoryBytes || !this.room.take(workspaceId, bytes))
        return { ...spooled, remove: () => remove().finally(place.leave) };
      const body = await readFile(path);
      await remove();
      place.leave();
      return this.held({ body, rowsRead, bytesRead, elapsedSeconds }, workspaceId);
    } catch (error) {
      place.leave();
      throw place.reasonOr(error);
    }
  }

  /** A result for whose text room was taken. */
  private held(result: QueryResult, workspaceId: string): HeldResult {
    const remove = async (): Promise<void> => this.room.giveBack(workspaceId, result.body.length);
    return { ...result, remove };
  }

  private remember(shape: string): void {
    if (shape.length > REMEMBERED_LENGTH_MAX) return;
    const [oldest] = this.known;
    if (this.known.size >= REMEMBERED_MAX && oldest !== undefined) this.known.delete(oldest);
    this.known.add(shape);
  }
}

function nullWhenTooLarge(error: unknown): null {
  if (isTooLarge(error)) return null;
  throw error;
}
