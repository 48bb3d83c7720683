import type { Bench, Benchmark } from './benchmark.js';
import { median } from './figures.js';
import { HttpCaller } from './http.js';
import { sequentially } from './load.js';
import { sideBySide } from './sideBySide.js';

/** Short rounds in turn, so that what else the machine does hits all sides alike. */
const ROUND_MS = 250;

/** Time for compilers and caches to warm up, before anything counts. */
const WARM_UP_MS = 1500;

/** Medians of one round, in milliseconds. */
interface Round {
  endpoint: number;
  /** A server that does nothing but run the query: what HTTP itself costs on this machine. */
  bare: number;
  raw: number;
}

/**
 * How much longer a caller waits for the endpoint than for the same SELECT on the engine, asking one after the other: the
 * difference of the medians of a round, in the median of the rounds.
 */
export const endpointOverhead: Benchmark = {
  name: 'endpoint.p50_overhead_ms',
  run: (bench) =>
    sideBySide(bench, 1, async ({ http, raw }) => {
      const bare = new HttpCaller(await raw.listen(), '', 1);
      const round = async (ms: number): Promise<Round> => ({
        endpoint: median(await sequentially(ms, () => http.get())),
        raw: median(await raw.sequential(ms)),
        bare: median(await sequentially(ms, () => bare.get())),
      });
      await round(WARM_UP_MS);
      const rounds: Round[] = [];
      for (let left = bench.seconds * 1000; left > 0; left -= 3 * ROUND_MS)
        rounds.push(await round(ROUND_MS));
      bare.close();
      report(bench, rounds);
      return median(rounds.map(({ endpoint, raw: direct }) => endpoint - direct));
    }),
};

function report({ say }: Bench, rounds: readonly Round[]): void {
  const p50 = (side: keyof Round): string => `${median(rounds.map((round) => round[side])).toFixed(3)} ms`;
  say(
    `p50 of the endpoint ${p50('endpoint')}, of a bare HTTP server ${p50('bare')}, of the raw engine ${p50('raw')}`,
  );
}
