import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Config } from '../config/index.js';
import type { DataSource, DataSourceNeeds } from '../datasources/index.js';
import { ApiError } from '../errors/index.js';
import { atOnce, authOf } from '../http/access.js';
import { readBytes } from '../http/body.js';
import { Parameters } from '../http/parameters.js';
import type { RequestRoom } from '../limits/index.js';
import { findDataSource, type Snapshot } from '../workspaces/index.js';
import { AutoCreation } from './autoCreate.js';
import { linesOfDocument } from './document.js';
import { type IngestionCounts, type IngestionNeeds, ingest } from './events.js';
import type { NewColumns } from './newColumns.js';
import { RateLimits } from './rateLimits.js';

/** What the Events API needs. */
export interface EventRoutesNeeds extends IngestionNeeds, DataSourceNeeds {
  newColumns: NewColumns;
  config: Pick<Config, 'eventsBodyBytes' | 'eventsRps' | 'eventsBytesSecond'>;
}

type Format = 'ndjson' | 'json';

/** What a request's parameters say. */
interface Asked {
  name: string;
  wait: boolean;
  format: Format;
  /** The code of a log drain that is to be verified (EV-33). */
  verify: string | undefined;
}

/** What a request is, before its body is there. */
interface EventsCall {
  asked: Asked;
  /** Undefined when there is none, and the token may make one. */
  datasource: DataSource | undefined;
}

/** What a request without a body takes. */
const NO_ROOM: RequestRoom = { add: () => {}, giveBack: () => {} };

declare module 'fastify' {
  interface FastifyRequest {
    events: EventsCall | null;
  }
}

/** Codes that are safe in a header. */
const VERIFY_CODE = /^[A-Za-z0-9._~+/=:-]{1,256}$/;

/** A body without an event, as a verification may have. */
const NO_EVENTS = /^\s*(?:\[\s*\])?\s*$/;
const NO_EVENTS_BYTES_MAX = 64;

/**
 * `POST /v0/events` (EV-01…EV-35). Rows are durable before the answer, or with `wait` in the engine. Rights and rate limits are
 * asked before the body is read.
 */
export function eventRoutes(app: FastifyInstance, needs: EventRoutesNeeds): void {
  const { eventsBodyBytes: bodyLimit, eventsRps, eventsBytesSecond } = needs.config;
  const creation = new AutoCreation(needs);
  const limits = new Limiter(eventsRps, eventsBytesSecond, () => needs.clock().getTime());
  app.decorateRequest('events', null);
  const onRequest: onRequestHookHandler = (request, reply, done) => {
    const { id } = authOf(request).workspace;
    const begin = (snapshot: Snapshot): void => {
      const call = readCall(snapshot, request);
      request.events = call;
      if (call.asked.verify !== undefined) reply.header('x-vercel-verify', call.asked.verify);
      limits.take(request, reply, call.datasource?.id ?? id);
    };
    atOnce(() => needs.catalog.known(id) ?? needs.catalog.require(id), begin, done);
  };
  const room = (workspaceId: string): RequestRoom => needs.writer.backlog.takeRoom(workspaceId);
  const config = { access: 'token', busy: true, room } as const;
  app.post('/v0/events', { config, bodyLimit, onRequest }, (request, reply) =>
    takeEvents(needs, creation, request, reply),
  );
}

async function takeEvents(
  needs: EventRoutesNeeds,
  creation: AutoCreation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<IngestionCounts> {
  const { asked, datasource: known } = callOf(request);
  const { name, wait, verify, format } = asked;
  const { id: requestId } = request;
  const room = request.room ?? NO_ROOM;
  try {
    const body = readBytes(request);
    if (verify !== undefined && isWithoutEvents(body)) return { successful_rows: 0, quarantined_rows: 0 };
    const lines = format === 'json' ? await linesOfDocument(body, room) : body;
    const datasource = known ?? (await creation.create(authOf(request), name, { lines, requestId }));
    needs.writer.refuseWhenBehind(datasource);
    const { counts, queryable } = await ingest(needs, datasource, { lines, room, wait, requestId });
    needs.newColumns.look(datasource, lines);
    reply.code(queryable ? 200 : 202);
    return counts;
  } finally {
    room.giveBack();
  }
}

/**
 * Reads the parameters and asks for the right to append, or to create what is not there (EV-14, EV-20).
 * @throws ApiError missing_parameter, invalid_parameter, datasource_not_found, scope_missing
 */
function readCall(snapshot: Snapshot, request: FastifyRequest): EventsCall {
  const { rights } = authOf(request);
  const asked = askedOf(request);
  const found = snapshot.datasources.find(asked.name);
  if (found === undefined && rights.has('DATASOURCES:CREATE')) return { asked, datasource: undefined };
  const datasource = found ?? findDataSource(snapshot, asked.name, rights);
  rights.requireAppend(datasource);
  return { asked, datasource };
}

/** Clients send to the same few URLs again and again. What these say is kept; when there are too many it begins anew. */
const known = new Map<string, Asked>();
const KNOWN_MAX = 1000;
/** Longer URLs are not kept. */
const KNOWN_LENGTH_MAX = 1000;

/** @throws ApiError missing_parameter, invalid_parameter */
function askedOf(request: FastifyRequest): Asked {
  const before = known.get(request.url);
  if (before !== undefined) return before;
  const parameters = Parameters.ofUrl(request);
  const hint = 'Say which Data Source the events are for: /v0/events?name=<Data Source>.';
  const asked = {
    name: parameters.required('name', hint),
    wait: parameters.flag('wait', false),
    format: readFormat(parameters.text('format')),
    verify: readVerify(parameters.text('x-vercel-verify')),
  };
  if (known.size >= KNOWN_MAX) known.clear();
  if (request.url.length <= KNOWN_LENGTH_MAX) known.set(request.url, asked);
  return asked;
}

function readFormat(text = ''): Format {
  switch (text.toLowerCase()) {
    case '':
    case 'ndjson':
      return 'ndjson';
    case 'json':
      return 'json';
    default:
      throw ApiError.of('invalid_parameter', {
        name: 'format',
        reason: `\`${text}\` is neither ndjson nor json.`,
      });
  }
}

/** Guides print the URL of a drain with the parameter at its end and no code behind it: then there is none to answer with. */
function readVerify(code = ''): string | undefined {
  if (code === '') return undefined;
  if (VERIFY_CODE.test(code)) return code;
  throw ApiError.of('invalid_parameter', {
    name: 'x-vercel-verify',
    reason: 'it is no code: letters, digits and . _ ~ + / = : - are allowed, 256 characters at the most.',
  });
}

function callOf(request: FastifyRequest): EventsCall {
  if (request.events === null) throw new Error(`${request.url} was not read before its body`);
  return request.events;
}

function isWithoutEvents(body: Buffer): boolean {
  return body.length <= NO_EVENTS_BYTES_MAX && NO_EVENTS.test(body.toString('latin1'));
}

/** Holds requests against the rate limits and says in each reply how much is left (GN-12…GN-16, EV-17). */
class Limiter {
  private readonly limits: RateLimits;
  private readonly requestsText: string;

  constructor(
    private readonly requests: number,
    private readonly bytes: number,
    now: () => number,
  ) {
    this.limits = new RateLimits({ requests, bytes }, now);
    this.requestsText = String(requests);
  }

  /** @throws ApiError events_rate_limited */
  take(request: FastifyRequest, reply: FastifyReply, key: string): void {
    const seconds = this.limits.take(key, Number(request.headers['content-length'] ?? 0));
    if (this.requests > 0) {
      reply.header('x-ratelimit-limit', this.requestsText);
      reply.header('x-ratelimit-remaining', String(this.limits.remaining(key)));
      // A window is one second, of which some is left.
      reply.header('x-ratelimit-reset', seconds > 1 ? String(seconds) : '1');
    }
    if (seconds === 0) return;
    const isFull = this.requests > 0 && this.limits.remaining(key) === 0;
    const limit = isFull ? `${this.requests} requests` : `${this.bytes} bytes`;
    throw ApiError.of('events_rate_limited', { limit }, { headers: { 'Retry-After': String(seconds) } });
  }
}
