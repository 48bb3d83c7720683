import { Agent, request } from 'node:http';

/** Asks one address again and again over connections that stay open. */
export class HttpCaller {
  private readonly agent: Agent;

  /** @param connections how many are open at the most */
  constructor(
    private readonly url: string,
    private readonly token: string,
    connections: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  }

  /** One GET. @returns the body @throws Error when the status is not 200 */
  get(): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.token}` };
      const call = request(this.url, { agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(body);
          else reject(new Error(`${this.url} answered ${response.statusCode}: ${body}`));
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
