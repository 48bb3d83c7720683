import { QUARANTINE_COLUMNS, type StoredColumn } from '../datasources/index.js';
import { parseLine } from './parse.js';
import { type ColumnProblem, RowSchema } from './rowSchema.js';
import { stringify } from './verdict.js';

/**
 * The line for quarantine of a row that had passed the checks and was refused by the engine.
 * @param line the row as it is in the log: its fields are named like the columns
 * @param time when its events came
 */
export function quarantineLineOf(
  columns: readonly StoredColumn[],
  line: string,
  problem: ColumnProblem,
  time: Date,
): string {
  const byName = new RowSchema(columns.map((column) => ({ ...column, jsonPath: null })));
  return stringify({
    ...byName.texts(parseLine(line)),
    [QUARANTINE_COLUMNS.errorColumns]: [problem.column],
    [QUARANTINE_COLUMNS.errors]: [problem.reason],
    [QUARANTINE_COLUMNS.insertionDate]: secondOf(time),
  });
}

/** A time as the column `insertion_date` takes it: `YYYY-MM-DD HH:MM:SS`, UTC. */
export function secondOf(time: Date): string {
  return time.toISOString().slice(0, 19).replace('T', ' ');
}
