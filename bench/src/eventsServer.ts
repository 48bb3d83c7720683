import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GoldcrestClient, localToken } from '@goldcrest/client';
import { applyWebAnalytics, events, toLine } from '@goldcrest/example-web-analytics';
import { HttpCaller } from './http.js';
import { postRequest, RawConnections } from './rawHttp.js';
import { ServerProcess } from './serverProcess.js';

/** Settings of the server besides the defaults, for all benchmarks of events. */
const FLAGS: readonly string[] = [];

/** The Data Source that is sent to. */
export const TABLE = 'page_hits';

const SEED = 1;

/** Between two looks at how many rows there are, and how long they may be on their way. */
const LOOK_MS = 10;
const QUERYABLE_MS_MAX = 60_000;

/** A fresh server with the example's empty Data Source, and ways to it. */
export interface EventsServer {
  server: ServerProcess;
  dataPath: string;
  token: string;
  /** For queries. */
  http: HttpCaller;
  /** For events. */
  raw: RawConnections;
}

/** Starts a server with an empty Data Source, lets it be measured, and removes it. */
export async function withEventsServer<T>(measure: (events: EventsServer) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'goldcrest-bench-'));
  const dataPath = join(directory, 'data');
  try {
    const server = await ServerProcess.start(dataPath, FLAGS);
    const raw = new RawConnections(server.url);
    const token = await localToken(server.url);
    const http = new HttpCaller(server.url, token, 2);
    try {
      await applyWebAnalytics(new GoldcrestClient({ host: server.url, token }));
      return await measure({ server, dataPath, token, http, raw });
    } finally {
      http.close();
      raw.close();
      await server.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The example's first events, as lines of NDJSON. */
export function eventLines(count: number): string[] {
  return Array.from(events(count, SEED), toLine);
}

/** A request with events, ready to be sent. */
export function eventsRequest(token: string, lines: readonly string[], wait = false): Buffer {
  return postRequest(`/v0/events?name=${TABLE}&wait=${wait}`, token, lines.join('\n'));
}

/** Gives the items one after the other, again and again. */
export function inTurn<Item>(items: readonly Item[]): () => Item {
  let next = 0;
  return () => {
    const item = items[next++ % items.length];
    if (item === undefined) throw new RangeError('There is nothing to take turns.');
    return item;
  };
}

/** Sends events that have to be accepted. @throws Error when they are not */
export async function sendAccepted({ raw }: EventsServer, request: Buffer): Promise<void> {
  const { status, body } = await raw.ask(request);
  if (status !== 202 && status !== 200) throw new Error(`Events were answered with ${status}: ${body}`);
}

/** Asks for one number. @param sql gives it as `n` */
export async function numberOf({ http }: Pick<EventsServer, 'http'>, sql: string): Promise<number> {
  const { body } = await http.get(`/v0/sql?q=${encodeURIComponent(`${sql} FORMAT JSON`)}`);
  const reply: unknown = JSON.parse(body);
  const rows = typeof reply === 'object' && reply !== null && 'data' in reply ? reply.data : null;
  const row: unknown = Array.isArray(rows) ? rows[0] : null;
  if (typeof row === 'object' && row !== null && 'n' in row) return Number(row.n);
  throw new Error(`The reply has no number: ${body}`);
}

/** Resolves when so many rows can be queried. @throws Error when there are more, or not as many after a minute */
export async function untilQueryable(events: EventsServer, rows: number): Promise<void> {
  const deadline = performance.now() + QUERYABLE_MS_MAX;
  for (;;) {
    const count = await numberOf(events, `SELECT count() AS n FROM ${TABLE}`);
    if (count === rows) return;
    if (count > rows || performance.now() > deadline) {
      throw new Error(`${rows} rows were sent, ${count} can be queried.`);
    }
    await delay(LOOK_MS);
  }
}
