import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Benchmark } from './benchmark.js';
import { median } from './figures.js';
import { HttpCaller } from './http.js';
import { pathOf, SMALL } from './measuredEndpoint.js';
import { residentMib } from './processMemory.js';
import { ServerProcess } from './serverProcess.js';

/** How often the server is started; the median counts. */
const STARTS = 5;

/** How long after its start a server is idle. */
const IDLE_AFTER_MS = 2000;

/** From the start of the server's process, on a directory with data, until an endpoint has answered. */
export const firstQuery: Benchmark = {
  name: 'start.first_query_ms',
  run: async (bench) => {
    const times: number[] = [];
    while (times.length < STARTS) times.push(await timeFirstQuery(bench));
    bench.say(`starts took ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    return median(times);
  },
};

async function timeFirstQuery(bench: Bench): Promise<number> {
  const dataset = await bench.dataset(SMALL.dataset);
  const begin = performance.now();
  const server = await ServerProcess.start(dataset.dataPath);
  const http = new HttpCaller(server.url, dataset.token, 1);
  try {
    await http.get(pathOf(SMALL, 0));
    return performance.now() - begin;
  } finally {
    http.close();
    await server.stop();
  }
}

/** Memory of the server's process two seconds after its start, in MiB. */
export const idleMemory: Benchmark = {
  name: 'start.idle_rss_mb',
  run: async ({ dataset, say }) => {
    const server = await ServerProcess.start((await dataset('small')).dataPath);
    try {
      await delay(IDLE_AFTER_MS);
      const mib = await residentMib(server.pid);
      if (mib === null) say('left out: this system has no /proc');
      return mib;
    } finally {
      await server.stop();
    }
  },
};
