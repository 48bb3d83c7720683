import { isUtf8 } from 'node:buffer';
import { LosslessNumber, parse } from 'lossless-json';
import { ApiError } from '../errors/index.js';
import type { EventDocument } from './rowSchema.js';
import { isObject } from './verdict.js';

/** Longest excerpt of a line in an error, in characters. */
const EXCERPT_MAX = 200;

/** Objects and arrays inside each other at the most. The engine reads a thousand. */
const DEPTH_MAX = 500;

/** Characters of a number that JavaScript's own always holds as it was written. */
const PLAIN_NUMBER_MAX = 15;

/** Most events of one request: so many are written with one insert, all or none, and fit into memory. */
const EVENTS_MAX = 500_000;

/** @throws ApiError too_many_events when the body has more lines than a request may have events (EV-30) */
export function refuseTooManyLines(body: Buffer): void {
  if (body.length < EVENTS_MAX) return;
  let count = 1;
  for (let at = body.indexOf(0x0a); at >= 0; at = body.indexOf(0x0a, at + 1)) count += 1;
  refuseTooMany(count);
}

/** @throws ApiError too_many_events when a request may not have so many events (EV-30) */
export function refuseTooMany(count: number): void {
  if (count > EVENTS_MAX) throw ApiError.of('too_many_events', { limit: EVENTS_MAX });
}

/** Reads one event's line (EV-07). One that can't be read is an event with a problem, so that the rest of a batch is not lost. */
export function parseLine(bytes: Buffer): EventDocument {
  const text = bytes.toString('utf8').trim();
  if (!isUtf8(bytes)) return { text, document: undefined, problem: 'the line is not valid UTF-8' };
  const parsed = parseExactly(text);
  if (parsed.kind === 'problem') return { text, document: undefined, problem: parsed.problem };
  if (isObject(parsed.value)) return { text, document: parsed.value };
  const what = Array.isArray(parsed.value) ? 'an array' : 'a single value';
  return { text, document: undefined, problem: `${excerpt(text)} is ${what}, not a JSON object` };
}

/** Half of a surrogate pair, as JSON may write it, also where the other half follows. */
const HALF_PAIR = /\\u[dD][89a-fA-F]/;

/** The same where `JSON.stringify` wrote it, which it does only when the other half is missing: after an even number of backslashes. */
const LONE_HALF = /(?:^|[^\\])(?:\\\\)*\\ud[89a-f]/;

/** What JSON text holds, or why it can not be read. */
export type Parsed = { kind: 'value'; value: unknown } | { kind: 'problem'; problem: string };

/**
 * Reads JSON as `JSON.parse` does, also in that the last of several fields of one name counts, but keeps numbers as they are
 * written where JavaScript's own would not. An escape can name half of a character, which no UTF-8 text can hold.
 */
export function parseExactly(text: string): Parsed {
  const problem = problemOf(text);
  if (problem !== undefined) return { kind: 'problem', problem };
  return {
    kind: 'value',
    value: parse(text, undefined, {
      parseNumber: exactNumber,
      onDuplicateKey: ({ newValue }) => newValue,
    }),
  };
}

/** Why JSON text can not be read; undefined when it can. */
export function problemOf(text: string): string | undefined {
  try {
    const plain: unknown = JSON.parse(text);
    if (text.length > 2 * DEPTH_MAX && isTooDeep(plain)) return 'the event is nested too deeply';
    if (HALF_PAIR.test(text) && LONE_HALF.test(JSON.stringify(plain)))
      return 'the event holds half of a surrogate pair (\\ud800 to \\udfff)';
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return `${excerpt(text)} is not JSON (${excerpt(message)})`;
  }
}

function exactNumber(text: string): number | LosslessNumber {
  const value = Number(text);
  return text.length <= PLAIN_NUMBER_MAX && String(value) === text ? value : new LosslessNumber(text);
}

/** Whether a value is nested deeper than can be written out again. It does not call itself, for it may be very deep. */
function isTooDeep(document: unknown): boolean {
  let level: unknown[] = [document];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEPTH_MAX) return true;
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) next.push(part);
    }
    level = next;
  }
  return false;
}

function excerpt(text: string): string {
  return text.length <= EXCERPT_MAX ? text : `${text.slice(0, EXCERPT_MAX)}…`;
}
