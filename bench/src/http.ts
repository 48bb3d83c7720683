import { Agent, type IncomingHttpHeaders, request } from 'node:http';

/** An answer with status 200. */
export interface HttpAnswer {
  headers: IncomingHttpHeaders;
  body: string;
}

/** Asks one server again and again over connections that stay open. */
export class HttpCaller {
  private readonly agent: Agent;
  private readonly options: { hostname: string; port: string; headers: Record<string, string>; agent: Agent };

  /**
   * @param url of the server
   * @param connections how many are open at the most
   */
  constructor(url: string, token: string, connections: number) {
    const { hostname, port } = new URL(url);
    this.agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
    this.options = { hostname, port, headers: { authorization: `Bearer ${token}` }, agent: this.agent };
  }

  /** One GET. @throws Error when the status is not 200 */
  get(path: string): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const call = request({ ...this.options, path }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { headers, statusCode } = response;
          const body = Buffer.concat(chunks).toString();
          if (statusCode === 200) resolve({ headers, body });
          else reject(new Error(`${path} answered ${statusCode}: ${body}`));
        });
      });
      call.on('error', reject);
      call.end();
    });
  }

  /** Closes the connections. */
  close(): void {
    this.agent.destroy();
  }
}
