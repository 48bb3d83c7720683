import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** When what is written to a file is synced: with each write, before that resolves, or only by `sync`. */
export type Syncing = 'each-write' | 'when-asked';

/** A file of the log that is open for writing. */
export interface LogFile {
  /** Writes at a position, in bytes. @returns how many bytes were written, which may be fewer than were given */
  write(data: Uint8Array, position: number): Promise<number>;
  /** Resolves when what was written survives a loss of power. */
  sync(): Promise<void>;
  /** Cuts the file off at a length, in bytes. */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** What the log asks of the file system; every method rejects with the system's error. Tests give one that fails. */
export interface LogDisk {
  /** Makes a file that is not there yet. */
  create(path: string, syncing: Syncing): Promise<LogFile>;
  /** Opens a file that is there. */
  open(path: string, syncing: Syncing): Promise<LogFile>;
  read(path: string): Promise<Buffer>;
  /** Removes a file, whether it is there or not. */
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** The files of a directory, in the order of their names. */
  list(directory: string): Promise<{ name: string; bytes: number }[]>;
  makeDirectory(path: string): Promise<void>;
  /** Resolves when the names of the files in a directory survive a loss of power. */
  syncDirectory(path: string): Promise<void>;
}

/** What is stored is for the owner of the process only. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/**
 * Has the system itself sync with each write, which takes half the time of a second call. Elsewhere than on Linux it may promise less
 * than a sync.
 */
const SYNCED = process.platform === 'linux' ? constants.O_DSYNC : 0;

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
const OPEN = constants.O_RDWR;

/** The machine's file system. */
export const nodeDisk: LogDisk = {
  create: (path, syncing) => openFile(path, CREATE, syncing),
  open: (path, syncing) => openFile(path, OPEN, syncing),
  read: (path) => readFile(path),
  async remove(path) {
    try {
      // `rm` would look first what is there, which takes as long again.
      await unlink(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  },
  rename: (from, to) => rename(from, to),
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true, mode: DIRECTORY_MODE });
  },
  async list(directory) {
    const entries = await readdir(directory, { withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .sort();
    return Promise.all(
      names.map(async (name) => ({ name, bytes: (await stat(join(directory, name))).size })),
    );
  },
  async syncDirectory(path) {
    const directory = await open(path, 'r');
    try {
      await directory.sync();
    } finally {
      // That it is closed matters to nobody, and those who wait for the sync need not wait for it.
      directory.close().catch(() => {});
    }
  },
};

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function openFile(path: string, flags: number, syncing: Syncing): Promise<LogFile> {
  const isSynced = syncing === 'each-write';
  const file = await open(path, isSynced ? flags | SYNCED : flags, FILE_MODE);
  return {
    async write(data, position) {
      const { bytesWritten } = await file.write(data, 0, data.length, position);
      if (isSynced && SYNCED === 0) await file.datasync();
      return bytesWritten;
    },
    sync: () => file.datasync(),
    truncate: (length) => file.truncate(length),
    close: () => file.close(),
  };
}
