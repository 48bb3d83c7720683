/** What is known of a request's rows: there for ever, not there, or either, because no reply came. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown';

/** Why a row is a bad one: the column that quarantine has to name, and what its reason has to say. */
export interface Fault {
  column: string;
  reason: string;
}

/** One request that was sent. Its rows have the numbers from 0 on. */
export interface SentRequest {
  number: number;
  datasource: string;
  rows: number;
  /** The bad rows, by number. */
  bad: ReadonlyMap<number, Fault>;
  /** The good rows on which a view fails, by number. */
  missed: ReadonlySet<number>;
  outcome: Outcome;
}

/** What a request is known to be before it is sent. */
export type NewRequest = Pick<SentRequest, 'datasource' | 'rows'>;

/** Every request of a run, and what became of it. A request is unknown until its reply says otherwise. */
export class Ledger {
  private readonly entries: SentRequest[] = [];
  /** What was wrong with replies: counts, statuses, rows that could not be queried after `wait=true`. */
  readonly wrongReplies: string[] = [];

  /** Notes a request before it is sent. @param bad its bad rows, by number @param missed those on which a view fails */
  begin(
    { datasource, rows }: NewRequest,
    bad: ReadonlyMap<number, Fault>,
    missed: ReadonlySet<number> = new Set(),
  ): SentRequest {
    const number = this.entries.length + 1;
    const request: SentRequest = { number, datasource, rows, bad, missed, outcome: 'unknown' };
    this.entries.push(request);
    return request;
  }

  /** All requests, in the order of their numbers, which count from 1. */
  get requests(): readonly SentRequest[] {
    return this.entries;
  }

  /** How many requests came out so. */
  count(outcome: Outcome): number {
    return this.entries.filter((request) => request.outcome === outcome).length;
  }

  /** How many rows there are in requests that were acknowledged. */
  get acknowledgedRows(): number {
    return this.entries.reduce((sum, { outcome, rows }) => sum + (outcome === 'acknowledged' ? rows : 0), 0);
  }
}
