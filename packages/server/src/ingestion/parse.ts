import { isUtf8 } from 'node:buffer';
import { parse } from 'lossless-json';
import { ApiError } from '../errors/index.js';
import type { EventDocument } from './rowSchema.js';
import { isExactNumber, stringify } from './verdict.js';

/** Text that may have numbers which JavaScript's own would change: of many digits, very small, or of a large power of ten. */
const LARGE_NUMBERS = /\d[\d.]{14,}\d|\.0{6}|\d[eE]\+?\d{3}/;

/** Longest excerpt of a line in an error, in characters. */
const EXCERPT_MAX = 200;

/**
 * Reads a body of one JSON object per line (EV-07), one after the other. Lines that are empty are skipped; a line that can't be read
 * is an event with a problem, so that the rest of the batch is not lost.
 * @throws ApiError too_many_events before anything is read
 */
export function* parseLines(body: Buffer): Generator<EventDocument> {
  refuseTooMany(countLines(body));
  for (const line of linesOf(body)) if (line.trim() !== '') yield parseLine(line);
}

/** Most events of one request: so many are written with one insert, all or none, and fit into memory. */
const EVENTS_MAX = 500_000;

function refuseTooMany(count: number): void {
  if (count > EVENTS_MAX) throw ApiError.of('too_many_events', { limit: EVENTS_MAX });
}

function countLines(body: Buffer): number {
  let count = 1;
  for (let at = body.indexOf(0x0a); at >= 0; at = body.indexOf(0x0a, at + 1)) count += 1;
  return count;
}

/**
 * Reads a body that is one JSON document over any number of lines (EV-04): an object is one event, an array of objects as many
 * as it has (EV-N3).
 * @throws ApiError not_json, too_many_events
 */
export function* parseDocument(body: Buffer): Generator<EventDocument> {
  const text = linesOf(body).join('\n');
  if (text.trim() === '') return;
  const value = parseJson(text);
  if (value.kind === 'problem') throw ApiError.of('not_json', { reason: `${value.problem}.` });
  if (isRecord(value.value)) {
    yield wellFormed(stringify(value.value), value.value);
    return;
  }
  if (!Array.isArray(value.value))
    throw ApiError.of('not_json', { reason: 'the document is neither an object nor an array.' });
  refuseTooMany(value.value.length);
  for (const element of value.value) yield elementEvent(element);
}

function elementEvent(element: unknown): EventDocument {
  const text = stringify(element);
  if (isRecord(element)) return wellFormed(text, element);
  return { text, document: undefined, problem: `${excerpt(text)} is not a JSON object` };
}

/** The lines of a body. Bytes that are not UTF-8 become U+FFFD in their own line only, which is then reported. */
function linesOf(body: Buffer): string[] {
  if (isUtf8(body))
    return body
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .split('\n');
  const lines: string[] = [];
  for (let start = 0; start <= body.length; ) {
    const end = body.indexOf(0x0a, start);
    const line = body.subarray(start, end < 0 ? body.length : end);
    lines.push(isUtf8(line) ? line.toString('utf8') : `${NOT_UTF8}${line.toString('utf8')}`);
    start = end < 0 ? body.length + 1 : end + 1;
  }
  return lines;
}

/** Marks a line that was not UTF-8. No JSON text begins with it. */
const NOT_UTF8 = '\u0000';

/** Reads one event's text. */
export function parseLine(line: string): EventDocument {
  if (line.startsWith(NOT_UTF8)) {
    return { text: line.slice(1), document: undefined, problem: 'the line is not valid UTF-8' };
  }
  const text = line.trim();
  const value = parseJson(text);
  if (value.kind === 'problem') return { text, document: undefined, problem: value.problem };
  if (isRecord(value.value)) return wellFormed(text, value.value);
  const what = Array.isArray(value.value) ? 'an array' : 'a single value';
  return { text, document: undefined, problem: `${excerpt(text)} is ${what}, not a JSON object` };
}

/** Half of a surrogate pair, as JSON writes it when the other half is missing. */
const HALF_PAIR = /\\u[dD][89a-fA-F]/;

/** An escape can name half of a character, which no UTF-8 text can hold. Whole pairs are fine. */
function wellFormed(text: string, document: Record<string, unknown>): EventDocument {
  if (!HALF_PAIR.test(text) || !HALF_PAIR.test(stringify(document))) return { text, document };
  return {
    text,
    document: undefined,
    problem: 'the event holds half of a surrogate pair (\\ud800 to \\udfff)',
  };
}

type Parsed = { kind: 'value'; value: unknown } | { kind: 'problem'; problem: string };

function parseJson(text: string): Parsed {
  try {
    const value: unknown = LARGE_NUMBERS.test(text) ? parseNumbersExactly(text) : JSON.parse(text);
    return { kind: 'value', value };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'problem', problem: `${excerpt(text)} is not JSON (${excerpt(message)})` };
  }
}

/** Like `JSON.parse`, also in that the last of several fields of one name counts, but keeps every digit of numbers. */
function parseNumbersExactly(text: string): unknown {
  return parse(text, undefined, { onDuplicateKey: ({ newValue }) => newValue });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);
}

function excerpt(text: string): string {
  return text.length <= EXCERPT_MAX ? text : `${text.slice(0, EXCERPT_MAX)}…`;
}
