import type { Engine } from '@goldcrest/engine';
import type { DataSource } from '../datasources/index.js';
import type { RequestRoom } from '../limits/index.js';
import { databaseOf } from '../workspaces/index.js';
import { EventChecker } from './checkEvents.js';
import type { RowWriter } from './rowWriter.js';

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

const checkers = new WeakMap<DataSource, EventChecker>();

/**
 * Checks every event, and writes the good ones to the Data Source and the others to its quarantine (EV-23, QR-07, QR-08).
 * @param lines one event per line; `room` holds them already, and takes what is made of them
 * @returns how many went where, and whether they can be queried already
 * @throws ApiError no_events; not_json when not a single event is a JSON object; and what `RowWriter.write` throws
 */
export async function ingest(
  needs: IngestionNeeds,
  datasource: DataSource,
  { lines, room, wait, requestId }: { lines: Buffer; room: RequestRoom; wait: boolean; requestId: string },
): Promise<{ counts: IngestionCounts; queryable: boolean }> {
  const { engine, writer, clock } = needs;
  const database = databaseOf(datasource.workspaceId);
  const receivedAt = clock();
  const checking = checkerOf(datasource).check(lines, { engine, database, receivedAt, room });
  const checked = checking instanceof Promise ? await checking : checking;
  const { refused, queryable } = await writer.write(datasource, checked, { requestId, wait });
  const counts = {
    successful_rows: checked.rowCount - refused,
    quarantined_rows: checked.quarantinedCount + refused,
  };
  return { counts, queryable };
}

/** The schema is compiled once for each version of a Data Source. */
function checkerOf(datasource: DataSource): EventChecker {
  const checker = checkers.get(datasource) ?? new EventChecker(datasource.columns);
  checkers.set(datasource, checker);
  return checker;
}
