import type { EngineError } from '@goldcrest/engine';
import type { Brought } from './bringRows.js';
import type { Findings } from './findings.js';
import type { Inserted } from './insertSegment.js';
import type { PathSearch } from './pathSearch.js';
import type { Refusal } from './refusals.js';
import type { RefusedRows } from './refusedRows.js';
import type { SegmentCost } from './segmentCost.js';
import type { Trial } from './trial.js';
import type { ViewWatch } from './watchViews.js';

/** A search for rows that the engine refuses. */
export interface Search {
  rows: RefusedRows;
  /** Where rows are tried. */
  trial: Trial;
  /** What was spent before it. */
  spent: SegmentCost;
}

/** What is known of a segment that was not brought into the engine in one turn. A restart forgets it and begins again. */
export interface FlushProgress {
  /** The turn from which on some of it may be in the engine. */
  begun: { at: Date; since: number; watch: ViewWatch } | null;
  /** Whether an insert came as far as the views, or may have, so that rows are in the Data Source. */
  reachedViews: boolean;
  /** How often the engine refused it, by what that meant: tries while the engine was away say nothing of the rows. */
  readonly refusals: Map<Refusal, number>;
  /** How far the search for the rows that only the engine refuses has come; null while none is known to be refused. */
  search: Search | null;
  /** Whether an error that is not known to be about rows is taken to be; dismissed when rows from all over were refused. */
  suspicion: 'none' | 'rows' | 'dismissed';
  /** Whether the rows go in though a Materialized View fails, as it has failed too often. */
  viewsMayFail: boolean;
  /** The first failure of a view that was gone over. */
  viewError: EngineError | null;
  /** What became of the rows in the Data Source itself; null until it has them. */
  inserted: Inserted | null;
  /** The searches for the rows on which views fail; null until they have been gone over. */
  searches: readonly PathSearch[] | null;
  /** How often they were begun anew because a view has recovered. */
  recoveries: number;
  /** Inserts that were made to find it. */
  tried: number;
  /** What they have found; null until all are over. */
  findings: Findings | null;
  /** What became of each view that was to get what it takes, by its way. */
  readonly brought: Map<string, Brought>;
  /** How often that was refused for a reason that is not known to pass, by its way. */
  readonly bringRefusals: Map<string, number>;
  /** How often an insert was repeated because the engine met what passes while it ignored the errors of views. */
  repeats: number;
}

/** Nothing was tried. */
export function beginFlush(): FlushProgress {
  return {
    begun: null,
    reachedViews: false,
    refusals: new Map(),
    search: null,
    suspicion: 'none',
    viewsMayFail: false,
    viewError: null,
    inserted: null,
    searches: null,
    recoveries: 0,
    tried: 0,
    findings: null,
    brought: new Map(),
    bringRefusals: new Map(),
    repeats: 0,
  };
}
