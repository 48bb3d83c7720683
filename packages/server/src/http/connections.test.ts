import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';

/** A connection on which something was sent, and what has come back. */
class Line {
  private readonly socket: Socket;
  text = '';
  readonly closed: Promise<void>;

  constructor({ url }: TestServer) {
    const { port, hostname } = new URL(url);
    this.socket = connect(Number(port), hostname);
    this.socket.on('data', (data) => {
      this.text += data.toString();
    });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve()));
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** Resolves when so many replies have come. */
  async replies(count: number): Promise<void> {
    while (this.text.split('HTTP/1.1 ').length - 1 < count)
      await new Promise((resolve) => this.socket.once('data', resolve));
  }
}

const HEALTH = 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n';

test.each([
  ['nothing', '', 0],
  ['half a request', HEALTH.slice(0, 20), 0],
  ['a request, and half of another', HEALTH + HEALTH.slice(0, 20), 1],
  ['several requests', HEALTH + HEALTH + HEALTH, 3],
])('[GN-11] a stop does not wait for a connection that carried %s', async (_title, sent, count) => {
  const server = await TestServer.start();
  const line = new Line(server);
  line.send(sent);
  await line.replies(count);
  await server.stop();
  await line.closed;
  expect(line.text.split('HTTP/1.1 200 ').length - 1).toBe(count);
});

test('[GN-11] a stop answers all requests that a connection carries', async () => {
  const server = await TestServer.start();
  const line = new Line(server);
  const query = encodeURIComponent('SELECT count() FROM numbers(200000000) WHERE sipHash64(number) = 1');
  const asked = `GET /v0/sql?q=${query} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.token}\r\n\r\n`;
  line.send(HEALTH + asked + asked);
  await line.replies(1);
  await server.stop();
  await line.closed;
  expect(line.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 200']);
});
