import type { LogDisk, LogFile, Syncing } from './disk.js';

interface Entry {
  file: Promise<LogFile>;
  users: number;
}

/**
 * Files that are written again and again stay open, up to a number; beyond it the one that was used longest ago is closed and opened
 * anew when it is needed. Who needs one more while all are in use waits.
 */
export class OpenFiles {
  private readonly entries = new Map<string, Entry>();
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly disk: LogDisk,
    private readonly syncing: Syncing,
    private readonly openMax: number,
  ) {}

  /** Makes a file and leaves it open. */
  create(path: string): Promise<void> {
    return this.with(
      path,
      () => this.disk.create(path, this.syncing),
      async () => {},
    );
  }

  /** Uses a file that is there. Nothing closes it meanwhile. */
  use<Value>(path: string, use: (file: LogFile) => Promise<Value>): Promise<Value> {
    return this.with(path, () => this.disk.open(path, this.syncing), use);
  }

  /** Closes a file that nobody uses; what was written is not synced by that. */
  async close(path: string): Promise<void> {
    const entry = this.entries.get(path);
    if (entry === undefined) return;
    this.entries.delete(path);
    this.waiting.shift()?.();
    await (await entry.file).close();
  }

  /** Closes all files; nobody may be using one. */
  async closeAll(): Promise<void> {
    for (const path of [...this.entries.keys()]) await this.close(path);
  }

  private async with<Value>(
    path: string,
    open: () => Promise<LogFile>,
    use: (file: LogFile) => Promise<Value>,
  ): Promise<Value> {
    while (!this.entries.has(path) && this.entries.size >= this.openMax) await this.makeRoom();
    const entry = this.entries.get(path) ?? { file: open(), users: 0 };
    // The order of the entries is that of their last use.
    this.entries.delete(path);
    this.entries.set(path, entry);
    entry.users += 1;
    try {
      return await use(await this.orForget(path, entry));
    } finally {
      entry.users -= 1;
      this.waiting.shift()?.();
    }
  }

  /** Closes the file that was used longest ago, or waits until one is not used any more. */
  private async makeRoom(): Promise<void> {
    for (const [path, { users }] of this.entries) if (users === 0) return this.close(path);
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private async orForget(path: string, entry: Entry): Promise<LogFile> {
    try {
      return await entry.file;
    } catch (error) {
      if (this.entries.get(path) === entry) this.entries.delete(path);
      throw error;
    }
  }
}
