import type { GoldcrestClient, IngestionCounts } from '@goldcrest/client';
import { type PageHit, toLine } from './pageHit.js';
import { PAGE_HITS } from './project.js';

/** How events are sent. */
export interface SendOptions {
  /** Events in one request. */
  batch: number;
  /** Requests under way at a time. */
  concurrency: number;
}

/**
 * Sends events to the Data Source `page_hits` and waits until they can be queried (EV-01, EV-03). At most
 * `batch * concurrency` events are in memory.
 * @returns how many rows went where, of all requests together
 * @throws ApiReplyError for the first request that fails; no further ones are begun
 */
export async function sendEvents(
  client: GoldcrestClient,
  hits: Iterator<PageHit>,
  { batch, concurrency }: SendOptions,
): Promise<IngestionCounts> {
  const total: IngestionCounts = { successful_rows: 0, quarantined_rows: 0 };
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let body = takeBatch(hits, batch); body !== '' && !failed; body = takeBatch(hits, batch)) {
      const counts = await client.events(PAGE_HITS, body, { wait: true });
      total.successful_rows += counts.successful_rows;
      total.quarantined_rows += counts.quarantined_rows;
    }
  };
  const stopOthers = (error: unknown): never => {
    failed = true;
    throw error;
  };
  await Promise.all(Array.from({ length: concurrency }, () => worker().catch(stopOthers)));
  return total;
}

/** The next events as NDJSON; empty when there are none. */
function takeBatch(hits: Iterator<PageHit>, size: number): string {
  const lines: string[] = [];
  while (lines.length < size) {
    const next = hits.next();
    if (next.done === true) break;
    lines.push(toLine(next.value));
  }
  return lines.join('\n');
}
