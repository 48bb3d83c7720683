import { open, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Engine, QueryRequest, SpooledResult } from '@goldcrest/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { enter, noteCost, sayTimes } from './account.js';
import { resultColumns } from './columns.js';
import { engineText } from './external.js';
import type { ResultFormat } from './formats.js';
import { isUnchanged, sayHowToKeep, TAGGED_BYTES_MAX } from './freshness.js';
import { prometheusQuery } from './prometheus.js';
import { type HeldResult, isOpen, isSpooled } from './results.js';
import { countRows } from './rowCounts.js';
import type { RunNeeds, RunnableQuery } from './run.js';
import { countingRows, sendStream } from './sendStream.js';
import { querySettings } from './settings.js';
import { KEPT_RESULT_BYTES_MAX, type SharedResult } from './sharedRuns.js';

/** A result that does not change any more. */
type WholeResult = HeldResult | SpooledResult;

/**
 * Runs a query, unless its result can be had from another request, and sends what it gives: whole before anything of it is sent, so
 * that whatever goes wrong is answered with its status, or, when it is large and its format allows it, while it is made.
 */
export async function sendResult(
  needs: RunNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
  runnable: RunnableQuery,
  signal: AbortSignal,
): Promise<FastifyReply> {
  const { result, ran, ageSeconds, release } = await runShared(needs, request, runnable, signal);
  reply.raw.once('close', release);
  if (isOpen(result)) return sendStream(request, reply, runnable, result);
  const { format } = runnable;
  if (ran) noteCost(request, result);
  if (request.call !== null) request.call.resultRows = countRows(format, endOf(result));
  sayTimes(request, reply, ran ? result : null);
  if (request.method !== 'POST') {
    sayHowToKeep(reply, runnable, { bytes: await taggedBytes(result), ageSeconds });
  }
  if (isUnchanged(request, reply)) return reply.code(304).send();
  if (!isSpooled(result)) return reply.send(bufferOf(result.body));
  reply.header('Content-Length', result.bytes);
  return reply.send(await readingOf(request, format, result.path));
}

function runShared(
  needs: RunNeeds,
  request: FastifyRequest,
  { query, snapshot, format, settings }: RunnableQuery,
  signal: AbortSignal,
): Promise<SharedResult> {
  const { database, serial, workspace } = snapshot;
  const own = JSON.stringify([query.settings, query.templateSettings, settings]);
  const key = `${serial} ${format.engine} ${own} ${query.sql}`;
  const keepSeconds = query.cacheTtl ?? 0;
  return needs.shared.get({ workspaceId: workspace.id, key, keepSeconds, signal }, async (stop) => {
    const turn = await enter(needs, request, workspace.id, stop);
    try {
      const all = { ...querySettings(needs.config, query, turn.threads), ...settings };
      const asked = { ...engineText(query), database, format: format.engine, settings: all };
      const run = { ...(await inFormat(needs.engine, asked)), signal: stop };
      const memoryBytes = keepSeconds > 0 ? KEPT_RESULT_BYTES_MAX : 0;
      // What is kept has to be whole, and another server is asked once for all who want the same.
      const streams = format.streams && keepSeconds === 0 && !query.external;
      const result = await needs.large.run({ run, workspaceId: workspace.id, memoryBytes, streams });
      if (isOpen(result)) void result.ended.then(turn.leave);
      else turn.leave();
      return result;
    } catch (error) {
      turn.leave();
      throw error;
    }
  });
}

/** The query as its format wants the result: only Prometheus asks for more than any SELECT gives. */
async function inFormat(engine: Engine, run: QueryRequest): Promise<QueryRequest> {
  if (run.format !== 'Prometheus') return run;
  const sql = prometheusQuery(run.sql, await resultColumns(engine, run));
  return { ...run, sql, shape: sql };
}

function endOf(result: WholeResult): Uint8Array {
  return isSpooled(result) ? result.tail : result.body;
}

/** The bytes of which a tag is made, or null when there are too many. */
async function taggedBytes(result: WholeResult): Promise<Buffer | null> {
  const length = isSpooled(result) ? result.bytes : result.body.length;
  if (length > TAGGED_BYTES_MAX) return null;
  return isSpooled(result) ? readFile(result.path) : bufferOf(result.body);
}

/** Opened before anything is sent: from then on the file may be removed. */
async function readingOf(request: FastifyRequest, format: ResultFormat, path: string): Promise<Readable> {
  const reading = (await open(path, 'r')).createReadStream();
  // What tells the number of rows at its end was asked for it before.
  if (format.rows === undefined || format.rows === 'in-document') return reading;
  const counted = Readable.from(countingRows(request, format, reading), { objectMode: false });
  // Nothing of it may ever have been read, and then it would stay open.
  return counted.once('close', () => reading.destroy());
}

function bufferOf(body: Uint8Array): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
