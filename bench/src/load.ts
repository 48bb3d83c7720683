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

/**
 * Keeps a number of callers asking for a while.
 * @returns answers per second, counted until the last one that was asked for in time has come
 */
export async function concurrently(
  forMs: number,
  callers: number,
  ask: () => Promise<unknown>,
): Promise<number> {
  const start = performance.now();
  let answers = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - start < forMs) {
      await ask();
      answers++;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (answers * 1000) / (performance.now() - start);
}
