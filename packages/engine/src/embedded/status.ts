import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** What the engine's status file says: who opened the data directory last and has not closed it. */
export interface Status {
  readonly pid: number;
  /** Whether that process still has it; if not, it was killed. */
  readonly isHeld: boolean;
}

/**
 * Reads the engine's status file, which is there from opening to closing.
 * @returns null when nobody has the directory and the last one closed it
 */
export async function readStatus(dataDirectory: string): Promise<Status | null> {
  const file = join(dataDirectory, 'status');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  const pid = Number(/^PID: (\d+)/m.exec(text)?.[1] ?? 0);
  return { pid, isHeld: pid > 0 && isAlive(pid) && (await hasOpen(pid, file)) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is alive although it can't be signalled.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Whether a process has a file open: after a crash the file stays, and another process may have got the number that it names. Where
 * that can't be seen, for lack of rights or of /proc, it is taken to.
 */
async function hasOpen(pid: number, file: string): Promise<boolean> {
  const directory = `/proc/${pid}/fd`;
  const path = await realpath(file).catch(() => file);
  const descriptors = await readdir(directory).catch(() => null);
  if (descriptors === null) return true;
  const open = await Promise.all(
    descriptors.map((descriptor) => readlink(join(directory, descriptor)).catch(() => '')),
  );
  return open.includes(path);
}
