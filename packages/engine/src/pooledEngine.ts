import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AddressList } from '@goldcrest/sql';
import type {
  CommandRequest,
  Engine,
  InsertCost,
  InsertFileRequest,
  QueryRequest,
  QueryResult,
  Settings,
  SpooledResult,
  SpoolRequest,
  StreamRequest,
} from './engine.js';
import { QueryCancelledError } from './errors.js';
import { cleanAstError, cleanReadError, readText } from './readText.js';
import type { EngineSession } from './session.js';
import { type SlotLimits, Slots } from './slots.js';
import { commandText, explainAstText, killText, type ReadStatement, readStatement } from './statement.js';

/** Between two tries to end a query: one that has only just been sent is not known to the database yet. */
const KILL_RETRY_MS = 50;
/** Tries to end a query before it is left to its own time limit. */
const KILL_TRIES_MAX = 100;
/** The control session's own queue: kills and pings take milliseconds. */
const CONTROL_LIMITS: SlotLimits = { queueMax: 1000, waitMsMax: 10_000 };
/** How long close() waits for queries that it has killed, and for the database to let go. */
const CLOSE_KILL_MS = 5000;
/** A name that every database has: sessions that run commands without a database use it. */
const DEFAULT_DATABASE = 'default';

/** What a pooled engine is made of. */
export interface PooledEngineParts {
  readonly sessions: readonly EngineSession[];
  /** For killing, pinging and the version, so that they work when the others are busy. */
  readonly control: EngineSession;
  readonly limits: SlotLimits;
  /** Settings of every read, below those of the request. */
  readonly querySettings: Settings;
  /** Where reads may go that reach other servers. */
  readonly externalAddresses: AddressList;
  /** Milliseconds that close() lets running work go on. */
  readonly closeWaitMsMax: number;
  /** Lets go of the database when nothing runs any more. */
  readonly disconnect: () => Promise<void>;
}

/** An Engine over a fixed number of sessions: who may run, who waits, who is ended. */
export class PooledEngine implements Engine {
  readonly #parts: PooledEngineParts;
  readonly #sessions: Slots<EngineSession>;
  readonly #control: Slots<EngineSession>;
  readonly #running = new Map<string, Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(parts: PooledEngineParts) {
    this.#parts = parts;
    this.#sessions = new Slots(parts.sessions, parts.limits);
    this.#control = new Slots([parts.control], CONTROL_LIMITS);
  }

  async query(request: QueryRequest): Promise<QueryResult> {
    return this.#read(request, (session, read) =>
      session.run(readText(read), { database: read.database, format: read.format }),
    );
  }

  async spool(request: SpoolRequest): Promise<SpooledResult> {
    return this.#read(request, (session, read) => {
      const running = session.spool(read, request.onGrowth);
      // Whoever went away takes no file.
      void running.then((spooled) => (request.signal?.aborted ? spooled.remove() : undefined), ignore);
      return running;
    });
  }

  async *stream(request: StreamRequest): AsyncIterable<Uint8Array> {
    const { signal } = request;
    const read = readStatement(request, randomUUID(), this.#parts);
    const session = await this.#acquire(request.database, signal);
    const { chunks, ended } = session.stream(read, request.onGrowth);
    void ended.then(request.onEnd);
    const tracked = this.#track(session, read.id, ended);
    const onAbort = () => void this.#kill(read.id, tracked);
    signal?.addEventListener('abort', onAbort, { once: true });
    let complete = false;
    try {
      for await (const chunk of chunks) {
        if (signal?.aborted) throw cancelled();
        yield chunk;
      }
      complete = true;
    } catch (error) {
      throw signal?.aborted ? cancelled() : cleanReadError(error, read);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      if (!complete && this.#running.has(read.id)) await this.#kill(read.id, tracked);
    }
  }

  async command(request: CommandRequest): Promise<void> {
    const database = request.database ?? DEFAULT_DATABASE;
    await this.#hold(database, (session) => session.run(commandText(request), { database, format: 'Null' }));
  }

  async insertFile(request: InsertFileRequest): Promise<InsertCost> {
    const { signal } = request;
    const id = randomUUID();
    const session = await this.#acquire(request.currentDatabase ?? request.database, signal);
    const settings = { ...request.settings, log_comment: id };
    const running = session.insertFile({ ...request, settings });
    void this.#track(session, id, running);
    const onAbort = () => void this.#kill(id, running);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await running;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async explainAst(sql: string): Promise<string> {
    const text = explainAstText(sql);
    try {
      const result = await this.#hold(undefined, (session) => session.run(text, { format: 'TSVRaw' }));
      return new TextDecoder().decode(result.body);
    } catch (error) {
      throw cleanAstError(error);
    }
  }

  async version(): Promise<string> {
    const result = await this.#runControl('SELECT version()');
    return new TextDecoder().decode(result.body).trim();
  }

  async ping(): Promise<void> {
    await this.#runControl('SELECT 1');
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const idle = await this.#sessions.close(this.#parts.closeWaitMsMax);
    if (!idle) {
      const kills = [...this.#running].map(([id, running]) => this.#kill(id, running));
      await Promise.race([Promise.all(kills), delay(CLOSE_KILL_MS, undefined, { ref: false })]);
    }
    await this.#control.close(CLOSE_KILL_MS);
    // A command that nothing can end must not keep the process from ending.
    await Promise.race([this.#parts.disconnect(), delay(CLOSE_KILL_MS, undefined, { ref: false })]);
  }

  #acquire(database: string | undefined, signal?: AbortSignal): Promise<EngineSession> {
    return this.#sessions.acquire(
      (session) => database === undefined || session.database === database,
      signal,
    );
  }

  async #read<T>(
    request: QueryRequest,
    start: (session: EngineSession, read: ReadStatement) => Promise<T>,
  ): Promise<T> {
    const read = readStatement(request, randomUUID(), this.#parts);
    const session = await this.#acquire(request.database, request.signal);
    const running = start(session, read);
    void this.#track(session, read.id, running);
    try {
      return await this.#untilAborted(running, read.id, request.signal);
    } catch (error) {
      throw cleanReadError(error, read);
    }
  }

  async #hold<T>(database: string | undefined, work: (session: EngineSession) => Promise<T>): Promise<T> {
    const session = await this.#acquire(database);
    try {
      return await work(session);
    } finally {
      this.#sessions.release(session);
    }
  }

  async #runControl(sql: string): Promise<QueryResult> {
    const session = await this.#control.acquire(() => true);
    try {
      return await session.run(sql, { format: 'TSVRaw' });
    } finally {
      this.#control.release(session);
    }
  }

  /** Gives the session back when the database has let go of it, whatever the caller has been told by then. */
  async #track(session: EngineSession, id: string, running: Promise<unknown>): Promise<void> {
    this.#running.set(id, running);
    await Promise.allSettled([running]);
    this.#running.delete(id);
    this.#sessions.release(session);
  }

  async #untilAborted<T>(running: Promise<T>, id: string, signal: AbortSignal | undefined): Promise<T> {
    if (signal === undefined) return running;
    let onAbort = () => {};
    const aborted = new Promise<never>((_resolve, reject) => {
      onAbort = () => {
        reject(cancelled());
        void this.#kill(id, running);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
    try {
      return await Promise.race([running, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends a query in the database; resolves when it has ended. A failure is a warning: the query's own limit ends it. */
  async #kill(id: string, running: Promise<unknown>): Promise<void> {
    const settled = Promise.allSettled([running]);
    try {
      for (let tries = 0; tries < KILL_TRIES_MAX; tries += 1) {
        await this.#runControl(killText(id));
        const ended = await Promise.race([settled, delay(KILL_RETRY_MS)]);
        if (ended !== undefined) return;
      }
      process.emitWarning(`Query ${id} did not end after ${KILL_TRIES_MAX} tries to kill it.`);
    } catch (error) {
      process.emitWarning(`Query ${id} could not be killed: ${String(error)}`);
    }
  }
}

/** For a failure that somebody else is told of. */
function ignore(): void {}

function cancelled(): QueryCancelledError {
  return new QueryCancelledError('The query was cancelled.');
}
