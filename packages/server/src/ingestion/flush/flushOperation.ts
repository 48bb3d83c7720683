import type { Operation } from '../../service-datasources/index.js';
import type { FlushOutcome, Segment } from '../log/segment.js';
import type { FlushReport } from './flushSegment.js';
import { type MissedRows, viewFailureText } from './missedRows.js';
import { NO_COST } from './segmentCost.js';

/** What is said of rows that nothing else holds. */
const KEPT = ' The events are kept in the folder `ingestion/set-aside` of the data directory.';

/** Where the rows came from (SVT-09). */
const SOURCE = 'stream';

/**
 * What the log of operations says of a segment that was flushed (EV-29): one `append-hfi`, whose rows are one block. Many requests share
 * a segment; it is known by the id of the first, or where a crash has lost that, by its own. That own id is the operation's and the
 * block's, so that a segment which is flushed twice around a crash is recognised.
 */
export function flushOperation(report: FlushReport): Operation {
  const { datasource, segment, outcome, startedAt, elapsedMs } = report;
  const { id, heldBytes: bytes } = segment;
  const requestId = segment.requestId ?? id;
  const cost = outcome.kind === 'written' ? outcome.cost : NO_COST;
  const error = errorOf(outcome, segment);
  const rows = cost.written.rows;
  const block = { id, source: SOURCE, elapsedMs, rows, quarantined: cost.quarantined.rows, bytes, error };
  return {
    ...cost,
    id,
    kind: 'append-hfi',
    datasource,
    requestId,
    startedAt: startedAt.getTime(),
    elapsedMs,
    error,
    rows,
    options: { source: SOURCE },
    blocks: [block],
    views: report.views,
  };
}

function errorOf(outcome: FlushOutcome, { rows }: Pick<Segment, 'rows'>): string | undefined {
  switch (outcome.kind) {
    case 'written': {
      if (outcome.missed.length === 0) return undefined;
      const isKept = outcome.landing && outcome.missed.some(({ rows }) => rows === null);
      return (
        outcome.missed.map((view) => missedText(view, rows - outcome.refused.size)).join(' ') +
        (isKept ? KEPT : '')
      );
    }
    case 'set-aside':
      return outcome.reason;
    case 'discarded':
      return 'The Data Source was removed meanwhile.';
  }
}

function missedText(view: MissedRows, count: number): string {
  return `${viewFailureText(view)} It misses ${view.rows?.size ?? count} of ${count} rows.`;
}
