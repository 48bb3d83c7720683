import { gzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import { ApiError } from '../errors/index.js';
import { type RequestRoom, RoomOfOwner, SharedRoom } from '../limits/index.js';
import { keepCalls } from '../queries/call.js';
import { readBytes } from './body.js';
import { answerErrors } from './errorReplies.js';
import { takeBodies } from './takeBodies.js';

const MIB = 1024 * 1024;

/** A Workspace alone may hold half of it. */
const ROOM_BYTES = 8 * MIB;
const BODY_BYTES = 2 * MIB;

const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) {
    app.server.closeAllConnections();
    await app.close();
  }
});

/** What requests hold together: now, at most so far, and the most that was taken at once. */
class Held {
  now = 0;
  most = 0;
  mostAtOnce = 0;
  private readonly shared = new SharedRoom(ROOM_BYTES);

  room(): RequestRoom {
    const room = new RoomOfOwner(this.shared, 'one', () => ApiError.of('ingestion_overloaded', {}));
    let held = 0;
    const count = (bytes: number): void => {
      held += bytes;
      this.now += bytes;
      this.most = Math.max(this.most, this.now);
      this.mostAtOnce = Math.max(this.mostAtOnce, bytes);
    };
    return {
      add: (bytes) => {
        room.add(bytes);
        count(bytes);
      },
      giveBack: (bytes = held) => {
        room.giveBack(bytes);
        count(-bytes);
      },
    };
  }
}

/** A server whose route holds a body until `held` is told that it may end. @returns its URL */
async function serve(held: Held, mayEnd: Promise<unknown>): Promise<string> {
  const app = Fastify({ bodyLimit: BODY_BYTES });
  apps.push(app);
  answerErrors(app, pino({ level: 'silent' }));
  keepCalls(app);
  takeBodies(app);
  app.post('/', { config: { access: 'public', room: () => held.room() } }, async (request) => {
    await mayEnd;
    request.room?.giveBack();
    return { bytes: readBytes(request).length };
  });
  return app.listen({ port: 0, host: '127.0.0.1' });
}

test('[EV-09] [EV-18] of many packed bodies at once no more is unpacked than there is room for', async () => {
  const held = new Held();
  let end = (): void => {};
  const url = await serve(
    held,
    new Promise<void>((resolve) => {
      end = resolve;
    }),
  );
  const body = gzipSync(Buffer.alloc(BODY_BYTES, ' '));
  const replies = await Promise.all(
    Array.from({ length: 30 }, async () => {
      const { status } = await fetch(url, { method: 'POST', body, headers: { 'content-encoding': 'gzip' } });
      // Those that there is room for are held until another one is refused.
      end();
      return status;
    }),
  );
  expect(new Set(replies)).toEqual(new Set([200, 503]));
  expect(held.most).toBeLessThanOrEqual(ROOM_BYTES / 2);
  expect(held.mostAtOnce).toBeLessThanOrEqual(64 * 1024);
  expect(held.now).toBe(0);
});

test('[EV-09] what is refused while it is read or unpacked holds nothing', async () => {
  const held = new Held();
  const url = await serve(held, Promise.resolve());
  const send = async (body: Buffer<ArrayBuffer>, encoding = 'gzip'): Promise<number> =>
    (await fetch(url, { method: 'POST', body, headers: { 'content-encoding': encoding } })).status;
  expect(await send(gzipSync(Buffer.alloc(BODY_BYTES + 1)))).toBe(413);
  expect(await send(gzipSync('x').subarray(0, 12))).toBe(400);
  expect(await send(Buffer.from('x'), 'br')).toBe(400);
  expect(await send(Buffer.alloc(BODY_BYTES + 1), 'identity')).toBe(413);
  expect(held.now).toBe(0);
  expect(await send(gzipSync('x'))).toBe(200);
});
