import type { Settings } from '@goldcrest/engine';
import type { HttpCaller } from './http.js';
import { type MeasuredEndpoint, pathOf, VALUES } from './measuredEndpoint.js';

/** What the server has its engine do for an endpoint, for the raw engine to do the same. */
export interface Workload {
  /** The SELECT, with `MARK` where the parameter's value belongs. */
  sql: string;
  /** What the server adds to a query that runs alone. */
  settings: Settings;
}

/** A value that is nowhere else in the SQL. */
const MARK = 1_999_999_999;

/** Asks the server what it does for an endpoint. @param http with a token that may see it: an admin's */
export async function workloadOf(http: HttpCaller, endpoint: MeasuredEndpoint): Promise<Workload> {
  const { body } = await http.get(`${pathOf(endpoint, MARK)}&explain=true`);
  // The server's own reply; `sqlFor` refuses what has no mark.
  const { sql, settings } = JSON.parse(body) as Workload;
  return { sql, settings };
}

/** The SELECT for one value. @throws Error when the parameter is not part of it */
export function sqlFor({ sql }: Workload, value: number): string {
  const parts = sql.split(String(MARK));
  if (parts.length !== 2) throw new Error(`The parameter is not once in the endpoint's SQL:\n${sql}`);
  return parts.join(String(value));
}

/** Goes through the values again and again, so that requests at the same time have different ones. */
export function cycle(): () => number {
  let next = 0;
  return () => next++ % VALUES;
}
