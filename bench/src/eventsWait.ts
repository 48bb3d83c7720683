import type { Benchmark } from './benchmark.js';
import { eventLines, eventsRequest, inTurn, sendAccepted, withEventsServer } from './eventsServer.js';
import { median, percentile } from './figures.js';
import { sequentially } from './load.js';

const REQUESTS = 1000;
const WARM_UP_MS = 1000;

/** Latency of one event with `wait=true` after the other, on a server that does nothing else; the median. */
export const waitingEvents: Benchmark = {
  name: 'events.wait_p50_ms',
  run: ({ seconds, say }) =>
    withEventsServer(async (events) => {
      const next = inTurn(eventLines(REQUESTS).map((line) => eventsRequest(events.token, [line], true)));
      const ask = () => sendAccepted(events, next());
      await sequentially(WARM_UP_MS, ask);
      const latencies = await sequentially(seconds * 1000, ask);
      say(`p99 ${percentile(latencies, 0.99).toFixed(1)} ms`);
      return median(latencies);
    }),
};
