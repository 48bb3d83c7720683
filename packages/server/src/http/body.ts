import { createGunzip } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { parse, parseNumberAndBigInt } from 'lossless-json';
import { ApiError } from '../errors/index.js';
import type { RequestRoom } from '../limits/index.js';

/** The request's body as bytes; none is an empty one. */
export function readBytes(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** Whether the request's body is in an encoding of its own. */
export function isPacked({ headers }: FastifyRequest): boolean {
  return encodingOf(headers['content-encoding']) !== 'identity';
}

/**
 * Unpacks a body that was sent with `Content-Encoding: gzip` (EV-09). Unpacked, it is bound by the limit that it has as sent.
 * @param room takes the unpacked bytes as they come, and gets back those of the packed ones
 * @throws ApiError body_too_large, invalid_body (damaged gzip), unsupported_encoding, and what the room throws
 */
export async function unpackBody(request: FastifyRequest, body: Buffer, room: RequestRoom): Promise<Buffer> {
  const encoding = encodingOf(request.headers['content-encoding']);
  if (encoding !== 'gzip') throw ApiError.of('unsupported_encoding', { encoding });
  const limit = request.routeOptions.bodyLimit;
  const chunks: Buffer[] = [];
  let length = 0;
  const unpacked = createGunzip();
  unpacked.end(body);
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw ApiError.of('body_too_large', { limit });
      room.add(chunk.length);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw ApiError.of('invalid_body', { reason: 'it is not complete gzip data.' }, { cause });
  }
  room.giveBack(body.length);
  return Buffer.concat(chunks, length);
}

function encodingOf(header: string | undefined): string {
  return header === undefined || header === '' ? 'identity' : header.toLowerCase();
}

/** The request's body as text (UTF-8). */
export function readText(request: FastifyRequest): string {
  return readBytes(request).toString('utf8');
}

/**
 * The request's body as a JSON document.
 * @throws ApiError invalid_body when it is not JSON
 */
export function readJson(request: FastifyRequest): unknown {
  const text = readText(request);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason =
      text === '' ? 'it is empty; send a JSON document.' : `it is not JSON (${messageOf(cause)}).`;
    throw ApiError.of('invalid_body', { reason }, { cause });
  }
}

/**
 * The request's body as a JSON document whose whole numbers of any size stay exact: those that a number can't hold are bigints.
 * @throws ApiError invalid_body when it is not JSON
 */
export function readExactJson(request: FastifyRequest): unknown {
  const text = readText(request);
  // The strict reader first: its errors say where, and it refuses what is no JSON.
  readJson(request);
  try {
    return parse(text, null, parseNumberAndBigInt);
  } catch (error) {
    // A field that is there twice, or brackets in brackets beyond what can be read.
    throw ApiError.of('invalid_body', { reason: `${messageOf(error)}.` }, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether the request's body is a form with files. */
export function isMultipart({ headers }: FastifyRequest): boolean {
  return (headers['content-type'] ?? '').toLowerCase().startsWith('multipart/');
}

/** Whether the request says that its body is of the media type, e.g. `application/json`. */
export function hasMediaType(request: FastifyRequest, mediaType: string): boolean {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() === mediaType;
}
