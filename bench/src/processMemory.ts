import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Between two looks at a process that works. */
const SAMPLE_MS = 20;

/** Memory that a process has in use, in MiB; null where there is no `/proc`. */
export async function residentMib(pid: number): Promise<number | null> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** The most memory that a process was seen to have while some work was done, in MiB, and the work's result. */
export async function peakDuring<T>(pid: number, work: Promise<T>): Promise<{ peakMib: number; result: T }> {
  let [peakMib, working] = [0, true];
  const watch = async (): Promise<void> => {
    while (working) {
      peakMib = Math.max(peakMib, (await residentMib(pid)) ?? 0);
      await delay(SAMPLE_MS);
    }
  };
  const watching = watch();
  try {
    return { result: await work, peakMib };
  } finally {
    working = false;
    await watching;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
