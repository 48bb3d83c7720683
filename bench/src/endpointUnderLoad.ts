import type { Bench, Benchmark } from './benchmark.js';
import { median, percentile } from './figures.js';
import { concurrently, type Load } from './load.js';
import { LARGE, type MeasuredEndpoint, SMALL } from './measuredEndpoint.js';
import { endpointCaller, type Sides, sideBySide } from './sideBySide.js';

/** Connections to the server, and callers of the raw engine. */
const CALLERS = 16;

/** Long enough for a rate, short enough for several rounds in turn. */
const ROUND_MS = 1000;

/** The raw engine with one thread a query is measured as well, which explains the figures and is not part of them. */
const SINGLE_ROUND_MS = 500;

const WARM_UP_MS = 1500;

/** The share of calls that the slowest are left out for. */
const TAIL = 0.99;

/** Both sides and the raw engine with one thread a query, each in one round, one after the other. */
interface Round {
  http: Load;
  raw: Load;
  single: Load;
  /** Share of the first round in which the load generator itself was working. */
  generatorBusy: number;
}

/** The endpoint's queries per second over HTTP, divided by those of the same SELECT on the engine, with as many callers. */
export const endpointThroughput: Benchmark = {
  name: 'endpoint.qps_ratio',
  run: (bench) => throughputRatio(bench, SMALL),
};

/** The same among five million rows. */
export const largeEndpointThroughput: Benchmark = {
  name: 'endpoint.large_qps_ratio',
  run: (bench) => throughputRatio(bench, LARGE),
};

/** What the slowest of a hundred calls takes at the most over HTTP, minus what it takes on the engine, with as many callers. */
export const endpointTail: Benchmark = {
  name: 'endpoint.p99_overhead_ms',
  run: async (bench) => {
    const rounds = await underLoad(bench, SMALL);
    report(bench, rounds, 'p99 in ms', ({ latencies }) => percentile(latencies, TAIL));
    return median(
      rounds.map(({ http, raw }) => percentile(http.latencies, TAIL) - percentile(raw.latencies, TAIL)),
    );
  },
};

async function throughputRatio(bench: Bench, endpoint: MeasuredEndpoint): Promise<number> {
  const rounds = await underLoad(bench, endpoint);
  report(bench, rounds, 'queries/s', ({ perSecond }) => perSecond);
  return median(rounds.map(({ http, raw }) => http.perSecond / raw.perSecond));
}

/** Measures both sides in rounds that alternate. */
function underLoad(bench: Bench, endpoint: MeasuredEndpoint): Promise<Round[]> {
  return sideBySide(bench, endpoint, CALLERS, async ({ http, raw }) => {
    const ask = endpointCaller(http, endpoint);
    await concurrently(WARM_UP_MS, CALLERS, ask);
    await raw.concurrent(WARM_UP_MS, CALLERS);
    const rounds: Round[] = [];
    for (let left = bench.seconds * 1000; left > 0; left -= 2 * ROUND_MS + SINGLE_ROUND_MS) {
      rounds.push(await round(ask, raw));
    }
    return rounds;
  });
}

async function round(ask: () => Promise<unknown>, raw: Sides['raw']): Promise<Round> {
  const before = performance.eventLoopUtilization();
  const http = await concurrently(ROUND_MS, CALLERS, ask);
  const generatorBusy = performance.eventLoopUtilization(before).utilization;
  return {
    http,
    generatorBusy,
    raw: await raw.concurrent(ROUND_MS, CALLERS),
    single: await raw.concurrent(SINGLE_ROUND_MS, CALLERS, 1),
  };
}

function report({ say }: Bench, rounds: readonly Round[], unit: string, of: (load: Load) => number): void {
  const middle = (values: number[]): string => median(values).toFixed(1);
  const [http, raw, single] = [
    middle(rounds.map((each) => of(each.http))),
    middle(rounds.map((each) => of(each.raw))),
    middle(rounds.map((each) => of(each.single))),
  ];
  const busy = Math.round(median(rounds.map(({ generatorBusy }) => generatorBusy)) * 100);
  say(`${unit}: ${http} over HTTP, ${raw} raw, ${single} raw with one thread a query`);
  say(`the load generator was busy ${busy} % of the time`);
}
