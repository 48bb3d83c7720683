import type { PageHit } from './pageHit.js';
import { Random } from './random.js';
import { newVisit, nextHit, type Visit } from './visit.js';

/** When the first visit may begin. Fixed, so that the same seed always gives the same events. */
const START_MS = Date.UTC(2026, 0, 5);

const HOUR_MS = 3_600_000;

/** Mean time between two visits at an ordinary hour, in milliseconds: about 12,000 hits a day. */
const VISIT_EVERY_MS = 25_000;

/** How busy each hour of the day is (UTC), 1 for ordinary. */
const BUSY = [
  0.3, 0.2, 0.1, 0.1, 0.1, 0.2, 0.4, 0.7, 1, 1.2, 1.2, 1.3, 1.4, 1.3, 1.1, 1.1, 1.2, 1.3, 1.6, 1.9, 2, 1.6, 1,
  0.6,
];

/** Share of the hits that arrive late, and after how many others at the most: a phone was offline. */
const LATE_SHARE = 0.005;
const LATE_BY_MAX = 3000;

/** Most hits that are held back at a time; no more become late while there are so many. */
const HELD_MAX = 64;

interface Held {
  hit: PageHit;
  /** Number of the event before which it arrives. */
  before: number;
}

/**
 * Page hits in the order in which they arrive, which is by time but for the late ones. The sequence depends on the seed alone:
 * a larger count only goes on for longer. Memory does not grow with the count.
 * @param count how many
 * @param seed a whole number from 0 to 2^53 - 1
 */
export function* events(count: number, seed: number): Generator<PageHit, void, undefined> {
  const random = new Random(seed);
  const hits = hitsInTime(random);
  const held: Held[] = [];
  for (let sent = 0; sent < count; ) {
    const late = takeDue(held, sent);
    const hit = late ?? hits.next().value;
    if (late === undefined && held.length < HELD_MAX && random.chance(LATE_SHARE)) {
      held.push({ hit, before: sent + 1 + random.below(LATE_BY_MAX) });
      continue;
    }
    yield hit;
    sent++;
  }
}

function takeDue(held: Held[], sent: number): PageHit | undefined {
  const due = held.findIndex(({ before }) => before <= sent);
  return due < 0 ? undefined : held.splice(due, 1)[0]?.hit;
}

/** All visits' hits, endlessly, by time. */
function* hitsInTime(random: Random): Generator<PageHit, never, undefined> {
  const open: Visit[] = [];
  let visit = newVisit(random, START_MS);
  for (;;) {
    const arrivesMs = visit.nextMs;
    for (let next = open[0]; next !== undefined && next.nextMs <= arrivesMs; next = open[0]) {
      open.shift();
      yield nextHit(random, next);
      if (next.hitsLeft > 0) insertByTime(open, next);
    }
    insertByTime(open, visit);
    visit = newVisit(random, arrivesMs + gap(random, arrivesMs));
  }
}

function insertByTime(open: Visit[], visit: Visit): void {
  const later = open.findIndex((other) => other.nextMs > visit.nextMs);
  open.splice(later < 0 ? open.length : later, 0, visit);
}

/** Time to the next visit: shorter in the evening, long at night. */
function gap(random: Random, nowMs: number): number {
  const hour = new Date(nowMs).getUTCHours();
  const busy = BUSY[hour] ?? 1;
  // At most an hour, so that a quiet hour's long waits do not swallow the busy one after it.
  return Math.floor(Math.min(random.wait(VISIT_EVERY_MS / busy), HOUR_MS));
}
