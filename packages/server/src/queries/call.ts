import type { FastifyInstance } from 'fastify';
import { CUT_OUT, isPrivate } from '../http/loggable.js';

/**
 * What a request asked of an endpoint or of the Query API, and what it cost. The handler fills it in as it learns it; what
 * is logged about the request reads it when the reply has been sent (SVT-01, SVT-23).
 */
export interface QueryCall {
  /** The Pipe, with an empty id when there is none of the name that was called; null for the Query API. */
  pipe: { id: string; name: string; tags: readonly string[] } | null;
  /** Parameters that may be logged: those of the URL, of an endpoint only when it was called with GET (SVT-03). */
  parameters: Readonly<Record<string, string>>;
  /** Rows that the query read; null when it ran and the database did not tell. */
  readRows: number | null;
  /** Bytes that it read; null as `readRows`. */
  readBytes: number | null;
  /** Rows of the answer. */
  resultRows: number;
  /** When the request was taken up, on the clock of `performance.now()`. */
  startedAt: number;
  /** How long it took to compile the query and to check it, in milliseconds. */
  prepareMs: number;
  /** How long the query waited for its turn, in milliseconds, and whether for others of its Workspace or for those of other Workspaces. */
  waited: { ms: number; reason: 'workspace' | 'server' | null };
  /** How long the engine worked on the query, in seconds. */
  engineSeconds: number;
  /** Text of the error that was answered, or null. */
  error: string | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null for requests that are no call of an endpoint or of the Query API. */
    call: QueryCall | null;
  }
}

/** Gives every request of `app` a place for its call. */
export function keepCalls(app: FastifyInstance): void {
  app.decorateRequest('call', null);
}

/** A call about which nothing but what was asked is known yet. */
export function newCall(asked: Pick<QueryCall, 'pipe' | 'parameters'>): QueryCall {
  return {
    pipe: asked.pipe,
    parameters: loggable(asked.parameters),
    startedAt: performance.now(),
    prepareMs: 0,
    readRows: 0,
    readBytes: 0,
    resultRows: 0,
    engineSeconds: 0,
    waited: { ms: 0, reason: null },
    error: null,
  };
}

function loggable(parameters: QueryCall['parameters']): QueryCall['parameters'] {
  const entries = Object.entries(parameters);
  return Object.fromEntries(entries.map(([name, value]) => [name, isPrivate(name, value) ? CUT_OUT : value]));
}
