import { isUtf8 } from 'node:buffer';
import { ApiError } from '../errors/index.js';
import type { RequestRoom } from '../limits/index.js';
import { problemOf, refuseTooMany } from './parse.js';
import { RowBuffer } from './rowBuffer.js';
import { Slice } from './slices.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Makes lines, one for each event, of a body that is one JSON document over any number of lines (EV-04): an object is one event,
 * an array as many as it has elements (EV-N3). The document is never in memory as a whole but as its bytes: it is cut where its elements
 * end, and they are read one after the other, with pauses.
 * @param room takes the lines
 * @throws ApiError document_not_json, too_many_events, and what the room throws
 */
export async function linesOfDocument(body: Buffer, room: Pick<RequestRoom, 'add'>): Promise<Buffer> {
  if (!isUtf8(body)) throw notJson('the document is not valid UTF-8');
  const start = skipSpace(body, body[0] === 0xef ? 3 : 0);
  if (start === body.length) return Buffer.alloc(0);
  // Without the spaces and commas around them they are no longer than the document, and a line break.
  room.add(body.length + 1);
  const lines = new RowBuffer(body.length + 1);
  if (body[start] === OPEN_ARRAY) await addElements(body, start + 1, lines);
  else if (body[start] === OPEN_OBJECT) addEvent(body, start, body.length, lines);
  else
    throw notJson(
      problemOf(textOf(body, start, body.length)) ?? 'the document is neither an object nor an array',
    );
  return lines.content();
}

/** Each element of an array as a line. What lies between two commas is JSON by itself, or the array is none. */
async function addElements(body: Buffer, first: number, lines: RowBuffer): Promise<void> {
  const slice = new Slice();
  let count = 0;
  for (let start = first; ; ) {
    const end = elementEnd(body, start);
    if (end === body.length) throw notJson('the array has no end');
    const isLast = body[end] === CLOSE_ARRAY;
    if (isLast && count === 0 && skipSpace(body, start) === end) return refuseMore(body, end);
    count += 1;
    refuseTooMany(count);
    addEvent(body, start, end, lines);
    if (isLast) return refuseMore(body, end);
    start = end + 1;
    if (slice.isOver) await slice.pause();
  }
}

function addEvent(body: Buffer, start: number, end: number, lines: RowBuffer): void {
  const text = textOf(body, start, end);
  const problem = text === '' ? 'an element is missing beside a comma of the array' : problemOf(text);
  if (problem !== undefined) throw notJson(problem);
  lines.addCompact(body, start, end);
  lines.addByte(NEWLINE);
}

/** Where the array goes on or ends behind the element that begins at `start`; the end of the body when it does neither. */
function elementEnd(body: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < body.length; at += 1) {
    switch (body[at]) {
      case QUOTE:
        at = textEnd(body, at + 1);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        depth += 1;
        break;
      case CLOSE_ARRAY:
        if (depth === 0) return at;
        depth -= 1;
        break;
      case CLOSE_OBJECT:
        depth -= 1;
        break;
      case COMMA:
        if (depth === 0) return at;
        break;
    }
  }
  return body.length;
}

/** Where the quote is that ends a text. */
function textEnd(body: Buffer, start: number): number {
  let at = start;
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at;
}

function refuseMore(body: Buffer, arrayEnd: number): void {
  if (skipSpace(body, arrayEnd + 1) < body.length) throw notJson('there is something behind the array');
}

function skipSpace(body: Buffer, start: number): number {
  let at = start;
  while (at < body.length && (body[at] ?? 0) <= 0x20) at += 1;
  return at;
}

function textOf(body: Buffer, start: number, end: number): string {
  return body.toString('utf8', start, end).trim();
}

function notJson(reason: string): ApiError {
  return ApiError.of('document_not_json', { reason: `${reason}.` });
}
