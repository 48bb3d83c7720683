import { setTimeout as delay } from 'node:timers/promises';
import type { LogDisk, LogFile } from '@goldcrest/server';
import type { Faults } from './faults.js';

/** A disk on which writes stop short, syncs fail or take long, and there is no space for a while. What is there can always be read. */
export function faultyDisk(disk: LogDisk, faults: Faults): LogDisk {
  return {
    create: async (path) => {
      if (isFull(faults)) throw systemError('ENOSPC', 'open');
      return faultyFile(await disk.create(path), faults);
    },
    open: async (path) => faultyFile(await disk.open(path), faults),
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

function faultyFile(file: LogFile, faults: Faults): LogFile {
  return {
    write: async (data, position) => {
      if (isFull(faults)) {
        // A part may fit before there is no space.
        if (faults.happens('shortWrite')) return file.write(part(data, faults), position);
        throw systemError('ENOSPC', 'write');
      }
      return file.write(faults.happens('shortWrite') ? part(data, faults) : data, position);
    },
    sync: async () => {
      if (faults.happens('slowSync')) await delay(faults.slowMs());
      await file.sync();
      // What was written can be there all the same: nobody knows after this error.
      if (faults.happens('syncError')) throw systemError('EIO', 'fdatasync');
    },
    truncate: (length) => file.truncate(length),
    close: () => file.close(),
  };
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
