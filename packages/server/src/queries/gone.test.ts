import { once } from 'node:events';
import { connect } from 'node:net';
import { QueryCancelledError } from '@goldcrest/engine';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { goneSignal } from './run.js';
import { SharedRuns } from './sharedRuns.js';

test('[GN-11] a client that went away before its query began starts none', async () => {
  const app = Fastify();
  const asked = new Promise<boolean>((resolve) => {
    app.get('/', async (_, reply) => {
      socket.destroy();
      await once(reply.raw, 'close');
      resolve(goneSignal(reply).aborted);
      return reply.hijack();
    });
  });
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await asked).toBe(true);
  await app.close();

  let started = false;
  const request = { workspaceId: 'w', key: 'SELECT 1', keepSeconds: 0, signal: AbortSignal.abort() };
  const answer = new SharedRuns(true).get(request, async () => {
    started = true;
    return { body: Buffer.alloc(0), rowsRead: 0, bytesRead: 0, elapsedSeconds: 0 };
  });
  await expect(answer).rejects.toThrow(QueryCancelledError);
  expect(started).toBe(false);
});
