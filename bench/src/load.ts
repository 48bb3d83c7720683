/** What a number of callers got in a while. */
export interface Load {
  /** Answers per second, counted until the last one that was asked for in time has come. */
  perSecond: number;
  /** How long each took, in milliseconds. */
  latencies: number[];
}

/** Asks one after the other for a while. @returns how long each took, in milliseconds */
export async function sequentially(forMs: number, ask: () => Promise<unknown>): Promise<number[]> {
  const latencies: number[] = [];
  const end = performance.now() + forMs;
  for (let now = performance.now(); now < end; ) {
    await ask();
    const after = performance.now();
    latencies.push(after - now);
    now = after;
  }
  return latencies;
}

/** Keeps a number of callers asking for a while. */
export async function concurrently(
  forMs: number,
  callers: number,
  ask: () => Promise<unknown>,
): Promise<Load> {
  const start = performance.now();
  const each = await Promise.all(Array.from({ length: callers }, () => sequentially(forMs, ask)));
  const latencies = each.flat();
  return { perSecond: (latencies.length * 1000) / (performance.now() - start), latencies };
}
