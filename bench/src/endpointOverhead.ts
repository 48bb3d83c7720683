import type { Benchmark } from './benchmark.js';
import { median } from './figures.js';
import { HttpCaller } from './http.js';
import { sequentially } from './load.js';
import { SMALL } from './measuredEndpoint.js';
import { endpointCaller, sideBySide } from './sideBySide.js';

/** Short rounds in turn, so that what else the machine does hits both sides alike. */
const ROUND_MS = 250;

/** Time for compilers and caches to warm up, before anything counts. */
const WARM_UP_MS = 1500;

/** Of the time, how much goes to the comparison with a bare HTTP server, which explains the figure and is not part of it. */
const BARE_SHARE = 0.3;

/** Asks one after the other for so many milliseconds, and gives the latencies. */
type Side = (ms: number) => Promise<number[]>;

/** The median latency of the endpoint over HTTP, minus that of the same SELECT on the engine, asked one after the other. */
export const endpointOverhead: Benchmark = {
  name: 'endpoint.p50_overhead_ms',
  run: (bench) =>
    sideBySide(bench, SMALL, 1, async ({ http, raw }) => {
      const { seconds, say } = bench;
      const bare = new HttpCaller(await raw.listen(), '', 1);
      const ask = endpointCaller(http, SMALL);
      const endpoint: Side = (ms) => sequentially(ms, ask);
      const viaBare: Side = (ms) => sequentially(ms, () => bare.get('/'));
      const bareMs = seconds * 1000 * BARE_SHARE;
      const [ours, direct] = await inTurn(seconds * 1000 - bareMs, endpoint, (ms) => raw.sequential(ms));
      const [oursAgain, least] = await inTurn(bareMs, endpoint, viaBare);
      bare.close();
      say(`p50 of the endpoint ${ours.toFixed(3)} ms, of the raw engine ${direct.toFixed(3)} ms`);
      say(
        `then of the endpoint ${oursAgain.toFixed(3)} ms, of a bare HTTP server on the engine ${least.toFixed(3)} ms`,
      );
      return ours - direct;
    }),
};

/** Measures two sides, which are in different processes, in rounds that alternate. @returns the median of each */
async function inTurn(forMs: number, one: Side, other: Side): Promise<[number, number]> {
  await one(WARM_UP_MS);
  await other(WARM_UP_MS);
  const [ofOne, ofOther]: [number[], number[]] = [[], []];
  for (let left = forMs; left > 0; left -= 2 * ROUND_MS) {
    ofOne.push(...(await one(ROUND_MS)));
    ofOther.push(...(await other(ROUND_MS)));
  }
  return [median(ofOne), median(ofOther)];
}
