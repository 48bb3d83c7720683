import type { Readable } from 'node:stream';
import { EngineUnavailableError, parseEngineError } from '../errors.js';

/** Bytes at the end of a streamed answer that may be an error: the server's message and its marks. */
const HELD_BYTES = 32 * 1024;
/** Bytes of an error reply that are read. */
const ERROR_BYTES_MAX = 1024 * 1024;
/** First line of an error that the server puts after the rows that it has sent already. */
const EXCEPTION_MARK = '__exception__';

/** Reads a whole answer. */
export async function readBody(stream: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(toBytes(chunk));
  return Buffer.concat(chunks);
}

/** Reads an error reply and makes it an error: EngineError if the database wrote it, or EngineUnavailableError. */
export async function readError(stream: Readable, status: number): Promise<Error> {
  let text = '';
  for await (const chunk of stream) {
    text += Buffer.from(toBytes(chunk)).toString();
    if (text.length > ERROR_BYTES_MAX) break;
  }
  const reply = text.trim();
  return (
    parseEngineError(reply) ??
    new EngineUnavailableError(`The database answered ${status}: ${reply.slice(0, 500)}`)
  );
}

/**
 * Passes a streamed answer on, holding back its end, where the server puts an error that comes after rows.
 * @param tag the reply's X-ClickHouse-Exception-Tag; older servers send none and break the connection
 * @throws EngineError for such an error
 */
export async function* readChunks(stream: Readable, tag: string | undefined): AsyncGenerator<Uint8Array> {
  let held = Buffer.alloc(0);
  let broken: unknown;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.concat([held, toBytes(chunk)]);
      const keep = Math.max(0, bytes.length - HELD_BYTES);
      held = bytes.subarray(keep);
      if (keep > 0) yield bytes.subarray(0, keep);
    }
  } catch (error) {
    broken = error;
  }
  const late = lateError(held.toString(), tag, broken !== undefined);
  if (late !== undefined) throw late;
  if (broken !== undefined) throw broken;
  if (held.length > 0) yield held;
}

function lateError(end: string, tag: string | undefined, broken: boolean): Error | undefined {
  if (tag !== undefined) {
    const start = end.lastIndexOf(`${EXCEPTION_MARK}\r\n${tag}\r\n`);
    if (start < 0) return undefined;
    const text = end.slice(start + EXCEPTION_MARK.length + tag.length + 4);
    const message = text.slice(0, text.lastIndexOf(`\n`, text.lastIndexOf(tag)));
    return parseEngineError(message.trim());
  }
  const start = broken ? end.lastIndexOf('Code: ') : -1;
  return start < 0 ? undefined : parseEngineError(end.slice(start).trim());
}

/** A piece of an HTTP answer as bytes. */
export function toBytes(chunk: unknown): Uint8Array {
  return chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk));
}
