import { isUtf8 } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import type { Engine } from '@goldcrest/engine';
import type { StoredColumn } from '../datasources/index.js';
import { ApiError } from '../errors/index.js';
import { settleQuestions } from './askEngine.js';
import type { RecordLines } from './log/record.js';
import { parseLine, refuseTooManyLines } from './parse.js';
import { QuickRows } from './quickRows.js';
import { RowBuffer } from './rowBuffer.js';
import {
  type CheckedRow,
  type CompiledColumn,
  checkEvent,
  compileColumns,
  quarantineLine,
} from './rowSchema.js';

/** Milliseconds of checking without a pause, so that other requests get their turn. */
const SLICE_MS = 5;

/** Between how many rows the clock is looked at. */
const CLOCK_ROWS = 64;

/** Rows that wait together for what the engine says of them. */
const OPEN_ROWS_MAX = 1000;

/** Bytes that the names of columns add to a single event, so that its line seldom needs a larger buffer. */
const NAMES_BYTES = 256;

const NO_LINES = Buffer.alloc(0);

/** Where the engine is asked, and the time that rows in quarantine carry: `YYYY-MM-DD hh:mm:ss` in UTC. */
export interface CheckContext {
  engine: Pick<Engine, 'query'>;
  database: string;
  insertionDate: string;
}

/** A Data Source's columns, compiled to check its events. */
export class EventChecker {
  private readonly columns: readonly CompiledColumn[];
  private readonly quick: QuickRows;

  constructor(columns: readonly StoredColumn[]) {
    this.columns = compileColumns(columns);
    this.quick = new QuickRows(this.columns);
  }

  /**
   * Checks a body of one event per line (EV-07, EV-23, QR-07, QR-08). Empty lines are skipped.
   * @throws ApiError too_many_events before anything is read; no_events; not_json when not a single event is a JSON object
   */
  async check(body: Buffer, context: CheckContext): Promise<RecordLines> {
    refuseTooManyLines(body);
    const run = new Run(this.columns, this.quick, body, context);
    while (!run.slice()) {
      await run.settle();
      await setImmediate();
    }
    await run.settle();
    return run.result();
  }
}

/** The checking of one body. */
class Run {
  private readonly rows: RowBuffer;
  private readonly quarantined: string[] = [];
  private readonly isUtf8: boolean;
  /** Rows about which the engine has to be asked. */
  private open: CheckedRow[] = [];
  private rowCount = 0;
  private isReadable = false;
  private problem: string | undefined;
  private at: number;

  constructor(
    private readonly columns: readonly CompiledColumn[],
    private readonly quick: QuickRows,
    private readonly body: Buffer,
    private readonly context: CheckContext,
  ) {
    this.rows = new RowBuffer(body.length + NAMES_BYTES);
    this.isUtf8 = isUtf8(body);
    const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
    this.at = hasMark ? 3 : 0;
  }

  /** Checks events for a few milliseconds. @returns whether all are checked */
  slice(): boolean {
    const { body } = this;
    const end = performance.now() + SLICE_MS;
    for (let count = 1; this.at < body.length; count += 1) {
      const byte = body[this.at] ?? 0;
      if (byte === 0x0a || byte === 0x20 || byte === 0x0d || byte === 0x09) {
        this.at += 1;
        continue;
      }
      this.event();
      if (this.open.length >= OPEN_ROWS_MAX) return false;
      if (count % CLOCK_ROWS === 0 && performance.now() > end) return false;
    }
    return true;
  }

  /** Asks the engine about what is open. */
  async settle(): Promise<void> {
    const { open, context } = this;
    if (open.length === 0) return;
    this.open = [];
    await settleQuestions(context.engine, context.database, open);
    for (const row of open) this.keep(row);
  }

  /** @throws ApiError no_events, not_json */
  result(): RecordLines {
    if (!this.isReadable) {
      if (this.problem === undefined) throw ApiError.of('no_events', {});
      throw ApiError.of('not_json', { reason: `${this.problem}.` });
    }
    return {
      rows: this.rows.content(),
      rowCount: this.rowCount,
      quarantined: this.quarantined.length === 0 ? NO_LINES : Buffer.from(this.quarantined.join('')),
      quarantinedCount: this.quarantined.length,
    };
  }

  private event(): void {
    const quickEnd = this.isUtf8 ? this.quick.add(this.body, this.at, this.rows) : -1;
    if (quickEnd >= 0) {
      this.at = quickEnd;
      this.rowCount += 1;
      this.isReadable = true;
      return;
    }
    const lineEnd = this.body.indexOf(0x0a, this.at);
    const end = lineEnd < 0 ? this.body.length : lineEnd;
    const event = parseLine(this.body.subarray(this.at, end));
    this.at = end;
    if (event.text === '') return;
    if (event.document === undefined) this.problem ??= event.problem;
    else this.isReadable = true;
    const row = checkEvent(this.columns, event);
    if (row.problems.length === 0 && row.questions.length > 0) this.open.push(row);
    else this.keep(row);
  }

  private keep({ event, line, problems }: CheckedRow): void {
    if (problems.length > 0) {
      this.quarantined.push(`${quarantineLine(this.columns, event, problems, this.context.insertionDate)}\n`);
      return;
    }
    this.rows.addText(line);
    this.rows.addByte(0x0a);
    this.rowCount += 1;
  }
}
