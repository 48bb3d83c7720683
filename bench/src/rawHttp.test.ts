import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { postRequest, RawConnections, ReplyReader } from './rawHttp.js';

const REPLY = Buffer.from(
  'HTTP/1.1 202 Accepted\r\ncontent-type: text/plain\r\nContent-Length: 4\r\n\r\ndone',
);

test('reads a reply in whatever pieces it arrives, and then the next', () => {
  const reader = new ReplyReader();
  for (let cut = 1; cut < REPLY.length; cut += 1) {
    const replies = [reader.push(REPLY.subarray(0, cut)), reader.push(REPLY.subarray(cut))];
    expect(replies).toEqual([null, { status: 202, retryAfter: null, body: 'done' }]);
  }
});

test('reads when a request that was refused may come again', () => {
  const reply = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\ncontent-length: 0\r\n\r\n';
  expect(new ReplyReader().push(Buffer.from(reply))).toEqual({ status: 503, retryAfter: '2', body: '' });
});

test('refuses a reply whose end nobody knows', () => {
  const reply = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n';
  expect(() => new ReplyReader().push(Buffer.from(reply))).toThrow('The reply has no length');
});

test('sends what a server understands, over as few connections as it needs, and opens another when one broke', async () => {
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/break') request.socket.destroy();
      else response.end(`${request.url} ${request.headers.authorization} ${Buffer.concat(chunks)}`);
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const raw = new RawConnections(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const ask = (path: string) => raw.ask(postRequest(path, 't', 'text'));
  const bodies = [(await ask('/one')).body, (await ask('/two')).body];
  await expect(ask('/break')).rejects.toThrow('The server closed the connection.');
  bodies.push((await ask('/three')).body);
  expect({ bodies, connections }).toEqual({
    bodies: ['/one Bearer t text', '/two Bearer t text', '/three Bearer t text'],
    connections: 2,
  });
  raw.close();
  server.close();
});
