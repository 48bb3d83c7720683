import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '@goldcrest/engine';
import { ulid } from 'ulid';
import { type DataSource, QUARANTINE_COLUMNS, quarantineName } from '../datasources/index.js';
import { ApiError } from '../errors/index.js';
import { databaseOf } from '../workspaces/index.js';
import { insertAccepted } from './insertAccepted.js';
import type { ColumnProblem } from './rowSchema.js';

/** Bytes of rows that may wait to be written, of all Data Sources together. Above it events are refused. */
const WAITING_BYTES_MAX = 256 * 1024 * 1024;

/** Bytes of rows that go into one insert at the most. */
const INSERT_BYTES_MAX = 64 * 1024 * 1024;

/** Rows that go into one insert at the most: fewer than make a block, so that the engine takes all of them or none. */
const INSERT_ROWS_MAX = 500_000;

/**
 * How values are read: times in any common form, and anything as text where the column is text. Text in JSON columns stays text: what
 * looks like a time in any common form includes `1.5`, which would become the first of May.
 */
export const INSERT_SETTINGS = {
  date_time_input_format: 'best_effort',
  input_format_try_infer_dates: 0,
  input_format_try_infer_datetimes: 0,
  input_format_json_read_objects_as_strings: 1,
  input_format_json_read_numbers_as_strings: 1,
  input_format_json_read_bools_as_strings: 1,
  input_format_json_read_arrays_as_strings: 1,
  allow_suspicious_low_cardinality_types: 1,
};

/** A row that has passed the checks. */
export interface CheckedLine {
  /** The row as JSON, for the Data Source's table. */
  line: string;
  /** The row as JSON for quarantine, when the engine refuses it all the same. */
  toQuarantine(problem: ColumnProblem): string;
}

/** Rows of one request. */
export interface RowLines {
  rows: CheckedLine[];
  /** Lines of JSON for the quarantine table. */
  quarantined: string[];
}

/** Bytes of memory that are counted against the bound of all requests together. */
export interface Room {
  /** @throws ApiError ingestion_overloaded when there is no more */
  add(bytes: number): void;
  giveBack(): void;
}

interface Waiting {
  datasource: DataSource;
  lines: RowLines;
  bytes: number;
  /** Called with the rows that the engine refused. */
  done: (refused: number) => void;
  failed: (error: unknown) => void;
}

/**
 * Writes rows into the engine. A Data Source is idle or has one insert running; while one runs, the rows of further requests
 * wait and become the next insert together, so that many small requests make few inserts. A request is answered when its rows
 * are in the engine; what is not answered was not promised.
 */
export class RowWriter {
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly running = new Set<Promise<void>>();
  private waitingBytes = 0;

  /**
   * @param directory where the rows of one insert lie while the engine reads them
   * @param exists whether the Data Source is still there: rows that waited must not go into another one of its name
   * @param written is told of each insert before its requests are answered
   */
  constructor(
    private readonly engine: Engine,
    private readonly directory: string,
    private readonly exists: (datasource: DataSource) => Promise<boolean>,
    private readonly written: (workspaceId: string) => void,
  ) {}

  /** Removes what an earlier process left, none of which had been acknowledged. */
  async prepare(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
  }

  /** Room in memory for the rows of one request, from when they are read until they are written. */
  takeRoom(): Room {
    let bytes = 0;
    return {
      add: (more) => {
        if (this.waitingBytes + more > WAITING_BYTES_MAX) {
          throw ApiError.of('ingestion_overloaded', {}, { headers: { 'Retry-After': '1' } });
        }
        bytes += more;
        this.waitingBytes += more;
      },
      giveBack: () => {
        this.waitingBytes -= bytes;
        bytes = 0;
      },
    };
  }

  /**
   * Writes the rows; resolves when they can be queried.
   * @returns how many of the rows the engine refused, which are in quarantine now
   * @throws ApiError datasource_not_found when it was removed meanwhile, EngineError when the engine can't take the rows
   */
  write(datasource: DataSource, lines: RowLines): Promise<number> {
    const bytes = size(lines.rows.map(({ line }) => line)) + size(lines.quarantined);
    return new Promise((done, failed) => this.enqueue({ datasource, lines, bytes, done, failed }));
  }

  /** Resolves when nothing is waiting any more. */
  async drain(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  private enqueue(waiting: Waiting): void {
    const queue = this.waiting.get(waiting.datasource.id);
    if (queue !== undefined) {
      queue.push(waiting);
      return;
    }
    const run = this.runQueue(waiting.datasource.id, [waiting]);
    this.running.add(run);
    run.finally(() => this.running.delete(run));
  }

  private async runQueue(id: string, queue: Waiting[]): Promise<void> {
    this.waiting.set(id, queue);
    while (queue.length > 0) {
      const batch = takeBatch(queue);
      try {
        const refused = await this.insertBatch(batch);
        for (const { datasource } of batch.slice(0, 1)) this.written(datasource.workspaceId);
        for (const { lines, done } of batch) done(lines.rows.filter((row) => refused.has(row)).length);
      } catch (error) {
        for (const waiting of batch) waiting.failed(error);
      }
    }
    this.waiting.delete(id);
  }

  /**
   * Quarantine goes first: when the second insert fails, the client is told that nothing was stored and no good row was.
   * @returns the rows that the engine refused, by then in quarantine too
   */
  private async insertBatch(batch: readonly Waiting[]): Promise<Map<CheckedLine, ColumnProblem>> {
    const [first] = batch;
    if (first === undefined) return new Map();
    const { datasource } = first;
    if (!(await this.exists(datasource))) {
      throw ApiError.of('datasource_not_found', { name: datasource.name, hint: 'It was removed meanwhile.' });
    }
    const { errorColumns, errors, insertionDate } = QUARANTINE_COLUMNS;
    const names = datasource.columns.map((column) => column.name);
    const quarantine = (lines: string[]): Promise<void> =>
      this.insert(
        datasource,
        quarantineName(datasource.name),
        [...names, errorColumns, errors, insertionDate],
        lines,
      );
    await quarantine(batch.flatMap((waiting) => waiting.lines.quarantined));
    const refused = await insertAccepted(
      (rows) =>
        this.insert(
          datasource,
          datasource.name,
          names,
          rows.map(({ line }) => line),
        ),
      batch.flatMap((waiting) => waiting.lines.rows),
    );
    await quarantine([...refused].map(([row, problem]) => row.toQuarantine(problem)));
    return refused;
  }

  private async insert(
    datasource: DataSource,
    table: string,
    columns: string[],
    lines: string[],
  ): Promise<void> {
    if (lines.length === 0) return;
    const path = join(this.directory, `${ulid()}.ndjson`);
    const database = databaseOf(datasource.workspaceId);
    try {
      await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
      await this.engine.insertFile({
        database,
        table,
        columns,
        path,
        format: 'JSONEachRow',
        settings: INSERT_SETTINGS,
      });
    } finally {
      await rm(path, { force: true });
    }
  }
}

function size(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0);
}

/** Takes requests off the queue's front until the next one would make the insert too large to be one for the engine. */
function takeBatch(queue: Waiting[]): Waiting[] {
  let bytes = 0;
  let rows = 0;
  const end = queue.findIndex((waiting, i) => {
    bytes += waiting.bytes;
    rows += waiting.lines.rows.length + waiting.lines.quarantined.length;
    return i > 0 && (bytes > INSERT_BYTES_MAX || rows > INSERT_ROWS_MAX);
  });
  return queue.splice(0, end < 0 ? queue.length : end);
}
