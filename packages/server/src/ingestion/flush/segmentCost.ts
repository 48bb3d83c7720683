import type { InsertCost } from '@goldcrest/engine';

/** What was written of a segment to the Data Source and to its quarantine, as the engine counts it. */
export interface SegmentCost {
  written: { rows: number; bytes: number };
  quarantined: { rows: number; bytes: number };
  /** How long the engine worked on it. */
  engineSeconds: number;
}

/** Which table rows go into: the Data Source's own, or its quarantine. */
export type Table = 'rows' | 'quarantine';

/** What it costs to write nothing. */
export const NO_COST: SegmentCost = {
  written: { rows: 0, bytes: 0 },
  quarantined: { rows: 0, bytes: 0 },
  engineSeconds: 0,
};

/** What an insert into one of the tables costs. */
export function costOf(
  table: Table,
  { rows, bytes, elapsedSeconds: engineSeconds }: InsertCost,
): SegmentCost {
  const amount = { rows, bytes };
  return { ...NO_COST, engineSeconds, ...(table === 'rows' ? { written: amount } : { quarantined: amount }) };
}

/** What two inserts cost together. */
export function sumOf(one: SegmentCost, other: SegmentCost): SegmentCost {
  return {
    written: {
      rows: one.written.rows + other.written.rows,
      bytes: one.written.bytes + other.written.bytes,
    },
    quarantined: {
      rows: one.quarantined.rows + other.quarantined.rows,
      bytes: one.quarantined.bytes + other.quarantined.bytes,
    },
    engineSeconds: one.engineSeconds + other.engineSeconds,
  };
}
