import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../engine.js';

/** Months that an insert has a row of; with a partition for each it makes as many parts. */
export const MONTHS = ['2026-01-01', '2026-02-01', '2026-03-01', '2026-04-01', '2026-05-01'];

/** Inserts a row with a number for each month into a table of database `one`, with a token that is the number's. */
export async function insertNumbered(
  engine: Engine,
  table: string,
  n: number,
  directory: string,
  months = MONTHS,
): Promise<void> {
  const path = join(directory, `${table}.ndjson`);
  writeFileSync(path, months.map((at) => `${JSON.stringify({ at, n })}\n`).join(''));
  const request = { database: 'one', table, columns: ['at', 'n'], path, format: 'JSONEachRow' } as const;
  await engine.insertFile({ ...request, deduplicationToken: `token ${n}` });
}
