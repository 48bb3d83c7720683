import { setTimeout as delay } from 'node:timers/promises';
import type { Benchmark } from './benchmark.js';
import {
  type EventsServer,
  eventLines,
  eventsRequest,
  inTurn,
  numberOf,
  sendAccepted,
  TABLE,
  withEventsServer,
} from './eventsServer.js';
import { median, percentile } from './figures.js';
import { sequentially } from './load.js';

/** Events that are sent in a second, and in one request. */
const EVENTS_PER_SECOND = 5000;
const EVENTS_PER_REQUEST = 5;

/** Connections of the load, which wait between their requests. */
const CONNECTIONS = 50;

/** Between two events that are looked for, and between two looks. */
const PROBE_MS = 20;
const LOOK_MS = 5;

/** How long after the last one the last look is. */
const LAST_LOOK_MS = 10_000;

/** A shop that no event of the load has. */
const PROBE_SHOP = 'freshness-probe';

const SEEN = `SELECT max(visitor) AS n FROM ${TABLE} WHERE shop = '${PROBE_SHOP}'`;

/**
 * How long after its acknowledgement an event is seen by a query, at the latest of 99 of 100, while 5,000 events a second arrive.
 * The events that are looked for have numbers that go up, and are sent one after the other.
 */
export const freshness: Benchmark = {
  name: 'events.freshness_p99_ms',
  run: ({ seconds, say }) =>
    withEventsServer(async (events) => {
      const end = performance.now() + seconds * 1000;
      const probes = new Probes();
      const load = keepSending(events, end);
      await Promise.all([load, sendProbes(events, probes, end), look(events, probes, end + LAST_LOOK_MS)]);
      const { waits } = probes;
      say(`${await load} events/s; p50 ${median(waits).toFixed(0)} ms of ${waits.length} events`);
      return percentile(waits, 0.99);
    }),
};

/** Events that were acknowledged, and how long each took to be seen, in milliseconds. */
export class Probes {
  readonly waits: number[] = [];
  private readonly acknowledged: number[] = [];
  private allSent = false;

  /** Notes when the next one was acknowledged; they count from 1. */
  acknowledge(at: number): void {
    this.acknowledged.push(at);
  }

  /** No further ones come. */
  finish(): void {
    this.allSent = true;
  }

  /** Notes that a query saw those up to a number. */
  seen(upTo: number, at: number): void {
    while (this.waits.length < Math.min(upTo, this.acknowledged.length)) {
      // One that was seen before its acknowledgement arrived was there at once.
      this.waits.push(Math.max(0, at - (this.acknowledged[this.waits.length] ?? at)));
    }
  }

  /** Whether all were seen. */
  get done(): boolean {
    return this.allSent && this.waits.length === this.acknowledged.length;
  }
}

/** @returns events per second that were accepted */
async function keepSending(events: EventsServer, end: number): Promise<string> {
  const lines = eventLines(EVENTS_PER_REQUEST * 400);
  const requests = Array.from({ length: 400 }, (_, i) =>
    eventsRequest(events.token, lines.slice(i * EVENTS_PER_REQUEST, (i + 1) * EVENTS_PER_REQUEST)),
  );
  const next = inTurn(requests);
  const begin = performance.now();
  const everyMs = (1000 * CONNECTIONS * EVENTS_PER_REQUEST) / EVENTS_PER_SECOND;
  const sender = async (_: unknown, i: number): Promise<number> => {
    let sent = 0;
    // Each begins a little later than the one before, and keeps to its times.
    for (let due = begin + (i * everyMs) / CONNECTIONS; due < end; due += everyMs) {
      await delay(Math.max(0, due - performance.now()));
      await sendAccepted(events, next());
      sent += EVENTS_PER_REQUEST;
    }
    return sent;
  };
  const counts = await Promise.all(Array.from({ length: CONNECTIONS }, sender));
  const sent = counts.reduce((sum, count) => sum + count, 0);
  return ((sent * 1000) / (performance.now() - begin)).toFixed(0);
}

async function sendProbes(events: EventsServer, probes: Probes, end: number): Promise<void> {
  let number = 0;
  await sequentially(end - performance.now(), async () => {
    number += 1;
    const payload = { shop: PROBE_SHOP, pathname: '/', labels: [] };
    const event = {
      ts: '2026-01-05T00:00:00.000Z',
      session_id: 'probe',
      visitor: number,
      action: 'page_hit',
      payload,
    };
    await sendAccepted(events, eventsRequest(events.token, [JSON.stringify(event)]));
    probes.acknowledge(performance.now());
    await delay(PROBE_MS);
  });
  probes.finish();
}

async function look(events: EventsServer, probes: Probes, end: number): Promise<void> {
  while (!probes.done) {
    probes.seen(await numberOf(events, SEEN), performance.now());
    if (performance.now() > end)
      throw new Error(`An event was not there ${LAST_LOOK_MS / 1000} seconds later.`);
    await delay(LOOK_MS);
  }
}
