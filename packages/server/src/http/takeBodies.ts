import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from '../errors/index.js';
import { type RequestRoom, RoomOfOwner, SharedRoom } from '../limits/index.js';
import { isPacked, unpackBody } from './body.js';

/** Bytes of bodies that may be in memory at once; a Workspace may hold as much of them as it leaves free. */
const BODIES_BYTES_MAX = 1024 * 1024 * 1024;

/** Who holds what comes without a token. */
const NOBODY = '';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For a route whose bodies are not counted with those of all others: where else. Its handler gives the room back. */
    room?: (workspaceId: string) => RequestRoom;
  }
  interface FastifyRequest {
    /** Room for the request's body; null when it has none. */
    room: RequestRoom | null;
  }
}

/**
 * Reads bodies. One is bytes until the route knows what it is: clients label events and SQL with any media type (EV-08, QY-03). It takes
 * room as its bytes arrive, and not before: what is only announced would let one client, that sends nothing, shut out all others. To be
 * called when it is known who calls.
 */
export function takeBodies(app: FastifyInstance): void {
  const bodies = new SharedRoom(BODIES_BYTES_MAX);
  app.decorateRequest('room', null);
  app.addHook('onRequest', (request, reply, done) => {
    const length = Number(request.headers['content-length'] ?? 0);
    if (length === 0 || request.is404) return done();
    const { config, bodyLimit: limit } = request.routeOptions;
    if (length > limit) return done(ApiError.of('body_too_large', { limit }));
    const owner = request.auth?.workspace.id ?? NOBODY;
    if (config.room !== undefined) request.room = config.room(owner);
    else {
      const room = new RoomOfOwner(bodies, owner, busy);
      request.room = room;
      // A body may still be being unpacked when its client has gone.
      reply.raw.on('close', () => room.end());
    }
    done();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage, done) => {
    const { room } = request;
    // Of what nobody will look at nothing is kept.
    if (room === null) return dropBody(payload, () => done(null, Buffer.alloc(0)));
    readBody(payload, room, (error, body) => {
      if (error !== null) return done(error);
      if (!isPacked(request)) return done(null, body);
      unpackBody(request, body, room).then(
        (unpacked) => done(null, unpacked),
        (reason: Error) => {
          room.giveBack();
          done(reason);
        },
      );
    });
  });
}

/** Reads what arrives and keeps nothing of it, so that the client sees the answer. */
function dropBody(payload: IncomingMessage, done: () => void): void {
  payload.on('end', done).on('error', done).resume();
}

/** Reads what arrives. Where there is no room for it the rest is read too, and thrown away: only then does a client see the answer. */
function readBody(
  payload: IncomingMessage,
  room: RequestRoom,
  done: (error: Error | null, body: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  let refused: Error | null = null;
  let isOver = false;
  const end = (error: Error | null): void => {
    // An error may come after the end. Taking the listeners away would cost more, on every request.
    if (isOver) return;
    isOver = true;
    if (error !== null) room.giveBack();
    done(error, joined(chunks));
  };
  const read = (chunk: Buffer): void => {
    if (refused !== null) return;
    try {
      room.add(chunk.length);
      chunks.push(chunk);
    } catch (error) {
      refused = error instanceof Error ? error : new Error(String(error));
      chunks.length = 0;
      room.giveBack();
    }
  };
  payload
    .on('data', read)
    .on('end', () => end(refused))
    .on('error', end);
}

/** Node gives each chunk a buffer of its own, so a single one keeps no larger one in memory and need not be copied. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
}

function busy(): ApiError {
  return ApiError.of('unavailable', { state: 'busy' }, { headers: { 'Retry-After': '1' } });
}
