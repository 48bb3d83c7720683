import type { Benchmark } from './benchmark.js';
import { median } from './figures.js';
import { type HttpAnswer, HttpCaller } from './http.js';
import { concurrently, sequentially } from './load.js';
import { SMALL } from './measuredEndpoint.js';
import { ServerProcess } from './serverProcess.js';
import { endpointCaller } from './sideBySide.js';

/** Many requests at once, so that there are enough of them for Node to compile what they use. */
const WARM_UP_MS = 5000;
const WARM_UP_CALLERS = 16;

/**
 * Microseconds from taking up a request of an endpoint to having its query ready to run, as the reply says: reading the parameters,
 * rendering, compiling and checking. The template and what was found out about its shape are known from earlier requests, the
 * parameter's value is not.
 */
export const endpointPreparing: Benchmark = {
  name: 'endpoint.compile_cached_us',
  run: async (bench) => {
    const dataset = await bench.dataset(SMALL.dataset);
    const server = await ServerProcess.start(dataset.dataPath);
    const http = new HttpCaller(server.url, dataset.token, WARM_UP_CALLERS);
    try {
      const ask = endpointCaller(http, SMALL);
      await concurrently(WARM_UP_MS, WARM_UP_CALLERS, ask);
      const milliseconds: number[] = [];
      await sequentially(bench.seconds * 1000, async () => milliseconds.push(preparingMs(await ask())));
      return median(milliseconds) * 1000;
    } finally {
      http.close();
      await server.stop();
    }
  },
};

function preparingMs({ headers }: HttpAnswer): number {
  const text = String(headers['server-timing']);
  const duration = /\bprepare;dur=([\d.]+)/.exec(text)?.[1];
  if (duration === undefined)
    throw new Error(`The reply's Server-Timing does not say how long preparing took: ${text}`);
  return Number(duration);
}
