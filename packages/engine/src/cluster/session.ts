import { createWriteStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import type { InsertCost, InsertFileRequest, QueryCost, QueryResult, SpooledResult } from '../engine.js';
import { EngineError, EngineUnavailableError } from '../errors.js';
import { readText } from '../readText.js';
import type { EngineSession, OnGrowth, RunningStream, RunOptions } from '../session.js';
import { spooledFile } from '../spooledFile.js';
import { insertText, type ReadStatement } from '../statement.js';
import { readBody, readChunks, readError, toBytes } from './responses.js';

/** The server then answers when all is done: with the right status, and with the cost in the summary. */
const WHOLE: ClickHouseSettings = { wait_end_of_query: 1 };

/** How one request is sent. */
interface SendOptions extends RunOptions {
  /** Of the HTTP request, next to those in the SQL. */
  readonly httpSettings?: ClickHouseSettings;
  readonly values?: Readable;
}

/** A successful reply whose body has not been read. */
interface Reply {
  readonly body: Readable;
  readonly summary: Readonly<Record<string, unknown>>;
  readonly exceptionTag: string | undefined;
}

/** One request at a time to a ClickHouse server over HTTP. The database goes with each request. */
export class ClusterSession implements EngineSession {
  /** No database is remembered, so every session suits every request. */
  readonly database = '';
  readonly #client: ClickHouseClient;
  readonly #spoolDirectory: string;

  /** @param spoolDirectory existing directory for answers on their way to a reader */
  constructor(client: ClickHouseClient, spoolDirectory: string) {
    this.#client = client;
    this.#spoolDirectory = spoolDirectory;
  }

  async run(sql: string, options: RunOptions): Promise<QueryResult> {
    return this.#complete(sql, options);
  }

  /** Buffered by the server first, which then gives the right status and the cost. */
  async spool(read: ReadStatement, onGrowth?: OnGrowth): Promise<SpooledResult> {
    const { database, format } = read;
    const path = join(this.#spoolDirectory, read.id);
    const reply = await this.#send(readText(read), { database, format, httpSettings: WHOLE });
    try {
      await pipeline(counted(reply.body, onGrowth), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
      return { ...(await spooledFile(path)), ...costOf(reply.summary) };
    } catch (error) {
      await rm(path, { force: true });
      throw toEngineError(error);
    }
  }

  stream(read: ReadStatement): RunningStream {
    let end: (cost: QueryCost | null) => void = () => {};
    const ended = new Promise<QueryCost | null>((resolve) => {
      end = resolve;
    });
    return { chunks: this.#chunks(read, end), ended };
  }

  async insertFile(request: InsertFileRequest): Promise<InsertCost> {
    const file = await openFile(request.path);
    try {
      // Some servers call an INSERT without rows an error; the embedded engine does not.
      if ((await file.stat()).size === 0) return { rows: 0, bytes: 0, elapsedSeconds: 0 };
      const database = request.currentDatabase ?? request.database;
      const cost = await this.#complete(insertText(request, ''), {
        database,
        format: 'Null',
        values: file.createReadStream(),
      });
      // Of an insert the server counts as read what it has taken from the request.
      return { rows: cost.rowsRead ?? 0, bytes: cost.bytesRead ?? 0, elapsedSeconds: cost.elapsedSeconds };
    } finally {
      await file.close();
    }
  }

  async *#chunks(read: ReadStatement, end: (cost: QueryCost | null) => void): AsyncGenerator<Uint8Array> {
    let body: Readable | undefined;
    let cost: QueryCost | null = null;
    try {
      const { database, format } = read;
      const reply = await this.#send(readText(read), { database, format });
      body = reply.body;
      yield* readChunks(body, reply.exceptionTag);
      // The summary came with the headers, when the server had only begun to count.
      cost = { ...costOf(reply.summary), rowsRead: null, bytesRead: null };
    } catch (error) {
      throw toEngineError(error);
    } finally {
      body?.destroy();
      end(cost);
    }
  }

  async #complete(sql: string, options: SendOptions): Promise<QueryResult> {
    const reply = await this.#send(sql, { ...options, httpSettings: WHOLE });
    try {
      const body = await readBody(reply.body);
      return { body, ...costOf(reply.summary) };
    } catch (error) {
      throw toEngineError(error);
    }
  }

  async #send(sql: string, options: SendOptions): Promise<Reply> {
    const headers: Record<string, string> = { 'X-ClickHouse-Format': options.format };
    if (options.database !== undefined) headers['X-ClickHouse-Database'] = options.database;
    const params = {
      query: sql,
      http_headers: headers,
      clickhouse_settings: options.httpSettings ?? {},
      // The client's own reading of errors loses part of the text.
      ignore_error_response: true,
    };
    try {
      const { values } = options;
      const sent = await this.#client.exec(values === undefined ? params : { ...params, values });
      const status = sent.http_status_code ?? 200;
      if (status >= 400) throw await readError(sent.stream, status);
      const tag = sent.response_headers['x-clickhouse-exception-tag'];
      return {
        body: sent.stream,
        summary: { ...sent.summary },
        exceptionTag: typeof tag === 'string' ? tag : undefined,
      };
    } catch (error) {
      throw toEngineError(error);
    }
  }
}

/** What the server had counted when it sent its headers. */
function costOf(summary: Reply['summary']): QueryCost {
  return {
    rowsRead: known(summary['read_rows']),
    bytesRead: known(summary['read_bytes']),
    elapsedSeconds: Number(summary['elapsed_ns'] ?? 0) / 1e9,
  };
}

/** Passes bytes on and tells how many there were so far. */
async function* counted(body: Readable, onGrowth: OnGrowth = () => {}): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    const piece = toBytes(chunk);
    bytes += piece.length;
    onGrowth(bytes);
    yield piece;
  }
}

function known(count: unknown): number | null {
  return count === undefined ? null : Number(count);
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw new EngineError(`File ${path} can't be read. (FILE_DOESNT_EXIST)`, 107, 'FILE_DOESNT_EXIST', {
      cause: error,
    });
  }
}

function toEngineError(error: unknown): Error {
  if (error instanceof EngineError || error instanceof EngineUnavailableError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new EngineUnavailableError(`The database can't be reached: ${reason}`, { cause: error });
}
