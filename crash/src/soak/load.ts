import { setTimeout as delay } from 'node:timers/promises';
import { postRequest, RawConnections, residentMib } from '@goldcrest/bench';
import { Random } from '@goldcrest/example-web-analytics';
import { SOUND_TARGETS } from '../shop.js';
import type { Second, Soak } from './samples.js';

/** Connections that send batches, and such that send one event at a time: more than a server on two cores can take. */
const BATCH_CONNECTIONS = 48;
const SINGLE_CONNECTIONS = 48;

/** Rows of a batch. */
const BATCH_ROWS = 1000;

/** Different requests of each kind and Data Source. */
const BATCHES = 6;
const SINGLES = 200;

/** How long a client that was refused rests: less than it is told to, or there would be no overload. */
const REFUSED_MS = 100;

const SECOND_MS = 1000;

/** Where the load goes. */
export interface LoadNeeds {
  url: string;
  pid: number;
  token: string;
  seconds: number;
}

/** A request that is ready to be sent. */
interface Load {
  request: Buffer;
  datasource: string;
  rows: number;
}

/** Sends more than the server can take, and looks at it once a second. @returns what it saw, but for what is in the tables */
export async function overload({ url, pid, token, seconds }: LoadNeeds): Promise<Omit<Soak, 'stored'>> {
  const connections = new RawConnections(url);
  const seen = new Seen();
  const end = performance.now() + seconds * SECOND_MS;
  const { batches, singles } = requestsFor(token);
  const senders = [
    ...Array.from({ length: BATCH_CONNECTIONS }, (_, i) =>
      send(connections, seen, batches, { from: i, end }),
    ),
    ...Array.from({ length: SINGLE_CONNECTIONS }, (_, i) =>
      send(connections, seen, singles, { from: i, end }),
    ),
  ];
  const samples: Second[] = [];
  while (samples.length < seconds) {
    await delay(SECOND_MS);
    samples.push({ rssMib: await residentMib(pid), latencies: seen.takeLatencies() });
  }
  await Promise.all(senders);
  connections.close();
  const { statuses, withoutRetryAfter, broken, accepted } = seen;
  return { seconds: samples, statuses, withoutRetryAfter, broken, accepted };
}

/** What the replies were. */
class Seen {
  readonly statuses = new Map<number, number>();
  /** Rows that were accepted, by Data Source. */
  readonly accepted = new Map<string, number>();
  withoutRetryAfter = 0;
  broken = 0;
  private latencies: number[] = [];

  note({ datasource, rows }: Load, status: number, retryAfter: string | null, ms: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (status < 300) {
      this.latencies.push(ms);
      this.accepted.set(datasource, (this.accepted.get(datasource) ?? 0) + rows);
    } else if ([429, 503].includes(status) && retryAfter === null) this.withoutRetryAfter += 1;
  }

  takeLatencies(): number[] {
    return this.latencies.splice(0);
  }
}

async function send(
  connections: RawConnections,
  seen: Seen,
  loads: readonly Load[],
  { from, end }: { from: number; end: number },
): Promise<void> {
  for (let next = from; performance.now() < end; next += 1) {
    const load = loads[next % loads.length];
    if (load === undefined) return;
    const begin = performance.now();
    try {
      const { status, retryAfter } = await connections.ask(load.request);
      seen.note(load, status, retryAfter, performance.now() - begin);
      if (status >= 300) await delay(REFUSED_MS);
    } catch {
      seen.broken += 1;
      await delay(REFUSED_MS);
    }
  }
}

/** Ready requests, made once, which go to the Data Sources in turn. */
function requestsFor(token: string): { batches: Load[]; singles: Load[] } {
  const random = new Random(1);
  const request = (i: number, rows: number): Load => {
    const target = SOUND_TARGETS[i % SOUND_TARGETS.length] ?? SOUND_TARGETS[0];
    const lines = Array.from({ length: rows }, (_, row) =>
      JSON.stringify({ request: i, row, ...target.row(random, `client-${i}`) }),
    );
    const { name: datasource } = target;
    return {
      request: postRequest(`/v0/events?name=${datasource}`, token, lines.join('\n')),
      datasource,
      rows,
    };
  };
  return {
    batches: Array.from({ length: BATCHES * SOUND_TARGETS.length }, (_, i) => request(i, BATCH_ROWS)),
    singles: Array.from({ length: SINGLES }, (_, i) => request(i, 1)),
  };
}
