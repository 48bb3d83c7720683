import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';

/** The whole reply of a server. */
export interface Reply {
  status: number;
  retryAfter: string | undefined;
  body: string;
}

/** Connections of one client to one server, which stay open. */
export class Connection {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** Sends one POST. @returns null when the connection broke before the reply was whole */
  post(path: string, body: Uint8Array | string, headers: Record<string, string> = {}): Promise<Reply | null> {
    return new Promise((resolve) => {
      const broken = (): void => resolve(null);
      const all = { authorization: `Bearer ${this.token}`, ...headers };
      const options = { method: 'POST', agent: this.agent, headers: all };
      const call = httpRequest(this.url + path, options, (response) => {
        readAll(response).then(resolve, broken);
      });
      call.on('error', broken);
      call.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

async function readAll(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
    body: Buffer.concat(chunks).toString(),
  };
}
