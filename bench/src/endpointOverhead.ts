import type { Benchmark } from './benchmark.js';
import { median } from './figures.js';
import { sequentially } from './load.js';
import { sideBySide } from './sideBySide.js';

/** Short rounds in turn, so that what else the machine does hits both sides alike. */
const ROUND_MS = 250;

/** Time for compilers and caches to warm up, before anything counts. */
const WARM_UP_MS = 1500;

/** The median latency of the endpoint over HTTP, minus that of the same SELECT on the engine, asked one after the other. */
export const endpointOverhead: Benchmark = {
  name: 'endpoint.p50_overhead_ms',
  run: (bench) =>
    sideBySide(bench, 1, async ({ http, raw }) => {
      const get = () => http.get();
      await sequentially(WARM_UP_MS, get);
      await raw.sequential(WARM_UP_MS);
      const [viaHttp, direct]: [number[], number[]] = [[], []];
      for (let left = bench.seconds * 1000; left > 0; left -= 2 * ROUND_MS) {
        viaHttp.push(...(await sequentially(ROUND_MS, get)));
        direct.push(...(await raw.sequential(ROUND_MS)));
      }
      const [http50, raw50] = [median(viaHttp), median(direct)];
      bench.say(`p50 over HTTP ${http50.toFixed(3)} ms, raw ${raw50.toFixed(3)} ms (${viaHttp.length} and ${direct.length} calls)`);
      return http50 - raw50;
    }),
};
