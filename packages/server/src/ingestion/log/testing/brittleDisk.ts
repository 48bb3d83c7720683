import { type LogDisk, type LogFile, nodeDisk, type Syncing } from '../disk.js';

/** What can go wrong with a disk; what is left out works. */
export interface Faults {
  /** Bytes of a write that are written, of so many. */
  shortWrite?: (bytes: number) => number;
  /** The error of a write after what `shortWrite` lets through. */
  write?: () => Error | null;
  sync?: () => Error | null;
  truncate?: () => Error | null;
  create?: (path: string) => Error | null;
  remove?: (path: string) => Error | null;
  /** Of the names in a directory. */
  syncDirectory?: () => Error | null;
}

/** The machine's disk, with faults that a test turns on and off, and counts of what was asked of it. */
export class BrittleDisk implements LogDisk {
  faults: Faults = {};
  syncs = 0;
  opened = 0;
  openMost = 0;

  async create(path: string, syncing: Syncing): Promise<LogFile> {
    refuse(() => this.faults.create?.(path) ?? null);
    return this.brittle(await nodeDisk.create(path, syncing), syncing);
  }

  async remove(path: string): Promise<void> {
    refuse(() => this.faults.remove?.(path) ?? null);
    await nodeDisk.remove(path);
  }

  async open(path: string, syncing: Syncing): Promise<LogFile> {
    return this.brittle(await nodeDisk.open(path, syncing), syncing);
  }

  read = nodeDisk.read;
  rename = nodeDisk.rename;
  list = nodeDisk.list;
  makeDirectory = nodeDisk.makeDirectory;

  async syncDirectory(path: string): Promise<void> {
    refuse(this.faults.syncDirectory);
    await nodeDisk.syncDirectory(path);
  }

  private brittle(file: LogFile, syncing: Syncing): LogFile {
    this.opened += 1;
    this.openMost = Math.max(this.openMost, this.opened);
    return {
      write: async (data, position) => {
        const bytes = this.faults.shortWrite?.(data.length) ?? data.length;
        const written = await file.write(data.subarray(0, bytes), position);
        refuse(this.faults.write);
        if (syncing === 'each-write') this.synced();
        return written;
      },
      sync: async () => {
        this.synced();
        await file.sync();
      },
      truncate: async (length) => {
        refuse(this.faults.truncate);
        await file.truncate(length);
      },
      close: async () => {
        this.opened -= 1;
        await file.close();
      },
    };
  }

  private synced(): void {
    refuse(this.faults.sync);
    this.syncs += 1;
  }
}

/** An error as the system gives it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: something the system says, /with/a/path`), { code });
}

function refuse(fault: (() => Error | null) | undefined): void {
  const error = fault?.() ?? null;
  if (error !== null) throw error;
}
