import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteIdentifier, quoteString } from '@goldcrest/sql';
import { type ChdbResult, Session } from 'chdb';
import type { InsertCost, InsertFileRequest, QueryResult, SpooledResult } from '../engine.js';
import { EngineError, EngineUnavailableError, parseEngineError } from '../errors.js';
import { readText } from '../readText.js';
import type { EngineSession, OnGrowth, RunningStream, RunOptions } from '../session.js';
import { spooledFile } from '../spooledFile.js';
import { insertText, type ReadStatement } from '../statement.js';
import { costOf } from './cost.js';
import { tailFile, watchGrowth } from './spool.js';

/** Characters with which INFILE would read other files than the one named. */
const GLOB = /[*?{}[\]]/;

/** Bytes that a streamed answer may have, in the engine's count, unless the request says so: it lies on the disk. */
const SPOOLED_BYTES_MAX = 8 * 1024 ** 3;

/** Calls that may give back what a failed one has left, before the session counts as broken. One is enough as far as seen. */
const RINSE_TRIES_MAX = 5;

/** A chDB connection in this process. */
export class EmbeddedSession implements EngineSession {
  readonly #session: Session;
  readonly #spoolDirectory: string;
  #database = 'default';
  /** Whether a call failed, and what it had written of its answer may still be in the engine. */
  #soiled = false;

  /**
   * @param connectionArgs the engine's command line; the first session of a process decides the server part of it
   * @param spoolDirectory existing directory for answers on their way to a reader
   * @throws what chDB throws when the directory can't be opened
   */
  constructor(dataDirectory: string, connectionArgs: readonly string[], spoolDirectory: string) {
    this.#session = new Session(dataDirectory, { connectionArgs });
    this.#spoolDirectory = spoolDirectory;
  }

  get database(): string {
    return this.#database;
  }

  async run(sql: string, options: RunOptions): Promise<QueryResult> {
    await this.#use(options.database ?? this.#database);
    const result = await this.#call(sql, options.format);
    const body = result.bytes();
    return { body, ...costOf(result.elapsed, body) };
  }

  async spool(read: ReadStatement, onGrowth?: OnGrowth): Promise<SpooledResult> {
    const file = join(this.#spoolDirectory, read.id);
    try {
      const { elapsedSeconds } = await this.#runInto(file, read, onGrowth);
      const spooled = await spooledFile(file);
      onGrowth?.(spooled.bytes);
      return { ...spooled, ...costOf(elapsedSeconds, spooled.tail) };
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  }

  /**
   * The engine writes the answer to a file which is read while it grows. chDB's own streaming analyses the query,
   * scalar subqueries and all, on the event loop, repeats headers, and holds the session while a reader is slow.
   */
  stream(read: ReadStatement, onGrowth?: OnGrowth): RunningStream {
    const file = join(this.#spoolDirectory, read.id);
    const running = this.#runInto(file, read, onGrowth);
    const ended = running.then(
      // The end of the answer is still in the file: what was read is unknown, also of JSON.
      ({ elapsedSeconds }) => ({ rowsRead: null, bytesRead: null, elapsedSeconds }),
      () => null,
    );
    return { chunks: tailFile(file, running), ended };
  }

  async insertFile(request: InsertFileRequest): Promise<InsertCost> {
    if (GLOB.test(request.path)) {
      throw new EngineError(
        `A file to insert can't have any of *?{}[] in its path. (BAD_ARGUMENTS)`,
        36,
        'BAD_ARGUMENTS',
      );
    }
    const source = ` FROM INFILE ${quoteString(request.path)} COMPRESSION 'none'`;
    await this.#use(request.currentDatabase ?? request.database);
    // Of an insert chDB counts what it has taken from the file.
    const { rowsRead, bytesRead, elapsed } = await this.#call(insertText(request, source), 'Null');
    return { rows: rowsRead, bytes: bytesRead, elapsedSeconds: elapsed };
  }

  /** Lets go of the connection. */
  close(): void {
    this.#session.close();
  }

  #runInto(file: string, read: ReadStatement, onGrowth: OnGrowth | undefined): Promise<QueryResult> {
    const { database, format } = read;
    const settings = {
      ...read.settings,
      max_result_bytes: read.settings['max_result_bytes'] ?? SPOOLED_BYTES_MAX,
    };
    const running = this.run(readText({ ...read, settings }, file), { database, format });
    if (onGrowth !== undefined) void watchGrowth(file, running, onGrowth);
    return running;
  }

  async #use(database: string): Promise<void> {
    if (database === this.#database) return;
    await this.#call(`USE ${quoteIdentifier(database)}`, 'Null');
    this.#database = database;
  }

  /**
   * Takes out what a failed call has left. The engine keeps what that had written of its answer and puts it in front of the next
   * one, which belongs to somebody else.
   */
  async #rinse(): Promise<void> {
    for (let tries = 0; tries < RINSE_TRIES_MAX; tries += 1) {
      const left = await this.#session.queryAsync('SELECT 1', { format: 'Null' });
      if (left.bytes().length > 0) continue;
      this.#soiled = false;
      return;
    }
    throw new EngineUnavailableError('The engine keeps giving back the answer of a query that failed.');
  }

  async #call(sql: string, format: string): Promise<ChdbResult> {
    if (this.#soiled) await this.#rinse();
    try {
      return await this.#session.queryAsync(sql, { format });
    } catch (error) {
      this.#soiled = true;
      const message = error instanceof Error ? error.message : String(error);
      throw parseEngineError(message, error) ?? new EngineUnavailableError(message, { cause: error });
    }
  }
}
