import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { AddressList } from '@goldcrest/sql';
import type { Engine, Settings } from '../engine.js';
import { EngineUnavailableError } from '../errors.js';
import { PooledEngine } from '../pooledEngine.js';
import { emptyDirectory } from '../spooledFile.js';
import { ClusterSession } from './session.js';

/** Requests that run at once. The cluster has its own limits; this one keeps a single server of ours polite. */
const SESSIONS_DEFAULT = 32;
/** Requests that may wait for their turn. */
const QUEUE_MAX = 1000;
/** How long a request may wait for its turn. */
const QUEUE_WAIT_MS_MAX = 10_000;
/** How long close() lets running work go on. */
const CLOSE_WAIT_MS_MAX = 10_000;
/** Silence after which a connection counts as dead: longer than any query or insert may take. */
const REQUEST_TIMEOUT_MS = 600_000;

/** How to reach a ClickHouse server or cluster. */
export interface ClusterEngineOptions {
  /** HTTP address, for example `http://localhost:8123`. */
  readonly url: string;
  /** `default` where none is given. The user must be allowed to change settings. */
  readonly username?: string;
  readonly password?: string;
  /** Parallel requests, 32 by default. */
  readonly sessions?: number;
  /** Requests that may wait at once, 1000 by default. */
  readonly queueMax?: number;
  /** Milliseconds that a request may wait, 10 000 by default. */
  readonly queueWaitMsMax?: number;
  /** Milliseconds that close() waits for running work before it kills it, 10 000 by default. */
  readonly closeWaitMsMax?: number;
  /** Settings of every read, below its own. */
  readonly querySettings?: Settings;
  /** Where answers lie on their way to a reader, emptied at the start; a new directory of the system's where none is given. */
  readonly spoolDirectory?: string;
  /** Other servers that reads with `external` may reach; none by default. */
  readonly externalAddresses?: AddressList;
}

/**
 * Connects to a ClickHouse server.
 * @throws EngineUnavailableError when it doesn't answer or refuses the user
 */
export async function openClusterEngine(options: ClusterEngineOptions): Promise<Engine> {
  const count = options.sessions ?? SESSIONS_DEFAULT;
  const client = createClient({
    url: options.url,
    username: options.username ?? 'default',
    password: options.password ?? '',
    max_open_connections: count + 1,
    request_timeout: REQUEST_TIMEOUT_MS,
    log: { level: ClickHouseLogLevel.OFF },
  });
  const spool = await prepareSpool(options.spoolDirectory);
  const engine = new PooledEngine({
    sessions: Array.from({ length: count }, () => new ClusterSession(client, spool)),
    control: new ClusterSession(client, spool),
    limits: {
      queueMax: options.queueMax ?? QUEUE_MAX,
      waitMsMax: options.queueWaitMsMax ?? QUEUE_WAIT_MS_MAX,
    },
    querySettings: options.querySettings ?? {},
    externalAddresses: options.externalAddresses ?? AddressList.none,
    closeWaitMsMax: options.closeWaitMsMax ?? CLOSE_WAIT_MS_MAX,
    disconnect: async () => {
      await client.close();
      await rm(spool, { recursive: true, force: true });
    },
  });
  try {
    await engine.ping();
    return engine;
  } catch (error) {
    await engine.close();
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The database at ${new URL(options.url).host} can't be used: ${reason}`;
    throw new EngineUnavailableError(message, { cause: error });
  }
}

async function prepareSpool(given: string | undefined): Promise<string> {
  if (given === undefined) return mkdtemp(join(tmpdir(), 'goldcrest-spool-'));
  await emptyDirectory(given);
  return given;
}
