import type { Bench, Benchmark } from './benchmark.js';
import { median, percentile } from './figures.js';
import { HttpCaller } from './http.js';
import { concurrently, sequentially } from './load.js';
import { SMALL } from './measuredEndpoint.js';
import { endpointCaller, sideBySide } from './sideBySide.js';

/** Short rounds in turn, so that what else the machine does hits both alike. */
const ROUND_MS = 250;

/** Rounds of a tail have to be long enough for a hundredth of their calls to be some. */
const TAIL_ROUND_MS = 1000;

/** Time for compilers and caches to warm up, before anything counts. */
const WARM_UP_MS = 1500;

/** Connections when the tail is measured: as many as for the tail over the raw engine. */
const TAIL_CONNECTIONS = 16;

/** Asks for so many milliseconds, and gives the latencies. */
type Side = (ms: number) => Promise<number[]>;

/** The median latency of the endpoint over HTTP, minus that of the same SELECT on the engine, asked one after the other. */
export const endpointOverhead: Benchmark = {
  name: 'endpoint.p50_overhead_ms',
  run: (bench) =>
    sideBySide(bench, SMALL, 1, async ({ http, raw }) => {
      const ask = endpointCaller(http, SMALL);
      const rounds = await inTurn(
        bench.seconds * 1000,
        ROUND_MS,
        (ms) => sequentially(ms, ask),
        (ms) => raw.sequential(ms),
      );
      return difference(bench, rounds, 'the raw engine');
    }),
};

/** The same, minus the median latency of a bare HTTP server that does nothing but run the SELECT. */
export const endpointOverBare: Benchmark = {
  name: 'endpoint.p50_over_bare_ms',
  run: async (bench) => {
    const rounds = await besideBare(bench, 1, ROUND_MS, sequentially);
    return difference(bench, rounds, 'the bare server');
  },
};

/** What the slowest of a hundred calls takes at the most, minus what it takes on the bare server with as many connections. */
export const endpointTailOverBare: Benchmark = {
  name: 'endpoint.p99_over_bare_ms',
  run: async (bench) => {
    const { endpoint, baseline } = await besideBare(
      bench,
      TAIL_CONNECTIONS,
      TAIL_ROUND_MS,
      async (ms, ask) => (await concurrently(ms, TAIL_CONNECTIONS, ask)).latencies,
    );
    const tail = (latencies: number[]): number => percentile(latencies, 0.99);
    const differences = endpoint.map((each, i) => tail(each) - tail(baseline[i] ?? []));
    const [ours, bare] = [median(endpoint.map(tail)), median(baseline.map(tail))];
    bench.say(`p99 of the endpoint ${ours.toFixed(3)} ms, of the bare server ${bare.toFixed(3)} ms`);
    return median(differences);
  },
};

/** What both sides took, by round. */
interface Rounds {
  endpoint: number[][];
  baseline: number[][];
}

/** Measures the endpoint and the bare server on the raw engine. */
function besideBare(
  bench: Bench,
  connections: number,
  roundMs: number,
  load: (ms: number, ask: () => Promise<unknown>) => Promise<number[]>,
): Promise<Rounds> {
  return sideBySide(bench, SMALL, connections, async ({ http, raw }) => {
    const bare = new HttpCaller(await raw.listen(), '', connections);
    const ask = endpointCaller(http, SMALL);
    try {
      return await inTurn(
        bench.seconds * 1000,
        roundMs,
        (ms) => load(ms, ask),
        (ms) => load(ms, () => bare.get('/')),
      );
    } finally {
      bare.close();
    }
  });
}

/** Measures two sides, which are in different processes, in rounds that alternate. */
async function inTurn(forMs: number, roundMs: number, endpoint: Side, baseline: Side): Promise<Rounds> {
  await endpoint(WARM_UP_MS);
  await baseline(WARM_UP_MS);
  const rounds: Rounds = { endpoint: [], baseline: [] };
  for (let left = forMs; left > 0; left -= 2 * roundMs) {
    rounds.endpoint.push(await endpoint(roundMs));
    rounds.baseline.push(await baseline(roundMs));
  }
  return rounds;
}

function difference({ say }: Bench, { endpoint, baseline }: Rounds, what: string): number {
  const [ours, theirs] = [median(endpoint.flat()), median(baseline.flat())];
  say(`p50 of the endpoint ${ours.toFixed(3)} ms, of ${what} ${theirs.toFixed(3)} ms`);
  return ours - theirs;
}
