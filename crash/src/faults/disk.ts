import { setTimeout as delay } from 'node:timers/promises';
import type { LogDisk, LogFile, Syncing } from '@goldcrest/server';
import type { Faults } from './faults.js';

/** A disk on which writes stop short, syncs fail or take long, and there is no space for a while. What is there can always be read. */
export function faultyDisk(disk: LogDisk, faults: Faults): LogDisk {
  return {
    create: async (path, syncing) => {
      if (isFull(faults)) throw systemError('ENOSPC', 'open');
      return faultyFile(await disk.create(path, syncing), syncing, faults);
    },
    open: async (path, syncing) => faultyFile(await disk.open(path, syncing), syncing, faults),
    read: (path) => disk.read(path),
    remove: (path) => disk.remove(path),
    rename: (from, to) => disk.rename(from, to),
    list: (directory) => disk.list(directory),
    makeDirectory: (path) => disk.makeDirectory(path),
    syncDirectory: async (path) => {
      await disk.syncDirectory(path);
      if (faults.happens('syncError')) throw systemError('EIO', 'fsync');
    },
  };
}

function faultyFile(file: LogFile, syncing: Syncing, faults: Faults): LogFile {
  return {
    write: async (data, position) => {
      const isShort = faults.happens('shortWrite');
      // A part may fit before there is no space.
      if (isFull(faults) && !isShort) throw systemError('ENOSPC', 'write');
      const writing = file.write(isShort ? part(data, faults) : data, position);
      return syncing === 'each-write' ? faultySync(writing, 'write', faults) : writing;
    },
    sync: () => faultySync(file.sync(), 'fdatasync', faults),
    truncate: (length) => file.truncate(length),
    close: () => file.close(),
  };
}

async function faultySync<Value>(
  working: Promise<Value>,
  call: 'write' | 'fdatasync',
  faults: Faults,
): Promise<Value> {
  const value = await working;
  if (faults.happens('slowSync')) await delay(faults.slowMs());
  // What was written can be there all the same: nobody knows after this error.
  if (faults.happens('syncError')) throw systemError('EIO', call);
  return value;
}

function isFull(faults: Faults): boolean {
  return faults.lasts('diskFull', 'disk');
}

function part(data: Uint8Array, faults: Faults): Uint8Array {
  return data.subarray(0, faults.part(data.length));
}

/** An error as the file system gives it. */
function systemError(code: 'EIO' | 'ENOSPC', call: string): Error {
  const text = code === 'EIO' ? 'i/o error' : 'no space left on device';
  return Object.assign(new Error(`${code}: ${text}, ${call}`), { code, syscall: call });
}
