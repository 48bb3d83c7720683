import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { noteCost, noteError, sayTimes } from './account.js';
import { queryError } from './external.js';
import type { ResultFormat } from './formats.js';
import { sayHowToKeep } from './freshness.js';
import type { OpenResult } from './results.js';
import { RowCounter } from './rowCounts.js';
import type { RunnableQuery } from './run.js';

/** Sends a result while it is made. What goes wrong from now on can only break the reply off. */
export function sendStream(
  request: FastifyRequest,
  reply: FastifyReply,
  runnable: RunnableQuery,
  { pieces, ended }: OpenResult,
): FastifyReply {
  void ended.then((cost) => cost !== null && noteCost(request, cost));
  sayTimes(request, reply, null);
  if (request.method !== 'POST') sayHowToKeep(reply, runnable, { bytes: null, ageSeconds: undefined });
  const told = withErrors(pieces, (error) => noteError(request, queryError(error, runnable.query)));
  return reply.send(Readable.from(countingRows(request, runnable.format, told), { objectMode: false }));
}

/** Passes pieces on, and notes how many rows there were so far. */
export async function* countingRows(
  { call }: FastifyRequest,
  format: ResultFormat,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const counter = new RowCounter(format);
  for await (const piece of pieces) {
    counter.read(piece);
    if (call !== null) call.resultRows = counter.rows;
    yield piece;
  }
}

async function* withErrors(
  pieces: AsyncIterable<Uint8Array>,
  note: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (error) {
    note(error);
    throw error;
  }
}
