import type { EngineError } from '@goldcrest/engine';
import type { Refusal } from './refusals.js';
import type { RefusedRows } from './refusedRows.js';
import type { ViewWatch } from './watchViews.js';

/** What is known of a segment that was not brought into the engine in one turn. A restart forgets it and begins again. */
export interface FlushProgress {
  /** The turn from which on some of it may be in the engine. */
  begun: { at: Date; since: number; watch: ViewWatch } | null;
  /** Whether it met a view that could not take its rows, so that they are in the Data Source. */
  reachedViews: boolean;
  /** How often the engine refused it, by what that meant: tries while the engine was away say nothing of the rows. */
  readonly refusals: Map<Refusal, number>;
  /** How far the search for the rows that only the engine refuses has come; null while none is known to be refused. */
  search: RefusedRows | null;
  /** Whether the rows go in though a Materialized View fails, as it has failed too often. */
  viewsMayFail: boolean;
  /** The first failure of a view that was gone over. */
  viewError: EngineError | null;
}

/** Nothing was tried. */
export function beginFlush(): FlushProgress {
  return {
    begun: null,
    reachedViews: false,
    refusals: new Map(),
    search: null,
    viewsMayFail: false,
    viewError: null,
  };
}
