import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GoldcrestClient, localToken } from '@goldcrest/client';
import { applyWebAnalytics } from '@goldcrest/example-web-analytics';
import { quoteString } from '@goldcrest/sql';
import type { Bench, Benchmark } from './benchmark.js';
import {
  type EventsServer,
  eventLines,
  eventsRequest,
  sendAccepted,
  TABLE,
  untilQueryable,
  withEventsServer,
} from './eventsServer.js';
import { median } from './figures.js';
import { RawEngine } from './rawEngine.js';
import { ServerProcess } from './serverProcess.js';

const ROWS_PER_REQUEST = 1000;
const REQUESTS = 100;
const CONNECTIONS = 8;

/** Before anything counts. */
const WARM_UP_ROUNDS = 2;

/** A round takes about so long on a slow machine, both sides together; there are some however short the time is. */
const ROUND_MS = 2000;
const ROUNDS_MIN = 3;

const MB = 1_000_000;

/** The columns of the example's Data Source, taken by the engine itself from the lines that the server is sent. */
const NESTED =
  'Tuple(shop String, pathname String, country Nullable(String), load_ms Nullable(UInt32), labels Array(String))';
const STRUCTURE =
  'ts String, session_id String, visitor UInt64, action String, version Nullable(String), payload String';

/** Megabytes of events in requests of 1,000 rows, in a second until all of them can be queried. */
export const batchedEvents: Benchmark = {
  name: 'events.batch_mb_s',
  run: (bench) => withEventsServer((events) => measureSpeed(events, bench)),
};

/** The same, divided by what the engine alone takes when it reads the same lines from a file; in rounds that alternate. */
export const batchedEventsRatio: Benchmark = {
  name: 'events.batch_ratio',
  run: (bench) => withEventsServer((events) => withRawTable((insert) => measureRatio(events, insert, bench))),
};

async function measureSpeed(events: EventsServer, { seconds, say }: Bench): Promise<number> {
  const ours = new Batches(events);
  const speeds: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < Math.max(ROUNDS_MIN, (seconds * 1000) / ROUND_MS); round += 1) {
    const speed = await ours.round();
    if (round >= 0) speeds.push(speed);
  }
  say(`MB/s of the rounds: ${shown(speeds)}`);
  return median(speeds);
}

async function measureRatio(
  events: EventsServer,
  insert: () => Promise<void>,
  { seconds, say }: Bench,
): Promise<number> {
  const ours = new Batches(events);
  const [speeds, rawSpeeds]: [number[], number[]] = [[], []];
  for (let round = -WARM_UP_ROUNDS; round < Math.max(ROUNDS_MIN, (seconds * 1000) / ROUND_MS); round += 1) {
    const [speed, rawSpeed] = [await ours.round(), await ours.speedOf(insert)];
    if (round < 0) continue;
    speeds.push(speed);
    rawSpeeds.push(rawSpeed);
  }
  say(`MB/s: ${shown(speeds)}; of the engine alone ${shown(rawSpeeds)}`);
  return median(speeds) / median(rawSpeeds);
}

/** The requests of one round. */
class Batches {
  private readonly bytes: number;
  private readonly requests: readonly Buffer[];
  private sent = 0;

  constructor(private readonly events: EventsServer) {
    const lines = eventLines(REQUESTS * ROWS_PER_REQUEST);
    this.bytes = Buffer.byteLength(lines.join('\n'));
    this.requests = Array.from({ length: REQUESTS }, (_, i) =>
      eventsRequest(events.token, lines.slice(i * ROWS_PER_REQUEST, (i + 1) * ROWS_PER_REQUEST)),
    );
  }

  /** Sends all of them once and waits for their rows. @returns megabytes per second */
  round(): Promise<number> {
    return this.speedOf(async () => {
      const waiting = [...this.requests];
      const sender = async (): Promise<void> => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
          await sendAccepted(this.events, next);
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, sender));
      this.sent += REQUESTS * ROWS_PER_REQUEST;
      await untilQueryable(this.events, this.sent);
    });
  }

  /** Megabytes per second of what takes the lines of a round. */
  async speedOf(take: () => Promise<void>): Promise<number> {
    const begin = performance.now();
    await take();
    return this.bytes / MB / ((performance.now() - begin) / 1000);
  }
}

/** Lets the engine without the server take the lines of a round into a table that is the same. */
async function withRawTable<T>(measure: (insert: () => Promise<void>) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'goldcrest-bench-'));
  try {
    const file = join(directory, 'events.ndjson');
    await writeFile(file, eventLines(REQUESTS * ROWS_PER_REQUEST).join('\n'));
    const raw = new RawEngine(await emptyTable(directory));
    try {
      return await measure(() => raw.command(insertSql(file)));
    } finally {
      await raw.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** An engine's directory with the Data Source's table, made by a server. */
async function emptyTable(directory: string): Promise<string> {
  const dataPath = join(directory, 'data');
  const server = await ServerProcess.start(dataPath);
  try {
    const token = await localToken(server.url);
    await applyWebAnalytics(new GoldcrestClient({ host: server.url, token }));
  } finally {
    await server.stop();
  }
  const enginePath = join(directory, 'engine');
  await cp(join(dataPath, 'engine'), enginePath, { recursive: true, verbatimSymlinks: true });
  return enginePath;
}

function insertSql(file: string): string {
  return `INSERT INTO ${TABLE} SELECT parseDateTime64BestEffort(ts, 3), session_id, visitor, action, ifNull(version, '1'), payload,
  nested.shop, nested.pathname, nested.country, nested.load_ms, nested.labels
FROM (
  SELECT *, JSONExtract(payload, ${quoteString(NESTED)}) AS nested
  FROM file(${quoteString(file)}, 'JSONEachRow', ${quoteString(STRUCTURE)})
)
SETTINGS input_format_json_read_objects_as_strings = 1`;
}

function shown(speeds: readonly number[]): string {
  return speeds.map((speed) => speed.toFixed(0)).join(', ');
}
