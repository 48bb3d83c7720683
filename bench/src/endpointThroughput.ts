import type { Bench, Benchmark } from './benchmark.js';
import { median } from './figures.js';
import type { HttpCaller } from './http.js';
import { concurrently } from './load.js';
import { sideBySide } from './sideBySide.js';

/** Connections to the server, and callers of the raw engine. */
const CALLERS = 16;

/** Long enough for a rate, short enough for several rounds in turn. */
const ROUND_MS = 1000;

const WARM_UP_MS = 1500;

/** The endpoint's queries per second over HTTP, divided by those of the same SELECT on the engine, with as many callers. */
export const endpointThroughput: Benchmark = {
  name: 'endpoint.qps_ratio',
  run: (bench) =>
    sideBySide(bench, CALLERS, async ({ http, raw }) => {
      await concurrently(WARM_UP_MS, CALLERS, () => http.get());
      await raw.concurrent(WARM_UP_MS, CALLERS);
      const [viaHttp, direct, busy]: [number[], number[], number[]] = [[], [], []];
      for (let left = bench.seconds * 1000; left > 0; left -= 2 * ROUND_MS) {
        const round = await httpRound(http);
        viaHttp.push(round.perSecond);
        busy.push(round.generatorBusy);
        direct.push(await raw.concurrent(ROUND_MS, CALLERS));
      }
      report(bench, median(viaHttp), median(direct), median(busy));
      return median(viaHttp) / median(direct);
    }),
};

/** One round over HTTP, and the share of it in which the load generator itself was working. */
async function httpRound(http: HttpCaller): Promise<{ perSecond: number; generatorBusy: number }> {
  const before = performance.eventLoopUtilization();
  const perSecond = await concurrently(ROUND_MS, CALLERS, () => http.get());
  return { perSecond, generatorBusy: performance.eventLoopUtilization(before).utilization };
}

function report({ say }: Bench, viaHttp: number, direct: number, busy: number): void {
  const share = `${Math.round(busy * 100)} %`;
  say(
    `${viaHttp.toFixed(0)} queries/s over HTTP, ${direct.toFixed(0)} raw; the load generator was busy ${share} of the time`,
  );
}
