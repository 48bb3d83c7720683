import type { ServerResponse } from 'node:http';
import type { Engine } from '@goldcrest/engine';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { decodeTime } from 'ulid';
import { ApiError } from '../errors/index.js';
import { CUT_OUT } from '../http/loggable.js';
import { withoutPrivate } from '../http/requestLog.js';
import type { QueryCall } from '../queries/index.js';
import { databaseOf } from '../workspaces/index.js';
import { emptyDirectory, TableLog } from './tableLog.js';
import { ENDPOINT_ERRORS, PIPE_STATS_RT } from './tables.js';

/** What the columns call the Query API, which is no Pipe (QY-19). */
const QUERY_API = 'query_api';

/** Longest text of an error that is kept, in characters. */
const ERROR_LENGTH_MAX = 10_000;

/** Estimated memory of an entry without its texts. */
const ENTRY_BYTES = 1000;

/** One call, when it has been answered. */
interface FinishedCall {
  /** A ULID: it holds the time at which the request came. */
  requestId: string;
  durationMs: number;
  /** Path and query, with the token if it is in there. */
  url: string;
  method: string;
  status: number;
  userAgent: string | null;
  /** The token's id, which is not its secret, and its name. */
  token: { id: string; name: string };
  call: QueryCall;
}

/** Keeps every call of an endpoint and of the Query API (SVT-01), and what went wrong (SVT-23). */
export class CallLog {
  private readonly calls: TableLog<FinishedCall>;
  private readonly errors: TableLog<FinishedCall>;

  private constructor(parts: { engine: Engine; directory: string; log: Logger }) {
    this.calls = new TableLog({ ...parts, table: PIPE_STATS_RT, row: callRow });
    this.errors = new TableLog({ ...parts, table: ENDPOINT_ERRORS, row: errorRow });
  }

  /** Opens the log. @param directory where rows lie while the engine reads them; emptied */
  static async open(parts: { engine: Engine; directory: string; log: Logger }): Promise<CallLog> {
    await emptyDirectory(parts.directory);
    return new CallLog(parts);
  }

  /** Records the calls that `app` answers, those whose client went away before, and those whose answer broke off. */
  watch(app: FastifyInstance): void {
    app.addHook('onRequest', (request, reply, done) => {
      // Events are no calls, and there are too many of them to listen to the end of each.
      if (request.routeOptions.config.busy === true) return done();
      const startedAt = performance.now();
      reply.raw.on('close', () => {
        if (request.call === null) return;
        const end = endOf(request.call, reply.raw);
        this.record(request, { ...end, durationMs: performance.now() - startedAt });
      });
      done();
    });
  }

  /** Writes what waits; resolves when all of it is written or given up. */
  async close(): Promise<void> {
    await Promise.all([this.calls.close(), this.errors.close()]);
  }

  private record(request: FastifyRequest, end: Pick<FinishedCall, 'call' | 'status' | 'durationMs'>): void {
    if (request.auth === null) return;
    const { workspace, token } = request.auth;
    const { id: requestId, url, method } = request;
    const userAgent = request.headers['user-agent'] ?? null;
    const entry = { ...end, requestId, url, method, userAgent, token };
    const { call } = end;
    const bytes = ENTRY_BYTES + 2 * url.length + (userAgent?.length ?? 0) + (call.error?.length ?? 0);
    const database = databaseOf(workspace.id);
    if (call.pipe?.id !== '') this.calls.append(database, entry, bytes);
    if (call.pipe !== null && hasFailed(entry)) this.errors.append(database, entry, bytes);
  }
}

/** How a call ended: as it was answered, broken off by an error, or by its client. */
function endOf(call: QueryCall, response: ServerResponse): Pick<FinishedCall, 'call' | 'status'> {
  if (response.writableFinished || call.error !== null) return { call, status: response.statusCode };
  const { status, message } = ApiError.of('query_cancelled', {});
  return { call: { ...call, error: message }, status };
}

function hasFailed({ status, call }: FinishedCall): boolean {
  return status >= 400 || call.error !== null;
}

function callRow(entry: FinishedCall): Record<string, unknown> {
  const { call, token } = entry;
  const { token: _secret, ...parameters } = call.parameters;
  return {
    start_datetime: startSecond(entry),
    pipe_id: call.pipe?.id ?? QUERY_API,
    pipe_name: call.pipe?.name ?? QUERY_API,
    duration: entry.durationMs / 1000,
    read_bytes: call.readBytes,
    read_rows: call.readRows,
    result_rows: call.resultRows,
    url: withoutToken(entry.url),
    error: hasFailed(entry) ? 1 : 0,
    request_id: entry.requestId,
    token: token.id,
    token_name: token.name,
    status_code: entry.status,
    method: entry.method,
    parameters,
    release: '',
    user_agent: entry.userAgent,
    resource_tags: call.pipe?.tags ?? [],
    cpu_time: call.engineSeconds,
  };
}

function errorRow(entry: FinishedCall): Record<string, unknown> {
  const { call, status } = entry;
  const { token: _secret, ...parameters } = call.parameters;
  const [path = ''] = entry.url.split('?');
  return {
    start_datetime: startSecond(entry),
    request_id: entry.requestId,
    pipe_id: call.pipe?.id ?? '',
    pipe_name: call.pipe?.name ?? '',
    params: Object.keys(parameters).length === 0 ? null : JSON.stringify(parameters),
    url: path,
    status_code: status,
    error: call.error?.slice(0, ERROR_LENGTH_MAX) ?? null,
    resource_tags: call.pipe?.tags ?? [],
  };
}

function startSecond({ requestId }: FinishedCall): number {
  return Math.floor(decodeTime(requestId) / 1000);
}

/** The URL as it may be logged, and without any `token` parameter: nothing says that there was one (SVT-02). */
function withoutToken(url: string): string {
  const [path = '', ...query] = withoutPrivate(url).split('?');
  const kept = query
    .join('?')
    .split('&')
    .filter((part) => part !== '' && part !== `token=${CUT_OUT}`);
  return kept.length === 0 ? path : `${path}?${kept.join('&')}`;
}
