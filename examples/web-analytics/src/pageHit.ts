/** One event of the Data Source `page_hits`, as the shops' pages send it. */
export interface PageHit {
  /** When it happened: ISO 8601 in UTC with milliseconds. */
  ts: string;
  session_id: string;
  /** The visitor's number, up to 2^64 - 1: more than a JavaScript number can hold exactly. */
  visitor: bigint;
  action: 'page_hit' | 'add_to_cart';
  /** Of the tracking script; the oldest one does not send it. */
  version?: string;
  payload: Payload;
}

/** The nested part of an event. */
export interface Payload {
  shop: string;
  user_agent: string;
  locale: string;
  country: string | null;
  referrer: string;
  /** Path as people read it. */
  pathname: string;
  /** The whole URL, escaped, with its query string. */
  href: string;
  /** How long the page took to load, in milliseconds; missing when the page was left before. */
  load_ms?: number;
  labels: string[];
}

/** The event as one line of NDJSON, without the line break (EV-07). */
export function toLine({ visitor, ...rest }: PageHit): string {
  // JSON.stringify refuses a bigint, and a number would round it.
  return `{"visitor":${visitor},${JSON.stringify(rest).slice(1)}`;
}
