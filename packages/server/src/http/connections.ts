import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * When the server stops, ends the connections that carry no request. Node itself ends those that carried one before, but waits
 * up to a minute for those on which nothing was ever sent, which clients and browsers open ahead of need.
 */
export function endQuietConnections(app: FastifyInstance): void {
  const quiet = new Set<Socket>();
  let stopping = false;
  app.server.on('connection', (socket) => {
    quiet.add(socket);
    socket.once('close', () => quiet.delete(socket));
  });
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    quiet.delete(raw.socket);
    done();
  });
  app.addHook('onResponse', ({ raw }, _reply, done) => {
    if (stopping) raw.socket.end();
    done();
  });
  app.addHook('preClose', async () => {
    stopping = true;
    for (const socket of quiet) socket.destroy();
  });
}
