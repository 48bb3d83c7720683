import type { Engine } from '@goldcrest/engine';
import type { DataSource } from '../datasources/index.js';
import { databaseOf } from '../workspaces/index.js';
import { EventChecker } from './checkEvents.js';
import { quarantineLineOf } from './rowSchema.js';
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

const checkers = new WeakMap<DataSource, EventChecker>();

/**
 * Checks every event, writes the good ones to the Data Source and the others to its quarantine (EV-23, QR-07, QR-08).
 * @param body one event per line
 * @throws ApiError no_events; not_json when not a single event is a JSON object; ingestion_overloaded
 */
export async function ingest(
  needs: IngestionNeeds,
  datasource: DataSource,
  body: Buffer,
): Promise<IngestionCounts> {
  const insertionDate = needs.clock().toISOString().slice(0, 19).replace('T', ' ');
  const room = needs.writer.takeRoom();
  try {
    room.add(body.length);
    const database = databaseOf(datasource.workspaceId);
    const checked = await checkerOf(datasource).check(body, {
      engine: needs.engine,
      database,
      insertionDate,
    });
    room.add(checked.rows.length + checked.quarantined.length);
    const lines: RowLines = {
      rows: linesOf(checked.rows).map((line) => ({
        line,
        toQuarantine: (problem) => quarantineLineOf(line, problem, insertionDate),
      })),
      quarantined: linesOf(checked.quarantined),
    };
    const refused = await needs.writer.write(datasource, lines);
    return {
      successful_rows: checked.rowCount - refused,
      quarantined_rows: checked.quarantinedCount + refused,
    };
  } finally {
    room.giveBack();
  }
}

function linesOf(lines: Buffer): string[] {
  return lines.toString('utf8').split('\n').slice(0, -1);
}

/** The schema is compiled once for each version of a Data Source. */
function checkerOf(datasource: DataSource): EventChecker {
  const checker = checkers.get(datasource) ?? new EventChecker(datasource.columns);
  checkers.set(datasource, checker);
  return checker;
}
