import { Readable } from 'node:stream';
import type { QueryCost } from '@goldcrest/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { enter, noteCost, noteError, sayTimes } from './account.js';
import { engineText, queryError } from './external.js';
import type { ResultFormat } from './formats.js';
import type { StreamPlace } from './openStreams.js';
import { RowCounter } from './rowCounts.js';
import type { RunNeeds, RunnableQuery } from './run.js';
import { querySettings } from './settings.js';

/** Sends a result while it is made, from its first piece on: what is wrong with the query by then is answered with its status. */
export async function sendStream(
  needs: RunNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
  { query, snapshot, format, settings }: RunnableQuery,
  gone: AbortSignal,
): Promise<FastifyReply> {
  const { workspace, database } = snapshot;
  const place = takePlace(needs, reply, workspace.id);
  const signal = AbortSignal.any([gone, place.signal]);
  const shown = (error: unknown): unknown => (place.signal.aborted ? needs.streams.noSpace() : error);
  const turn = await enter(needs, request, workspace.id, gone);
  const all = { ...querySettings(needs.config, query, turn.threads), ...settings };
  const onEnd = (cost: QueryCost | null): void => {
    turn.leave();
    if (cost !== null) noteCost(request, cost);
  };
  const asked = { ...engineText(query), database, format: format.engine, settings: all, signal };
  const run = { ...asked, onEnd, onGrowth: place.grow };
  const chunks = needs.engine.stream(run)[Symbol.asyncIterator]();
  const first = await firstPieces(format, chunks).catch((error) => {
    turn.leave();
    throw shown(error);
  });
  sayTimes(request, reply, null);
  if (first.length === 0) return reply.send(Buffer.alloc(0));
  const counter = new RowCounter(format);
  const counted = withFirst(first, chunks, {
    read: (chunk) => {
      counter.read(chunk);
      if (request.call !== null) request.call.resultRows = counter.rows;
    },
    broken: (error) => noteError(request, queryError(shown(error), query)),
  });
  return reply.send(Readable.from(counted, { objectMode: false }));
}

/** Takes a place among the open results until the client has its answer or has gone. */
function takePlace({ streams }: RunNeeds, { raw }: FastifyReply, workspaceId: string): StreamPlace {
  const place = streams.enter(workspaceId);
  if (raw.destroyed) place.leave();
  raw.once('close', place.leave);
  return place;
}

/** The pieces up to the first row: the engine writes a line of names before it knows whether the query can be run. */
async function firstPieces(format: ResultFormat, chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array[]> {
  const counter = new RowCounter(format);
  const pieces: Uint8Array[] = [];
  do {
    const piece = await chunks.next();
    if (piece.done) break;
    pieces.push(piece.value);
    counter.read(piece.value);
  } while (format.hasHeader === true && counter.rows === 0);
  return pieces;
}

/**
 * The pieces with the first ones in front again. Ending them ends the query also when none was read, unlike with a generator.
 * @param watch is given each piece on its way, or the error with which they end
 */
function withFirst(
  first: readonly Uint8Array[],
  chunks: AsyncIterator<Uint8Array>,
  watch: { read: (chunk: Uint8Array) => void; broken: (error: unknown) => void },
): AsyncIterable<Uint8Array> {
  const unread = [...first];
  const following = async (): Promise<IteratorResult<Uint8Array>> => {
    try {
      return await chunks.next();
    } catch (error) {
      watch.broken(error);
      throw error;
    }
  };
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const piece = unread.shift();
    const result = piece === undefined ? await following() : { value: piece };
    if (!result.done) watch.read(result.value);
    return result;
  };
  const end = async (): Promise<IteratorResult<Uint8Array>> => {
    await chunks.return?.();
    return { done: true, value: undefined };
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}
