import type { QueryCost } from '@goldcrest/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Turn } from './admission.js';
import type { RunNeeds } from './run.js';

/** What a query has cost from its start until it is known, which it never is of one that fails. */
const UNKNOWN_COST: QueryCost = { rowsRead: null, bytesRead: null, elapsedSeconds: 0 };

/** Waits for a turn, and notes how long and for what. */
export async function enter(
  { admission }: RunNeeds,
  request: FastifyRequest,
  workspaceId: string,
  signal: AbortSignal,
): Promise<Turn> {
  const turn = await admission.enter(workspaceId, signal);
  noteCost(request, UNKNOWN_COST);
  if (request.call !== null) request.call.waited = { ms: turn.waitedMs, reason: turn.reason };
  return turn;
}

/** An answer that has begun can't become an error; only the log tells of it. */
export function noteError({ call }: FastifyRequest, error: unknown): void {
  if (call !== null) call.error = error instanceof Error ? error.message : String(error);
}

/** Only the request for which a query ran has read something. */
export function noteCost({ call }: FastifyRequest, result: QueryCost): void {
  if (call === null) return;
  call.readRows = result.rowsRead;
  call.readBytes = result.bytesRead;
  call.engineSeconds = result.elapsedSeconds;
}

/** Tells where the time went, in milliseconds: compiling, waiting for a turn and why, and the engine's own work when it is known. */
export function sayTimes({ call }: FastifyRequest, reply: FastifyReply, result: QueryCost | null): void {
  if (call === null) return;
  const { ms, reason } = call.waited;
  const prepare = `prepare;dur=${call.prepareMs.toFixed(3)}, `;
  const queue = `queue;dur=${ms.toFixed(1)}${reason === null ? '' : `;desc="${reason}"`}`;
  const engine = result === null ? '' : `, engine;dur=${(result.elapsedSeconds * 1000).toFixed(1)}`;
  reply.header('Server-Timing', prepare + queue + engine);
}
