import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Benchmark } from './benchmark.js';
import { median } from './figures.js';
import { HttpCaller } from './http.js';
import { ServerProcess } from './serverProcess.js';
import { ENDPOINT_PATH } from './sideBySide.js';

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
  const dataset = await bench.dataset();
  const begin = performance.now();
  const server = await ServerProcess.start(dataset.dataPath);
  const http = new HttpCaller(server.url + ENDPOINT_PATH, dataset.token, 1);
  try {
    await http.get();
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
    const server = await ServerProcess.start((await dataset()).dataPath);
    try {
      await delay(IDLE_AFTER_MS);
      return await residentMib(server.pid);
    } catch (error) {
      if (!isMissing(error)) throw error;
      say('start.idle_rss_mb is left out: this system has no /proc');
      return null;
    } finally {
      await server.stop();
    }
  },
};

/** Memory that a process has in use. @throws the system's error, ENOENT without /proc */
async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
