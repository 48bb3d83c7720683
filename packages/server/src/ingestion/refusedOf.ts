import { type DataSource, quarantineName } from '../datasources/index.js';
import { ApiError } from '../errors/index.js';
import { type MissedRows, viewFailureText } from './flush/missedRows.js';
import type { FlushOutcome } from './log/segment.js';
import type { Place } from './log/stream.js';

/** How many rows of a request the engine refused. @throws ApiError when they did not get where they belong */
export function refusedOf(outcome: FlushOutcome, place: Place, { name }: DataSource): number {
  switch (outcome.kind) {
    case 'discarded':
      throw removedMeanwhile({ name });
    case 'set-aside':
      throw ApiError.of('events_set_aside', { name, reason: outcome.reason });
    case 'written':
      refuseMissed(outcome, place, name);
      return [...outcome.refused].filter((row) => isOf(place, row)).length;
  }
}

/** @throws ApiError view_failed, view_failed_landing when views miss rows of the request */
function refuseMissed(
  { missed, refused, landing }: FlushOutcome & { kind: 'written' },
  place: Place,
  name: string,
): void {
  if (missed.length === 0) return;
  const rows = Array.from({ length: place.rows }, (_, i) => place.firstRow + i).filter(
    (row) => !refused.has(row),
  );
  const misses = ({ rows: some }: MissedRows, row: number): boolean => some?.has(row) ?? true;
  const views = missed.filter((view) => rows.some((row) => misses(view, row)));
  if (views.length === 0) return;
  const count = rows.filter((row) => views.some((view) => misses(view, row))).length;
  const reason = views.map(viewFailureText).join(' ');
  const about = { name, missed: `${count} of ${rows.length}`, reason };
  if (!landing) throw ApiError.of('view_failed', about);
  const isWhole = views.some((view) => view.rows === null);
  const kept = isWhole
    ? 'the folder `ingestion/set-aside` of the data directory'
    : `\`${quarantineName(name)}\``;
  throw ApiError.of('view_failed_landing', { ...about, kept });
}

function isOf({ firstRow, rows }: Place, row: number): boolean {
  return row >= firstRow && row < firstRow + rows;
}

/** The answer to rows for a Data Source that is gone. */
export function removedMeanwhile({ name }: Pick<DataSource, 'name'>): ApiError {
  return ApiError.of('datasource_not_found', { name, hint: 'It was removed meanwhile.' });
}
