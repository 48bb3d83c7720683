import type { Engine } from '@goldcrest/engine';
import { type DataSource, QUARANTINE_COLUMNS } from '../datasources/index.js';
import { databaseOf } from '../workspaces/index.js';
import { settleQuestions } from './askEngine.js';
import { type CheckedRow, type ColumnProblem, type EventDocument, RowSchema } from './rowSchema.js';
import { stringify } from './verdict.js';
import type { RowLines, RowWriter } from './writer.js';

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

const schemas = new WeakMap<DataSource, RowSchema>();

/** Checks every event, writes the good ones to the Data Source and the others to its quarantine (EV-23, QR-07, QR-08). */
export async function ingest(
  needs: IngestionNeeds,
  datasource: DataSource,
  events: readonly EventDocument[],
): Promise<IngestionCounts> {
  const schema = schemaOf(datasource);
  const rows = events.map((event) => checkEvent(schema, event));
  await settleQuestions(needs.engine, databaseOf(datasource.workspaceId), rows);
  const lines = toLines(schema, rows, needs.clock());
  const refused = await needs.writer.write(datasource, lines);
  return {
    successful_rows: lines.rows.length - refused,
    quarantined_rows: lines.quarantined.length + refused,
  };
}

/** A document can be nested deeper than it can be written out again; such an event is kept as the line that it was. */
function checkEvent(schema: RowSchema, event: EventDocument): CheckedRow {
  try {
    return schema.check(event);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return schema.check({ text: event.text, document: undefined, problem: 'the event is nested too deeply' });
  }
}

/** The schema is compiled once for each version of a Data Source. */
function schemaOf(datasource: DataSource): RowSchema {
  const schema = schemas.get(datasource) ?? new RowSchema(datasource.columns);
  schemas.set(datasource, schema);
  return schema;
}

function toLines(schema: RowSchema, rows: readonly CheckedRow[], now: Date): RowLines {
  const insertionDate = now.toISOString().slice(0, 19).replace('T', ' ');
  const lines: RowLines = { rows: [], quarantined: [] };
  for (const { event, line, problems } of rows) {
    const toQuarantine = (...found: ColumnProblem[]): string =>
      quarantineLine(schema, event, found, insertionDate);
    if (problems.length === 0) lines.rows.push({ line, toQuarantine });
    else lines.quarantined.push(toQuarantine(...problems));
  }
  return lines;
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
