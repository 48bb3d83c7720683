import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Bytes read from a growing file at once; also the largest chunk that a reader gets. */
const CHUNK_BYTES = 256 * 1024;
/** How often a file that has not grown is looked at again. */
const POLL_MS = 4;
/** How often the size of a growing file is told: in this time the engine writes some tens of megabytes at the most. */
const GROWTH_MS = 50;

/**
 * Tells how large a file is while it is being written, and once more when it is complete.
 * @param writing settles when the file is complete
 */
export async function watchGrowth(
  path: string,
  writing: Promise<unknown>,
  onGrowth: (bytes: number) => void,
): Promise<void> {
  const writer = new Writer(writing);
  for (let told = 0; ; ) {
    await writer.pause(GROWTH_MS);
    const { finished } = writer;
    const bytes = (await stat(path).catch(() => null))?.size ?? told;
    if (bytes > told) onGrowth(bytes);
    told = bytes;
    if (finished) return;
  }
}

/**
 * Reads a file while it is being written, and removes it in the end.
 * @param writing settles when the file is complete; its error ends the iteration, before any chunk if it comes first
 * @returns chunks of at most 256 KiB
 */
export async function* tailFile(path: string, writing: Promise<unknown>): AsyncGenerator<Uint8Array> {
  const writer = new Writer(writing);
  let file: FileHandle | undefined;
  try {
    file = await openWhenThere(path, writer);
    for (let position = 0; ; ) {
      await writer.check();
      // Asked before the read: what a finished writer has written is there to be read.
      const { finished } = writer;
      const { buffer, bytesRead } = await file.read(
        Buffer.allocUnsafeSlow(CHUNK_BYTES),
        0,
        CHUNK_BYTES,
        position,
      );
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      else if (finished) return;
      else await writer.pause();
      position += bytesRead;
    }
  } finally {
    await file?.close();
    // A writer that is still at work would make the file anew; whoever left early is ending it.
    const removed = writer.whenFinished.then(() => rm(path, { force: true }));
    if (writer.finished) await removed;
    else void removed.catch(warn);
  }
}

/** Whether the writer is done, and how it ended. */
class Writer {
  finished = false;
  readonly whenFinished: Promise<void>;
  #failed = false;
  readonly #writing: Promise<unknown>;

  constructor(writing: Promise<unknown>) {
    this.#writing = writing;
    this.whenFinished = writing.then(
      () => this.#finish(false),
      () => this.#finish(true),
    );
  }

  /** @throws the error of the writer if it has failed */
  async check(): Promise<void> {
    if (this.#failed) await this.#writing;
  }

  /** Waits until the file may have grown. */
  async pause(ms = POLL_MS): Promise<void> {
    await Promise.race([this.whenFinished, delay(ms)]);
  }

  #finish(failed: boolean): void {
    this.finished = true;
    this.#failed = failed;
  }
}

async function openWhenThere(path: string, writer: Writer): Promise<FileHandle> {
  for (;;) {
    await writer.check();
    const { finished } = writer;
    try {
      return await open(path, 'r');
    } catch (error) {
      if (finished || !isMissing(error)) throw error;
    }
    await writer.pause();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function warn(error: unknown): void {
  process.emitWarning(`A spooled answer could not be removed: ${String(error)}`);
}
