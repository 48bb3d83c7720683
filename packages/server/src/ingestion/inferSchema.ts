import { formatSchema } from '@goldcrest/sql';
import { ApiError } from '../errors/index.js';
import { Inference } from '../inference/index.js';
import { parseLine, refuseTooManyLines } from './parse.js';
import type { EventDocument } from './rowSchema.js';
import { Slice } from './slices.js';

/** Lines that a schema is inferred from, the first of a request: the rest of a large batch looks like them. */
const LINES_MAX = 10_000;

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * The schema of a Data Source that events fit into (EV-19, EV-21).
 * @param body one event per line
 * @throws ApiError too_many_events, no_events; no_keys, not_json of the lines that are looked at
 */
export async function inferSchema(body: Buffer): Promise<string> {
  refuseTooManyLines(body);
  const inference = new Inference();
  const slice = new Slice();
  let problem: string | undefined;
  let lines = 0;
  let read = 0;
  for (const { document, problem: reason } of eventsOf(body)) {
    if (document === undefined) problem ??= reason;
    else {
      inference.add(document);
      read += 1;
    }
    lines += 1;
    if (lines === LINES_MAX) break;
    if (slice.isOver) await slice.pause();
  }
  if (read > 0 && inference.isEmpty) throw ApiError.of('no_keys', {});
  if (read > 0) return formatSchema(inference.columns());
  throw problem === undefined
    ? ApiError.of('no_events', {})
    : ApiError.of('not_json', { reason: `${problem}.` });
}

function* eventsOf(body: Buffer): Generator<EventDocument> {
  const hasMark = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  for (let start = hasMark ? BYTE_ORDER_MARK.length : 0; start < body.length; ) {
    const lineEnd = body.indexOf(0x0a, start);
    const end = lineEnd < 0 ? body.length : lineEnd;
    const event = parseLine(body.subarray(start, end));
    if (event.text !== '') yield event;
    start = end + 1;
  }
}
