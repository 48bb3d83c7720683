import { mkdir, open, rm } from 'node:fs/promises';
import type { SpooledResult } from './engine.js';

/** Bytes of an answer's end that are kept in memory. */
const TAIL_BYTES = 1024;

/** Makes an empty directory, dropping what a process that died has left. */
export async function emptyDirectory(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
}

/** An answer that is complete in a file: its size and its end. */
export async function spooledFile(
  path: string,
): Promise<Pick<SpooledResult, 'path' | 'bytes' | 'tail' | 'remove'>> {
  const file = await open(path, 'r');
  try {
    const { size: bytes } = await file.stat();
    const length = Math.min(bytes, TAIL_BYTES);
    const tail = new Uint8Array(length);
    await file.read(tail, 0, length, bytes - length);
    return { path, bytes, tail, remove: () => rm(path, { force: true }) };
  } finally {
    await file.close();
  }
}
