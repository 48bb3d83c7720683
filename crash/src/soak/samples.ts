import { percentile } from '@goldcrest/bench';

/** What one second of a soak was like. */
export interface Second {
  /** Memory of the server, in MiB; null where there is no `/proc`. */
  rssMib: number | null;
  /** How long each request took that was accepted, in milliseconds. */
  latencies: readonly number[];
}

/** What a soak saw. */
export interface Soak {
  seconds: readonly Second[];
  /** How many replies had each status. */
  statuses: ReadonlyMap<number, number>;
  /** Replies with 429 or 503 that did not say when to come again. */
  withoutRetryAfter: number;
  /** Connections that broke, which none should. */
  broken: number;
  /** Rows that were accepted, by Data Source. */
  accepted: ReadonlyMap<string, number>;
  /** Rows that its table and its quarantine have at the end. */
  stored: ReadonlyMap<string, number>;
}

/** How much more memory the last third may have than the middle one: what a garbage collector leaves for later. */
const MEMORY_FACTOR_MAX = 1.1;
const MEMORY_SLACK_MIB = 64;

/** How much longer requests may take in the last third than in the first one. */
const LATENCY_FACTOR_MAX = 2;
const LATENCY_SLACK_MS = 50;

/** Says what is wrong with a soak; nothing when it passes. */
export function problemsOf(soak: Soak): string[] {
  const { seconds, statuses, withoutRetryAfter, broken } = soak;
  const problems = [...memoryProblems(seconds), ...latencyProblems(seconds), ...rowProblems(soak)];
  for (const [status, count] of statuses) {
    if (status >= 500 && status !== 503) problems.push(`${count} replies had the status ${status}`);
    else if (![200, 202, 429, 503].includes(status))
      problems.push(`${count} replies had the status ${status}`);
  }
  if (withoutRetryAfter > 0) problems.push(`${withoutRetryAfter} refusals had no Retry-After`);
  if (broken > 0) problems.push(`${broken} connections broke`);
  if (acceptedIn(seconds).length === 0) problems.push('no request was accepted');
  if (!statuses.has(503))
    problems.push('no request was refused with 503: the load was none that is too much');
  return problems;
}

function rowProblems({ accepted, stored }: Soak): string[] {
  const names = [...new Set([...accepted.keys(), ...stored.keys()])];
  return names.flatMap((name) => {
    const [sent, there] = [accepted.get(name) ?? 0, stored.get(name) ?? 0];
    return sent === there ? [] : [`of ${sent} rows that were accepted for ${name}, ${there} are stored`];
  });
}

/** One line about a soak. */
export function summaryOf({ seconds, statuses, stored }: Soak): string {
  const replies = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} with ${status}`);
  const [first, middle, last] = thirds(seconds);
  const memory = [first, middle, last].map((third) => peakMib(third)?.toFixed(0) ?? '-').join(', ');
  const p99 = [first, middle, last].map((third) => p99Of(third)?.toFixed(0) ?? '-').join(', ');
  const rows = [...stored.values()].reduce((sum, count) => sum + count, 0);
  return `${seconds.length} seconds: replies ${replies.join(', ')}; ${rows} rows stored; by thirds: memory at most ${memory} MiB, p99 of accepted requests ${p99} ms`;
}

function memoryProblems(seconds: readonly Second[]): string[] {
  const [, middle, last] = thirds(seconds);
  const [before, after] = [peakMib(middle), peakMib(last)];
  if (before === null || after === null) return [];
  const bound = before * MEMORY_FACTOR_MAX + MEMORY_SLACK_MIB;
  if (after <= bound) return [];
  return [
    `memory grew from ${before.toFixed(0)} to ${after.toFixed(0)} MiB, the bound is ${bound.toFixed(0)}`,
  ];
}

function latencyProblems(seconds: readonly Second[]): string[] {
  const [first, , last] = thirds(seconds);
  const [before, after] = [p99Of(first), p99Of(last)];
  if (before === null || after === null) return [];
  const bound = before * LATENCY_FACTOR_MAX + LATENCY_SLACK_MS;
  if (after <= bound) return [];
  return [
    `p99 of accepted requests grew from ${before.toFixed(0)} to ${after.toFixed(0)} ms, the bound is ${bound.toFixed(0)}`,
  ];
}

function thirds(seconds: readonly Second[]): [Second[], Second[], Second[]] {
  const third = Math.floor(seconds.length / 3);
  return [seconds.slice(0, third), seconds.slice(third, 2 * third), seconds.slice(2 * third)];
}

function peakMib(seconds: readonly Second[]): number | null {
  const known = seconds.flatMap(({ rssMib }) => (rssMib === null ? [] : [rssMib]));
  return known.length === 0 ? null : Math.max(...known);
}

function p99Of(seconds: readonly Second[]): number | null {
  const latencies = acceptedIn(seconds);
  return latencies.length === 0 ? null : percentile(latencies, 0.99);
}

function acceptedIn(seconds: readonly Second[]): number[] {
  return seconds.flatMap(({ latencies }) => latencies);
}
