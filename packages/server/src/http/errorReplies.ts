import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { EngineBusyError, EngineClosedError, EngineUnavailableError } from '@goldcrest/engine';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { ApiError, type ErrorCode, outOfSpace } from '../errors/index.js';
import { isDiskFull } from '../metadata/index.js';
import { ANY_ORIGIN } from './crossOrigin.js';
import { HEADER_BYTES_MAX } from './limits.js';
import { newRequestId } from './requestId.js';

/** Errors that say that the engine can not be asked just now, whatever for. */
const ENGINE_AWAY = [EngineBusyError, EngineClosedError, EngineUnavailableError];

/** Answers to many requests for one reason, which is logged once. Each request has its line with the code in any case. */
const LOGGED: ReadonlySet<ErrorCode> = new Set([
  'ingestion_disk',
  'ingestion_overloaded',
  'ingestion_behind',
]);

/** Answers every error as `{"error": text}` with its status and headers (GN-08, GN-19), and logs what is the server's fault. */
export function answerErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const answer = toApiError(error, request);
    if (request.call !== null) request.call.error = answer.message;
    if (answer.status >= 500 && !LOGGED.has(answer.code))
      log.error({ requestId: request.id, err: error }, 'request failed');
    return sendError(reply, answer);
  });
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    return sendError(reply, ApiError.of('route_not_found', { method: request.method, path }));
  });
}

/** Headers of the reply that was meant to be sent, which an error that takes its place does not have. */
const NOT_OF_ERRORS = ['content-encoding', 'content-length', 'etag', 'cache-control'];

function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  for (const name of NOT_OF_ERRORS) {
    reply.removeHeader(name);
    // A stream that failed before its first byte has left its headers here.
    reply.raw.removeHeader(name);
  }
  return reply
    .code(error.status)
    .headers({ ...error.headers, 'x-error-code': error.code })
    .type('application/json; charset=utf-8')
    .send(error.body);
}

/** Maps what Fastify itself raises to the catalogue; the rest is a fault of the server, whose text stays in the log. */
function toApiError(error: FastifyError, request: FastifyRequest): ApiError {
  if (error instanceof ApiError) return error;
  if (ENGINE_AWAY.some((kind) => error instanceof kind)) {
    return ApiError.of(
      'unavailable',
      { state: 'busy or without its database' },
      { headers: { 'Retry-After': '1' }, cause: error },
    );
  }
  if (isDiskFull(error)) return outOfSpace(error);
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return ApiError.of('body_too_large', { limit: request.routeOptions.bodyLimit });
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return ApiError.of('length_required', {});
    default:
      if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
        return ApiError.of('bad_request', { reason: error.message });
      }
      return ApiError.of('internal_error', { requestId: request.id });
  }
}

/** Answers what the router itself refuses, such as a path that can't be read, like every other error (GN-08). */
export function answerFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  reply.headers({ ...ANY_ORIGIN, 'x-request-id': request.id });
  sendError(reply, ApiError.of('bad_request', { reason: error.message }));
}

/** Answers what is not even HTTP, or too large for it, on the bare connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const answer = protocolError(error.code);
  const body = JSON.stringify({ error: answer.message });
  const headers = {
    ...ANY_ORIGIN,
    'Content-Type': 'application/json; charset=utf-8',
    'x-request-id': newRequestId(),
    'x-error-code': answer.code,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${lines.join('')}\r\n${body}`);
}

function protocolError(code: string | undefined): ApiError {
  switch (code) {
    case 'HPE_INVALID_CONTENT_LENGTH':
    case 'HPE_UNEXPECTED_CONTENT_LENGTH':
      return ApiError.of('length_required', {});
    case 'HPE_HEADER_OVERFLOW':
      return ApiError.of('header_too_large', { limit: HEADER_BYTES_MAX });
    default:
      return ApiError.of('bad_request', { reason: 'The request is not valid HTTP.' });
  }
}
