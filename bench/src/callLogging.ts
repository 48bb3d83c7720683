import { cp, rm } from 'node:fs/promises';
import type { Benchmark } from './benchmark.js';
import { median } from './figures.js';
import { HttpCaller } from './http.js';
import { concurrently } from './load.js';
import { SMALL } from './measuredEndpoint.js';
import { ServerProcess } from './serverProcess.js';
import { endpointCaller } from './sideBySide.js';

const CALLERS = 16;

/** Calls are written in batches, about one a second: a round has several. */
const ROUND_MS = 2500;

/** Before each round, so that it begins with batches under way, and the other side's last one is written. */
const SETTLE_MS = 1200;

/** Queries per second of the endpoint with its calls logged, divided by those without, on two servers that take turns. */
export const callLogging: Benchmark = {
  name: 'logging.overhead_ratio',
  run: async ({ dataset, seconds, say }) => {
    const { dataPath, token } = await dataset(SMALL.dataset);
    const copy = `${dataPath}-unlogged`;
    await cp(dataPath, copy, { recursive: true, verbatimSymlinks: true });
    const [logged, unlogged] = [new Side(dataPath, 'on', token), new Side(copy, 'off', token)];
    try {
      const ratios: number[] = [];
      for (let left = seconds * 1000; left > 0; left -= 4 * ROUND_MS) {
        // Each is first once, so that a machine that gets busier meanwhile favours neither.
        const on = [await logged.round()];
        const off = [await unlogged.round(), await unlogged.round()];
        on.push(await logged.round());
        say(`queries/s: ${shown(on)} with the log, ${shown(off)} without`);
        ratios.push(sum(on) / sum(off));
      }
      return median(ratios);
    } finally {
      await Promise.allSettled([logged.stop(), unlogged.stop()]);
      await rm(copy, { recursive: true, force: true });
    }
  },
};

function shown(rates: readonly number[]): string {
  return rates.map((rate) => rate.toFixed(0)).join(' and ');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A server with the log on or off, and callers of it. */
class Side {
  private readonly started: Promise<{ server: ServerProcess; http: HttpCaller }>;

  constructor(dataPath: string, callLog: 'on' | 'off', token: string) {
    this.started = ServerProcess.start(dataPath, ['--call-log', callLog]).then((server) => ({
      server,
      http: new HttpCaller(server.url, token, CALLERS),
    }));
  }

  /** @returns queries per second */
  async round(): Promise<number> {
    const ask = endpointCaller((await this.started).http, SMALL);
    await concurrently(SETTLE_MS, CALLERS, ask);
    return (await concurrently(ROUND_MS, CALLERS, ask)).perSecond;
  }

  async stop(): Promise<void> {
    const { server, http } = await this.started;
    http.close();
    await server.stop();
  }
}
