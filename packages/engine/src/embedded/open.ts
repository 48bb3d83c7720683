import { join, resolve } from 'node:path';
import { AddressList } from '@goldcrest/sql';
import { drainPending } from 'chdb';
import type { Engine, Settings } from '../engine.js';
import { EngineLockedError, EngineUnavailableError } from '../errors.js';
import { PooledEngine } from '../pooledEngine.js';
import { emptyDirectory } from '../spooledFile.js';
import { writeConfig } from './config.js';
import { forgetInterruptedInserts } from './interruptedInserts.js';
import { EmbeddedSession } from './session.js';
import { readStatus } from './status.js';

/** Native calls run on libuv's threads; this many stay free for the control session, files and DNS. */
const THREADS_KEPT_FREE = 4;
/** Threads of libuv when UV_THREADPOOL_SIZE does not say otherwise. */
const UV_THREADS_DEFAULT = 4;
/** More sessions than this gain no throughput on small machines. */
const SESSIONS_DEFAULT_MAX = 8;
/** With fewer, one slow query would hold up all others. */
const SESSIONS_DEFAULT_MIN = 2;
/** Requests that may wait for a session. */
const QUEUE_MAX = 1000;
/** How long a request may wait for a session. */
const QUEUE_WAIT_MS_MAX = 10_000;
/** How long close() lets running work go on. */
const CLOSE_WAIT_MS_MAX = 10_000;

/** How to open the embedded engine. */
export interface EmbeddedEngineOptions {
  /** Data directory, created when missing; our own files are in its folder `goldcrest`. */
  readonly path: string;
  /** Parallel requests; by default what UV_THREADPOOL_SIZE leaves room for, 2 to 8. */
  readonly sessions?: number;
  /** Requests that may wait at once, 1000 by default. */
  readonly queueMax?: number;
  /** Milliseconds that a request may wait, 10 000 by default. */
  readonly queueWaitMsMax?: number;
  /** Milliseconds that close() waits for running work before it kills it, 10 000 by default. */
  readonly closeWaitMsMax?: number;
  /** Settings of every read, below its own, for example `{ max_threads: 1 }`. */
  readonly querySettings?: Settings;
  /** Other servers that reads with `external` may reach; none by default. */
  readonly externalAddresses?: AddressList;
  /** Inserts reach the disk before they are answered; true by default. */
  readonly fsyncInserts?: boolean;
}

/**
 * Opens the engine inside this process. One process has one data directory.
 * @throws EngineLockedError when another process holds it, EngineUnavailableError when it can't be opened
 */
export async function openEmbeddedEngine(options: EmbeddedEngineOptions): Promise<Engine> {
  // The engine takes its time zone from the process when it starts. Times mean the same wherever the server runs.
  process.env['TZ'] = 'UTC';
  const path = resolve(options.path);
  const own = join(path, 'goldcrest');
  const spool = join(own, 'spool');
  const config = await prepareDirectory(path, own, options.fsyncInserts ?? true);
  // Without implicit_select=0 `EXPLAIN AST FROM t` would be a SELECT of a column named EXPLAIN, and run.
  const args = ['--implicit_select=0', `--config-file=${config}`];
  const count = options.sessions ?? defaultSessions();
  const sessions = await openSessions(path, count + 1, () => new EmbeddedSession(path, args, spool));
  // Only now: a process that holds the directory may be using its spool.
  await emptyDirectory(spool);
  const [control, ...workers] = sessions;
  if (control === undefined)
    throw new EngineUnavailableError('The embedded engine needs at least one session.');
  return new PooledEngine({
    sessions: workers,
    control,
    limits: {
      queueMax: options.queueMax ?? QUEUE_MAX,
      waitMsMax: options.queueWaitMsMax ?? QUEUE_WAIT_MS_MAX,
    },
    querySettings: options.querySettings ?? {},
    externalAddresses: options.externalAddresses ?? AddressList.none,
    closeWaitMsMax: options.closeWaitMsMax ?? CLOSE_WAIT_MS_MAX,
    disconnect: () => closeSessions(sessions),
  });
}

/** Makes a data directory ready for the engine to open it; returns the path of the engine's configuration. */
async function prepareDirectory(path: string, own: string, fsyncInserts: boolean): Promise<string> {
  try {
    const config = await writeConfig(own, { fsyncInserts });
    const status = await readStatus(path);
    // What another process holds is its own; opening is about to say so.
    if (status !== null && !status.isHeld) forgetInterruptedInserts(path, own);
    return config;
  } catch (error) {
    throw await openingError(path, error);
  }
}

function defaultSessions(): number {
  const threads = Number(process.env['UV_THREADPOOL_SIZE']) || UV_THREADS_DEFAULT;
  return Math.min(SESSIONS_DEFAULT_MAX, Math.max(SESSIONS_DEFAULT_MIN, threads - THREADS_KEPT_FREE));
}

async function openSessions(
  path: string,
  count: number,
  openOne: () => EmbeddedSession,
): Promise<EmbeddedSession[]> {
  const sessions: EmbeddedSession[] = [];
  try {
    while (sessions.length < count) sessions.push(openOne());
    return sessions;
  } catch (error) {
    await closeSessions(sessions);
    throw await openingError(path, error);
  }
}

/** chDB only says that it could not open. */
async function openingError(path: string, error: unknown): Promise<EngineUnavailableError> {
  const status = await readStatus(path);
  if (status?.isHeld) {
    const message = `The data directory ${path} is in use by process ${status.pid}: stop it, or choose another directory.`;
    return new EngineLockedError(message, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new EngineUnavailableError(`The data directory ${path} can't be opened: ${reason}`, {
    cause: error,
  });
}

async function closeSessions(sessions: readonly EmbeddedSession[]): Promise<void> {
  for (const session of sessions) session.close();
  await drainPending();
}
