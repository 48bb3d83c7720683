import { setTimeout as delay } from 'node:timers/promises';
import type { Benchmark } from './benchmark.js';
import { eventLines, eventsRequest, inTurn, withEventsServer } from './eventsServer.js';
import { concurrently } from './load.js';
import { peakDuring, residentMib } from './processMemory.js';

/** Far more than the server can take at a time. */
const CONNECTIONS = 64;
const ROWS_PER_REQUEST = 1000;
const REQUESTS = 40;

/** How long after its start a server is idle. */
const IDLE_AFTER_MS = 2000;

/** How long a client that was refused waits, less than it is told to. */
const REFUSED_MS = 50;

/** By how much the server's memory (RSS, MiB) grows at the most when more events arrive than it can take. */
export const eventsMemory: Benchmark = {
  name: 'events.rss_mb',
  run: ({ seconds, say }) =>
    withEventsServer(async (events) => {
      await delay(IDLE_AFTER_MS);
      const idleMib = await residentMib(events.server.pid);
      if (idleMib === null) {
        say('left out: this system has no /proc');
        return null;
      }
      const lines = eventLines(REQUESTS * ROWS_PER_REQUEST);
      const requests = Array.from({ length: REQUESTS }, (_, i) =>
        eventsRequest(events.token, lines.slice(i * ROWS_PER_REQUEST, (i + 1) * ROWS_PER_REQUEST)),
      );
      const next = inTurn(requests);
      const statuses = new Map<number, number>();
      const ask = async (): Promise<void> => {
        const { status } = await events.raw.ask(next());
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status >= 400) await delay(REFUSED_MS);
      };
      const { peakMib } = await peakDuring(events.server.pid, concurrently(seconds * 1000, CONNECTIONS, ask));
      const answers = [...statuses].map(([status, count]) => `${count} with ${status}`).join(', ');
      say(`answers: ${answers}; ${idleMib.toFixed(0)} MiB before, ${peakMib.toFixed(0)} MiB at the most`);
      return peakMib - idleMib;
    }),
};
