import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { CUT_OUT, isPrivate } from './loggable.js';

/** What is logged of every request. Tokens are never part of it. */
export interface RequestLogEntry {
  requestId: string;
  method: string;
  /** Path and query; tokens, and SQL with passwords of other servers, are cut out. */
  url: string;
  /** The route's pattern, or null when none matched. */
  route: string | null;
  status: number;
  /** The code of the error that was answered, as in `x-error-code`, or null. */
  error: string | null;
  durationMs: number;
  requestBytes: number;
  responseBytes: number;
  workspaceId: string | null;
  tokenName: string | null;
  userAgent: string | null;
  /** How long its query waited for its turn, and for whom; null when it is no query. */
  queueMs: number | null;
  queueReason: 'workspace' | 'server' | null;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True for a route that is called very often: its calls that went well are logged at debug. */
    busy?: boolean;
  }
}

/** Logs each request when it has been answered: at info, or at warn when the server was at fault. */
export function logRequests(app: FastifyInstance, log: Logger): void {
  app.addHook('onResponse', (request, reply, done) => {
    const level = levelOf(request, reply);
    if (log.isLevelEnabled(level)) log[level](entryOf(request, reply), 'request');
    done();
  });
}

function levelOf({ routeOptions }: FastifyRequest, { statusCode }: FastifyReply): 'debug' | 'info' | 'warn' {
  if (statusCode >= 500) return 'warn';
  return routeOptions.config.busy === true && statusCode < 400 ? 'debug' : 'info';
}

function entryOf(request: FastifyRequest, reply: FastifyReply): RequestLogEntry {
  return {
    requestId: request.id,
    method: request.method,
    url: withoutPrivate(request.url),
    route: request.routeOptions.url ?? null,
    status: reply.statusCode,
    error: codeOf(reply.getHeader('x-error-code')),
    durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
    requestBytes: Number(request.headers['content-length'] ?? 0),
    responseBytes: Number(reply.getHeader('content-length') ?? 0),
    workspaceId: request.auth?.workspace.id ?? null,
    tokenName: request.auth?.token.name ?? null,
    userAgent: request.headers['user-agent'] ?? null,
    queueMs: request.call === null ? null : Math.round(request.call.waited.ms),
    queueReason: request.call?.waited.reason ?? null,
  };
}

function codeOf(header: unknown): string | null {
  return typeof header === 'string' ? header : null;
}

/** The URL with the value of every private parameter cut out, also when its name is escaped. */
export function withoutPrivate(url: string): string {
  const start = url.indexOf('?');
  if (start < 0) return url;
  const parts = url.slice(start + 1).split('&');
  return `${url.slice(0, start)}?${parts.map(shown).join('&')}`;
}

/** How a parameter begins whose name, which may be escaped, can be that of a private one. Others need not be read. */
const MAYBE_PRIVATE = /^[tq%]/;

function shown(part: string): string {
  if (!MAYBE_PRIVATE.test(part)) return part;
  for (const [name, value] of new URLSearchParams(part)) {
    if (isPrivate(name, value)) return `${name}=${CUT_OUT}`;
  }
  return part;
}
