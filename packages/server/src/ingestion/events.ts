import type { Engine } from '@goldcrest/engine';
import type { DataSource } from '../datasources/index.js';
import { databaseOf } from '../workspaces/index.js';
import { EventChecker } from './checkEvents.js';
import { secondOf } from './quarantineDate.js';
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
 * @param lines one event per line
 * @returns how many went where, and whether they can be queried already
 * @throws ApiError no_events; not_json when not a single event is a JSON object; and what `RowWriter.write` throws
 */
export async function ingest(
  needs: IngestionNeeds,
  datasource: DataSource,
  { lines, wait, requestId }: { lines: Buffer; wait: boolean; requestId: string },
): Promise<{ counts: IngestionCounts; queryable: boolean }> {
  const room = needs.writer.backlog.takeRoom(datasource.workspaceId);
  try {
    room.add(lines.length);
    const { engine, writer, clock } = needs;
    const database = databaseOf(datasource.workspaceId);
    const insertionDate = secondOf(clock());
    const checked = await checkerOf(datasource).check(lines, { engine, database, insertionDate });
    room.add(checked.rows.length + checked.quarantined.length);
    const { refused, queryable } = await writer.write(datasource, checked, { requestId, wait });
    const counts = {
      successful_rows: checked.rowCount - refused,
      quarantined_rows: checked.quarantinedCount + refused,
    };
    return { counts, queryable };
  } finally {
    room.giveBack();
  }
}

/** The schema is compiled once for each version of a Data Source. */
function checkerOf(datasource: DataSource): EventChecker {
  const checker = checkers.get(datasource) ?? new EventChecker(datasource.columns);
  checkers.set(datasource, checker);
  return checker;
}
