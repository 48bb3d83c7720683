import { gzipSync } from 'node:zlib';
import type { Random } from '@goldcrest/example-web-analytics';
import type { Fault, Ledger, SentRequest } from './ledger.js';
import { TARGETS, type Target } from './shop.js';

/** A request that was composed and noted, ready to be sent. */
export interface Composed {
  request: SentRequest;
  wait: boolean;
  gzip: boolean;
  body: Uint8Array;
}

/** Share of the rows that are bad, of batches that are compressed, and of requests that wait. */
const BAD_SHARE = 0.08;
const GZIP_SHARE = 0.3;
const WAIT_SHARE = 0.3;

/** Most requests have one row, some a few, and a few as many as make a segment full. */
const SINGLE_SHARE = 0.65;
const LARGE_SHARE = 0.015;
const BATCH_ROWS_MAX = 40;
const LARGE_ROWS_MAX = 1500;

/** Of the bad rows of a batch, how many are no JSON at all. */
const NO_JSON_SHARE = 0.2;

/** A line that breaks off. Quarantine keeps it in its reason, where its number is found again. */
const NO_JSON: Fault = { column: '$', reason: 'is not JSON' };

/** Composes the next request of a client, and notes it in the ledger. */
export function compose(ledger: Ledger, random: Random, client: string): Composed {
  const target: Target = random.pick(TARGETS);
  const rows = drawRows(random);
  const bad = new Map<number, Fault>();
  const missed = new Set<number>();
  const documents = Array.from({ length: rows }, (_, row) => {
    const good = target.row(random, client);
    if (!random.chance(BAD_SHARE)) {
      if (target.isMissed?.(good)) missed.add(row);
      return good;
    }
    // The first row is readable, as a request without one that is gets refused as a whole.
    if (row > 0 && random.chance(NO_JSON_SHARE)) {
      bad.set(row, NO_JSON);
      return null;
    }
    const { fields, column, reason } = random.pick(target.faults);
    bad.set(row, { column, reason });
    return { ...good, ...fields };
  });
  const request = ledger.begin({ datasource: target.name, rows }, bad, missed);
  const lines = documents.map((document, row) =>
    document === null
      ? `{"request":${request.number},"row":${row},`
      : JSON.stringify({ request: request.number, row, ...document }),
  );
  const gzip = rows > 1 && random.chance(GZIP_SHARE);
  const text = lines.join('\n');
  return { request, wait: random.chance(WAIT_SHARE), gzip, body: gzip ? gzipSync(text) : Buffer.from(text) };
}

function drawRows(random: Random): number {
  const kind = random.unit();
  if (kind < SINGLE_SHARE) return 1;
  if (kind < 1 - LARGE_SHARE) return 2 + random.below(BATCH_ROWS_MAX - 1);
  return BATCH_ROWS_MAX + random.below(LARGE_ROWS_MAX - BATCH_ROWS_MAX);
}
