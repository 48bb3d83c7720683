import { setImmediate } from 'node:timers/promises';
import type { Engine } from '@goldcrest/engine';
import { type DataSource, QUARANTINE_COLUMNS } from '../datasources/index.js';
import { ApiError } from '../errors/index.js';
import { databaseOf } from '../workspaces/index.js';
import { settleQuestions } from './askEngine.js';
import { secondOf } from './quarantineLine.js';
import { type CheckedRow, type ColumnProblem, type EventDocument, RowSchema } from './rowSchema.js';
import type { RowWriter } from './rowWriter.js';
import { stringify } from './verdict.js';

/** Events that are checked without a pause, so that other requests get their turn. */
const SLICE_EVENTS = 2000;

/** How many rows of a request went where (EV-10). */
export interface IngestionCounts {
  successful_rows: number;
  quarantined_rows: number;
}

/** What taking events needs. */
export interface IngestionNeeds {
  engine: Engine;
  writer: RowWriter;
  clock: () => Date;
}

/** Lines of JSON of a request's rows. */
interface Lines {
  rows: string[];
  quarantined: string[];
}

function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.length === 0 ? '' : `${lines.join('\n')}\n`);
}

const schemas = new WeakMap<DataSource, RowSchema>();

/**
 * Checks every event, writes the good ones to the Data Source and the others to its quarantine (EV-23, QR-07, QR-08).
 * @throws ApiError no_events; not_json when not a single event is a JSON object; ingestion_overloaded
 */
export async function ingest(
  needs: IngestionNeeds,
  datasource: DataSource,
  { events, wait, requestId }: { events: Iterable<EventDocument>; wait: boolean; requestId: string },
): Promise<{ counts: IngestionCounts; queryable: boolean }> {
  const schema = schemaOf(datasource);
  const insertionDate = secondOf(needs.clock());
  const room = needs.writer.takeRoom();
  const lines: Lines = { rows: [], quarantined: [] };
  let unreadable: EventDocument | undefined;
  let readable = false;
  try {
    for (const slice of slices(events, SLICE_EVENTS)) {
      const rows = slice.map((event) => checkEvent(schema, event));
      await settleQuestions(needs.engine, databaseOf(datasource.workspaceId), rows);
      for (const row of rows) room.add(addRow(lines, schema, row, insertionDate));
      readable ||= slice.some((event) => event.document !== undefined);
      unreadable ??= slice.find((event) => event.document === undefined);
      await setImmediate();
    }
    if (!readable) throw nothingReadable(unreadable);
    const { rows, quarantined } = lines;
    const written = { requestId, rows: bytesOf(rows), rowCount: rows.length };
    const bad = { quarantined: bytesOf(quarantined), quarantinedCount: quarantined.length };
    const { refused, queryable } = await needs.writer.write(datasource, { ...written, ...bad }, wait);
    const counts = {
      successful_rows: rows.length - refused,
      quarantined_rows: quarantined.length + refused,
    };
    return { counts, queryable };
  } finally {
    room.giveBack();
  }
}

function nothingReadable(first: EventDocument | undefined): ApiError {
  if (first === undefined) return ApiError.of('no_events', {});
  return ApiError.of('not_json', { reason: `${first.problem ?? 'there is no JSON object'}.` });
}

function* slices<Item>(items: Iterable<Item>, length: number): Generator<Item[]> {
  let slice: Item[] = [];
  for (const item of items) {
    slice.push(item);
    if (slice.length < length) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

/** The schema is compiled once for each version of a Data Source. */
function schemaOf(datasource: DataSource): RowSchema {
  const schema = schemas.get(datasource) ?? new RowSchema(datasource.columns);
  schemas.set(datasource, schema);
  return schema;
}

/** A document can be nested deeper than it can be written out again; such an event is kept as the line that it was. */
function checkEvent(schema: RowSchema, event: EventDocument): CheckedRow {
  try {
    return schema.check(event);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return schema.check({
      text: event.text,
      document: undefined,
      problem: 'the event is nested too deeply',
    });
  }
}

/** Adds a row to where it belongs. Only texts are kept, not documents. @returns the bytes that it takes until it is written */
function addRow(lines: Lines, schema: RowSchema, row: CheckedRow, insertionDate: string): number {
  const { line, problems, event } = row;
  if (problems.length === 0) {
    lines.rows.push(line);
    return line.length;
  }
  const quarantined = quarantineLine(schema, event, problems, insertionDate);
  lines.quarantined.push(quarantined);
  return quarantined.length;
}

function quarantineLine(
  schema: RowSchema,
  event: EventDocument,
  problems: readonly ColumnProblem[],
  insertionDate: string,
): string {
  return stringify({
    ...schema.texts(event),
    [QUARANTINE_COLUMNS.errorColumns]: problems.map((problem) => problem.column),
    [QUARANTINE_COLUMNS.errors]: problems.map((problem) => problem.reason),
    [QUARANTINE_COLUMNS.insertionDate]: insertionDate,
  });
}
