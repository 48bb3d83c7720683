import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Engine, EngineError } from '@goldcrest/engine';
import type { Logger } from 'pino';
import { ulid } from 'ulid';
import { SharedRoom } from '../limits/index.js';
import { STORE_DATABASE } from './prepareTables.js';
import { OWNER_COLUMN, type ServiceTable } from './serviceTable.js';

/** How long rows wait for others before they are written together, in milliseconds. */
const GATHER_MS = 1000;

/** Rows that go into one insert at the most; as many do not wait any longer. */
const BATCH_ROWS_MAX = 10_000;

/** Rows that are written as text in one go: requests get their turn in between. */
const SLICE_ROWS = 100;

/** Estimated memory that rows may hold until they are written, of all Workspaces together. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;

/** Waits between tries to write: the first, doubled each time, and the longest, in milliseconds. */
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;

/** Tries after which rows are given up that the engine refuses: two to three minutes. */
const REFUSED_TRIES_MAX = 10;

/** Tries after which rows are given up when the server is stopping, whatever is wrong, and the wait between them, in milliseconds. */
const CLOSING_TRIES_MAX = 5;
const CLOSING_RETRY_MS = 200;

const INSERT_SETTINGS = {
  // A lone half of a character, which clients can send in a name, must not fail the rows of everybody.
  input_format_json_throw_on_bad_escape_sequence: 0,
};

/** Makes the directory, without what an earlier process has left there: those rows were either written or are lost. */
export async function emptyDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
}

/** What a row is made of, and whose it is. */
interface Waiting<Entry> {
  database: string;
  entry: Entry;
  bytes: number;
}

/** How rows get into a table. */
export interface TableLogParts<Entry> {
  engine: Engine;
  /** Existing directory for the rows of the insert that is running. */
  directory: string;
  log: Logger;
  table: ServiceTable;
  /** Makes the row's values, without that of the owner. Called outside of the request. */
  row: (entry: Entry) => Record<string, unknown>;
}

/**
 * Rows on their way into one Service Data Source, off the request's path.
 *
 * Idle until the first row comes. Then gathering, for a second or until there are enough rows; then writing, with one insert that is
 * repeated until the engine has taken it, which its token makes harmless; then gathering again while there are rows, else idle. Rows
 * for which there is no room are dropped, and so is a batch that the engine refuses for long; the log says how many.
 */
export class TableLog<Entry> {
  private waiting: Waiting<Entry>[] = [];
  private running: Promise<void> | null = null;
  private closing = false;
  private wake = (): void => {};
  private readonly room = new SharedRoom(WAITING_BYTES_MAX);
  /** Rows for which there was no room since the log last said so, by Workspace. */
  private dropped: Record<string, number> = {};

  constructor(private readonly parts: TableLogParts<Entry>) {}

  /**
   * Takes a row; returns at once and never throws.
   * @param database the Workspace's database in the engine
   * @param bytes estimate of the memory that the entry holds
   */
  append(database: string, entry: Entry, bytes: number): void {
    if (!this.room.take(database, bytes)) {
      this.dropped[database] = (this.dropped[database] ?? 0) + 1;
      return;
    }
    this.waiting.push({ database, entry, bytes });
    this.running ??= this.run();
    if (this.waiting.length === BATCH_ROWS_MAX) this.wake();
  }

  /** Writes what waits; resolves when all of it is written or given up. */
  async close(): Promise<void> {
    this.closing = true;
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      if (!this.closing && this.waiting.length < BATCH_ROWS_MAX) await this.pause(GATHER_MS);
      const batch = this.waiting.splice(0, BATCH_ROWS_MAX);
      await this.write(batch);
      for (const { database, bytes } of batch) this.room.giveBack(database, bytes);
      this.tellDropped();
    }
    this.running = null;
  }

  private async write(batch: readonly Waiting<Entry>[]): Promise<void> {
    const id = ulid();
    const text = await this.text(batch);
    let closingTries = 0;
    for (let tries = 1; ; tries += 1) {
      if (this.closing) closingTries += 1;
      const error = await this.tryInsert(id, text);
      if (error === null) return;
      const about = { table: this.parts.table.name, rows: batch.length, tries, err: error };
      const refused = error instanceof EngineError && tries >= REFUSED_TRIES_MAX;
      if (refused || closingTries >= CLOSING_TRIES_MAX) {
        this.parts.log.warn(about, 'rows of a Service Data Source are lost: they could not be written');
        return;
      }
      this.parts.log.warn(about, 'rows of a Service Data Source could not be written and wait');
      await this.pause(
        this.closing ? CLOSING_RETRY_MS : Math.min(RETRY_MS_MIN * 2 ** (tries - 1), RETRY_MS_MAX),
      );
    }
  }

  private async text(batch: readonly Waiting<Entry>[]): Promise<string> {
    let text = '';
    for (const [at, { database, entry }] of batch.entries()) {
      text += this.line(database, entry);
      if (at % SLICE_ROWS === SLICE_ROWS - 1) await nextTurn();
    }
    return text;
  }

  /** One bad entry must not end the log: it is dropped, and said to be. */
  private line(database: string, entry: Entry): string {
    try {
      return `${JSON.stringify({ [OWNER_COLUMN]: database, ...this.parts.row(entry) })}\n`;
    } catch (error) {
      this.parts.log.warn(
        { table: this.parts.table.name, err: error },
        'a row of a Service Data Source is lost',
      );
      return '';
    }
  }

  /** One try. @returns what went wrong, or null */
  private async tryInsert(id: string, text: string): Promise<unknown> {
    const path = join(this.parts.directory, `${id}.ndjson`);
    try {
      await writeFile(path, text, { mode: 0o600 });
      await this.insert(id, path);
      await rm(path, { force: true });
      return null;
    } catch (error) {
      return error;
    }
  }

  private async insert(id: string, path: string): Promise<void> {
    const { engine, table } = this.parts;
    await engine.insertFile({
      database: STORE_DATABASE,
      table: table.name,
      columns: [OWNER_COLUMN, ...table.columns.map(({ name }) => name)],
      path,
      format: 'JSONEachRow',
      settings: INSERT_SETTINGS,
      deduplicationToken: id,
    });
  }

  private tellDropped(): void {
    const dropped = this.dropped;
    if (Object.keys(dropped).length === 0) return;
    this.dropped = {};
    const about = { table: this.parts.table.name, dropped };
    this.parts.log.warn(about, 'rows of a Service Data Source are lost: too many were waiting');
  }

  /** Waits, or until there is a reason to go on. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
