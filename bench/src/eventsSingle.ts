import { withBareServer } from './bareServer.js';
import type { Benchmark } from './benchmark.js';
import {
  type EventsServer,
  eventLines,
  eventsRequest,
  inTurn,
  sendAccepted,
  untilQueryable,
  withEventsServer,
} from './eventsServer.js';
import { median } from './figures.js';
import { concurrently, type Load } from './load.js';

/** Connections that stay open, each with one request after the other. */
const CONNECTIONS = 64;

/** Different requests, so that no two in a row are the same. */
const REQUESTS = 2000;

const ROUND_MS = 1500;

/** Until Node has compiled what takes up a request, on either side. */
const WARM_UP_MS = 3000;

/** Requests of one event each that are accepted in a second, with `wait=false`. */
export const singleEvents: Benchmark = {
  name: 'events.single_rps',
  run: ({ seconds, say }) =>
    withEventsServer(async (events) => {
      const ours = new Ours(events);
      await ours.round(WARM_UP_MS);
      const rates: number[] = [];
      for (let left = seconds * 1000; left > 0; left -= ROUND_MS) rates.push(await ours.round(ROUND_MS));
      say(`requests/s of the rounds: ${shown(rates)}; the generator was busy for ${ours.busyPercent()} %`);
      return median(rates);
    }),
};

/** The same, divided by what a bare server takes that reads the body and answers; in rounds that alternate. */
export const singleEventsRatio: Benchmark = {
  name: 'events.single_ratio',
  run: ({ seconds, say }) =>
    withEventsServer((events) =>
      withBareServer(async (bare) => {
        const ours = new Ours(events);
        const next = inTurn(ours.requests);
        const askBare = (ms: number): Promise<Load> => concurrently(ms, CONNECTIONS, () => bare.ask(next()));
        await ours.round(WARM_UP_MS);
        await askBare(WARM_UP_MS);
        const [rates, bareRates]: [number[], number[]] = [[], []];
        for (let left = seconds * 1000; left > 0; left -= 2 * ROUND_MS) {
          rates.push(await ours.round(ROUND_MS));
          bareRates.push((await askBare(ROUND_MS)).perSecond);
        }
        say(`requests/s: ${shown(rates)}; of a bare server ${shown(bareRates)}`);
        return median(rates) / median(bareRates);
      }),
    ),
};

/** The server, and how many rows it has been sent. */
class Ours {
  readonly requests: readonly Buffer[];
  private readonly next: () => Buffer;
  private sent = 0;
  private busyMs = 0;
  private passedMs = 0;

  constructor(private readonly events: EventsServer) {
    this.requests = eventLines(REQUESTS).map((line) => eventsRequest(events.token, [line]));
    this.next = inTurn(this.requests);
  }

  /** @returns requests per second; afterwards all rows can be queried, so that what follows is not held up by this round */
  async round(ms: number): Promise<number> {
    const [begin, cpu] = [performance.now(), process.cpuUsage()];
    const load = await concurrently(ms, CONNECTIONS, () => sendAccepted(this.events, this.next()));
    const { user, system } = process.cpuUsage(cpu);
    this.busyMs += (user + system) / 1000;
    this.passedMs += performance.now() - begin;
    this.sent += load.latencies.length;
    await untilQueryable(this.events, this.sent);
    return load.perSecond;
  }

  busyPercent(): string {
    return ((100 * this.busyMs) / this.passedMs).toFixed(0);
  }
}

function shown(rates: readonly number[]): string {
  return rates.map((rate) => rate.toFixed(0)).join(', ');
}
