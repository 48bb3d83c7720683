import type { QueryCost, QueryResult, SpooledResult } from '@goldcrest/engine';

/** A result in memory. */
export interface HeldResult extends QueryResult {
  /** Gives back its room where it has taken any. Called once, when nobody needs it any more. */
  readonly remove?: () => Promise<void>;
}

/** A large result that is sent while it is made. One reader takes it, once. */
export interface OpenResult {
  /** Its bytes; what is wrong with the query ends them. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Resolves when the engine has let go of the query, to what it cost, or to null when it failed. */
  readonly ended: Promise<QueryCost | null>;
  /** Ends the query if it still runs, and gives back what the result has taken; again does nothing. */
  readonly remove: () => Promise<void>;
}

/** A result: whole in memory, whole in a file when it is large, or still being made. */
export type Result = HeldResult | SpooledResult | OpenResult;

/** Whether a result lies in a file, which has to be removed. */
export function isSpooled(result: Result): result is SpooledResult {
  return 'path' in result;
}

/** Whether a result is still being made. */
export function isOpen(result: Result): result is OpenResult {
  return 'pieces' in result;
}
