import { isUtf8 } from 'node:buffer';
import type { Engine } from '@goldcrest/engine';
import type { StoredColumn } from '../datasources/index.js';
import { ApiError } from '../errors/index.js';
import type { RequestRoom } from '../limits/index.js';
import { settleQuestions } from './askEngine.js';
import type { RecordLines } from './log/record.js';
import { parseLine, refuseTooManyLines } from './parse.js';
import { secondOf } from './quarantineDate.js';
import { QuickRows } from './quickRows.js';
import { RowBuffer } from './rowBuffer.js';
import {
  type CheckedRow,
  type CompiledColumn,
  checkEvent,
  compileColumns,
  quarantineLine,
} from './rowSchema.js';
import { Slice } from './slices.js';

/** After how many bytes of quick rows the clock is looked at: a few hundred rows, which take a fraction of a slice. */
const CLOCK_BYTES = 16 * 1024;

/** Rows that wait together for what the engine says of them. */
const OPEN_ROWS_MAX = 1000;

/** Bytes that the names of columns add to a single event, so that its line seldom needs a larger buffer. */
const NAMES_BYTES = 256;

/** What checking needs besides the events. */
export interface CheckContext {
  /** Where the engine is asked. */
  engine: Pick<Engine, 'query'>;
  database: string;
  /** When the request came: rows in quarantine carry it, and columns whose default is the time. */
  receivedAt: Date;
  /** Takes what is made of the events, as it comes. */
  room: Pick<RequestRoom, 'add'>;
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
   * @returns at once where the body is small and the engine need not be asked, which spares most requests turns of promises
   * @throws ApiError too_many_events before anything is read; no_events; not_json when not a single event is a JSON object; and
   * what the room throws
   */
  check(body: Buffer, context: CheckContext): RecordLines | Promise<RecordLines> {
    refuseTooManyLines(body);
    const run = new Run(this.columns, this.quick, body, context);
    const slice = new Slice();
    const areChecked = run.go(slice);
    if (!areChecked || run.hasOpen) return inSlices(run, slice, areChecked);
    run.takeRoom();
    return run.result();
  }
}

/** Goes on with what takes long, or has to be asked of the engine. @param begun whether all is checked but for what is to be asked */
async function inSlices(run: Run, slice: Slice, begun: boolean): Promise<RecordLines> {
  for (let areChecked = begun; !areChecked; areChecked = run.go(slice)) {
    await run.settle();
    run.takeRoom();
    run.expectMore();
    await slice.pause();
  }
  await run.settle();
  run.takeRoom();
  return run.result();
}

/** The checking of one body. */
class Run {
  private readonly rows: RowBuffer;
  private readonly quarantined = new RowBuffer(0);
  private quarantinedCount = 0;
  /** Bytes of rows for which room was taken. */
  private counted = 0;
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

  /** Checks events until the slice is over, or too many are open. @returns whether all are checked */
  go(slice: Slice): boolean {
    const { body } = this;
    let look = this.at + CLOCK_BYTES;
    while (this.at < body.length) {
      const byte = body[this.at] ?? 0;
      if (byte === 0x0a || byte === 0x20 || byte === 0x0d || byte === 0x09) this.at += 1;
      // The exact check takes so long that the clock is looked at after each.
      else if (!this.event()) look = this.at;
      if (this.at < look) continue;
      if (this.open.length >= OPEN_ROWS_MAX || slice.isOver) return false;
      look = this.at + CLOCK_BYTES;
    }
    return true;
  }

  /** Whether the engine has to be asked about rows. */
  get hasOpen(): boolean {
    return this.open.length > 0;
  }

  /** Takes room for the rows that have come since the last time. */
  takeRoom(): void {
    const bytes = this.rows.length + this.quarantined.length;
    this.context.room.add(bytes - this.counted);
    this.counted = bytes;
  }

  /** Reserves memory for what is still to come, if it is like what has been. */
  expectMore(): void {
    const whole = (1.1 * this.body.length) / Math.max(1, this.at);
    for (const buffer of [this.rows, this.quarantined]) buffer.expect(Math.ceil(whole * buffer.length));
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
      quarantined: this.quarantined.content(),
      quarantinedCount: this.quarantinedCount,
    };
  }

  /** Checks the event that is next. @returns whether the quick way was enough */
  private event(): boolean {
    const quickEnd = this.isUtf8
      ? this.quick.add(this.body, this.at, this.rows, this.context.receivedAt)
      : -1;
    if (quickEnd >= 0) {
      this.at = quickEnd;
      this.rowCount += 1;
      this.isReadable = true;
      return true;
    }
    this.exactEvent();
    return false;
  }

  private exactEvent(): void {
    const lineEnd = this.body.indexOf(0x0a, this.at);
    const end = lineEnd < 0 ? this.body.length : lineEnd;
    const event = parseLine(this.body.subarray(this.at, end));
    this.at = end;
    if (event.text === '') return;
    if (event.document === undefined) this.problem ??= event.problem;
    else this.isReadable = true;
    const row = checkEvent(this.columns, event, this.context.receivedAt);
    if (row.problems.length === 0 && row.questions.length > 0) this.open.push(row);
    else this.keep(row);
  }

  private keep({ event, line, problems }: CheckedRow): void {
    if (problems.length > 0) {
      this.quarantined.addText(
        quarantineLine(this.columns, event, problems, secondOf(this.context.receivedAt)),
      );
      this.quarantined.addByte(0x0a);
      this.quarantinedCount += 1;
      return;
    }
    this.rows.addText(line);
    this.rows.addByte(0x0a);
    this.rowCount += 1;
  }
}
