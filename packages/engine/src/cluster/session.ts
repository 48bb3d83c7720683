import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import type { InsertFileRequest, QueryCost, QueryResult } from '../engine.js';
import { EngineError, EngineUnavailableError } from '../errors.js';
import { readText } from '../readText.js';
import type { EngineSession, RunningStream, RunOptions } from '../session.js';
import { insertText, type ReadStatement } from '../statement.js';
import { readBody, readChunks, readError } from './responses.js';

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

  constructor(client: ClickHouseClient) {
    this.#client = client;
  }

  async run(sql: string, options: RunOptions): Promise<QueryResult> {
    return this.#complete(sql, options);
  }

  stream(read: ReadStatement): RunningStream {
    let end: (cost: QueryCost | null) => void = () => {};
    const ended = new Promise<QueryCost | null>((resolve) => {
      end = resolve;
    });
    return { chunks: this.#chunks(read, end), ended };
  }

  async insertFile(request: InsertFileRequest): Promise<void> {
    const file = await openFile(request.path);
    try {
      // Some servers call an INSERT without rows an error; the embedded engine does not.
      if ((await file.stat()).size === 0) return;
      const { database } = request;
      await this.#complete(insertText(request, ''), {
        database,
        format: 'Null',
        values: file.createReadStream(),
      });
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
      cost = costOf(reply.summary);
    } catch (error) {
      throw toEngineError(error);
    } finally {
      body?.destroy();
      end(cost);
    }
  }

  async #complete(sql: string, options: SendOptions): Promise<QueryResult> {
    // The server then answers when all is done: with the right status, and with the cost in the summary.
    const reply = await this.#send(sql, { ...options, httpSettings: { wait_end_of_query: 1 } });
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

/** What the server had counted when it sent its headers: all of it for a complete answer, its beginning for a stream. */
function costOf(summary: Reply['summary']): QueryCost {
  return {
    rowsRead: Number(summary['read_rows'] ?? 0),
    bytesRead: Number(summary['read_bytes'] ?? 0),
    elapsedSeconds: Number(summary['elapsed_ns'] ?? 0) / 1e9,
  };
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
