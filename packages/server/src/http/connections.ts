import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How long a stop waits for requests that are under way, in milliseconds. Those that were read whole end before. */
const REQUESTS_MS_MAX = 15_000;

/**
 * When the server stops, ends the connections that carry no request. Node itself ends those that carried one before, but waits
 * up to a minute for those on which nothing was ever sent, which clients and browsers open ahead of need, and for ever for those on which
 * half a request was. One on which several requests were sent ends behind the reply to the last.
 */
export function endQuietConnections(app: FastifyInstance): void {
  /** How many requests each connection carries. */
  const requests = new Map<Socket, number>();
  let stopping = false;
  app.server.on('connection', (socket) => {
    requests.set(socket, 0);
    socket.once('close', () => requests.delete(socket));
  });
  app.addHook('onRequest', ({ raw: { socket } }, _reply, done) => {
    const count = requests.get(socket);
    if (count !== undefined) requests.set(socket, count + 1);
    done();
  });
  app.addHook('onResponse', ({ raw: { socket } }, _reply, done) => {
    // A connection that has ended is known no more.
    const count = requests.get(socket);
    if (stopping && count === 1) socket.end();
    if (count !== undefined) requests.set(socket, Math.max(0, count - 1));
    done();
  });
  app.addHook('preClose', async () => {
    stopping = true;
    for (const [socket, count] of requests) if (count === 0) socket.destroy();
    setTimeout(() => app.server.closeAllConnections(), REQUESTS_MS_MAX).unref();
  });
}
