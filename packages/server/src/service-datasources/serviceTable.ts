/** The column that says whose a row is: the name of the Workspace's database in the engine. */
export const OWNER_COLUMN = 'workspace_database';

/** A column of a Service Data Source. */
export interface ServiceColumn {
  name: string;
  /** As it is documented and as queries see it. */
  type: string;
  /** As it is stored, where that is another type. */
  stored?: string;
  /** For a table that is made from another one: the expression over that one's rows. */
  from?: string;
  /** Another name by which queries may ask for it; `*` does not show it a second time. */
  alias?: string;
}

/** A Service Data Source: a table whose rows the server writes itself (SV-01). Another one is another entry here. */
export interface ServiceTable {
  name: string;
  /** In the documented order. */
  columns: readonly ServiceColumn[];
  engine: 'MergeTree' | 'AggregatingMergeTree';
  /** What its rows are sorted by, after the Workspace. */
  sortedBy: readonly string[];
  partitionedBy: string;
  /** How long rows are kept, counted from which column; null for ever. */
  kept: { days: number; from: string } | null;
  /** The table from whose rows it is made as they are inserted; null when the server inserts into it. */
  madeFrom: string | null;
}
