import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What is read of a reply. */
export interface RawReply {
  status: number;
  /** Seconds, as the header says; null without it. Read only of replies that refuse. */
  retryAfter: string | null;
  body: string;
}

/**
 * A request as the bytes that are sent, made once and sent many times: a generator of load must not be what is measured.
 * @param path with its query string
 */
export function postRequest(path: string, token: string, body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    `authorization: Bearer ${token}`,
    'content-type: application/x-ndjson',
    `content-length: ${bytes.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]);
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** Reads the replies of one connection, of which one is under way at a time, from what arrives in pieces. */
export class ReplyReader {
  private pending: Buffer | null = null;

  /**
   * Takes the next piece.
   * @returns the reply when it is there to its end
   * @throws Error for a reply that does not say how long it is: our server's small ones do
   */
  push(chunk: Buffer): RawReply | null {
    const bytes = this.pending === null ? chunk : Buffer.concat([this.pending, chunk]);
    this.pending = bytes;
    const headEnd = bytes.indexOf(HEAD_END);
    if (headEnd < 0) return null;
    const head = bytes.toString('latin1', 0, headEnd);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (length === undefined) throw new Error(`The reply has no length: ${head}`);
    const start = headEnd + HEAD_END.length;
    if (bytes.length < start + Number(length)) return null;
    this.pending = null;
    const status = Number(head.slice(9, 12));
    const retryAfter = status < 400 ? null : (/^retry-after: *(\S+)/im.exec(head)?.[1] ?? null);
    return { status, retryAfter, body: bytes.toString('utf8', start) };
  }
}

/** One connection that stays open, with one request under way at a time. */
class RawConnection {
  private readonly reader = new ReplyReader();
  private waiting: { done: (reply: RawReply) => void; failed: (error: Error) => void } | null = null;

  constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('The server closed the connection.')));
  }

  get broken(): boolean {
    return this.socket.destroyed;
  }

  ask(request: Buffer): Promise<RawReply> {
    return new Promise((done, failed) => {
      this.waiting = { done, failed };
      if (this.socket.destroyed) this.fail(new Error('The connection is closed.'));
      else this.socket.write(request);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    try {
      const reply = this.reader.push(chunk);
      if (reply === null) return;
      const { waiting } = this;
      this.waiting = null;
      waiting?.done(reply);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private fail(error: Error): void {
    this.socket.destroy();
    const { waiting } = this;
    this.waiting = null;
    waiting?.failed(error);
  }
}

/** A number of connections to one server, over which ready requests are sent. */
export class RawConnections {
  private readonly all = new Set<RawConnection>();
  private readonly free: RawConnection[] = [];

  /** @param url of the server; connections are made when they are needed, and again when one broke */
  constructor(private readonly url: string) {}

  /** Sends one request over a connection that has none under way. @throws Error when the connection breaks */
  async ask(request: Buffer): Promise<RawReply> {
    const connection = this.free.pop() ?? (await this.open());
    try {
      return await connection.ask(request);
    } finally {
      if (connection.broken) this.all.delete(connection);
      else this.free.push(connection);
    }
  }

  /** Closes all connections. */
  close(): void {
    for (const connection of this.all) connection.close();
    this.all.clear();
    this.free.length = 0;
  }

  private async open(): Promise<RawConnection> {
    const { hostname, port } = new URL(this.url);
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    const connection = new RawConnection(socket);
    this.all.add(connection);
    return connection;
  }
}
