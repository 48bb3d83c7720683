import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GoldcrestClient } from '@goldcrest/client';
import pino from 'pino';
import { readConfig } from '../config/index.js';
import { openMetadata } from '../metadata/index.js';
import { type Server, type ServerOptions, startServer } from '../server.js';
import { storeToken } from './tokens.js';

/** A reply as a test compares it: status, the headers that matter, and the body as JSON if it is JSON. */
export interface Reply {
  status: number;
  headers: Headers;
  body: unknown;
}

/** A real server on a free port, with a data directory of its own. */
export class TestServer {
  private constructor(
    readonly directory: string,
    private readonly flags: Readonly<Record<string, string>>,
    private readonly options: ServerOptions,
    private server: Server,
    /** The Workspace's admin token. */
    readonly token: string,
  ) {}

  /**
   * Starts a server.
   * @param flags settings by flag, e.g. `{'query-seconds': '1'}`
   * @param options what stands in for parts of it
   */
  static async start(
    flags: Readonly<Record<string, string>> = {},
    options: ServerOptions = {},
  ): Promise<TestServer> {
    const directory = await mkdtemp(join(tmpdir(), 'goldcrest-test-'));
    const server = await start(directory, flags, options);
    const { workspace_admin_token: token = '' } = await server.tokens();
    return new TestServer(directory, flags, options, server, token);
  }

  get url(): string {
    return this.server.url;
  }

  /** A client with the admin token, or another. */
  client(token = this.token): GoldcrestClient {
    return new GoldcrestClient({ host: this.url, token });
  }

  /** Sends a request with the admin token unless the headers say otherwise. @param call e.g. `GET /v0/sql?q=SELECT+1` */
  async call(call: string, init: RequestInit = {}): Promise<Reply> {
    const [method = 'GET', path = '/'] = call.split(' ');
    const headers = { authorization: `Bearer ${this.token}`, ...init.headers };
    const response = await fetch(this.url + path, { ...init, method, headers });
    return { status: response.status, headers: response.headers, body: parse(await response.text()) };
  }

  /** Sends a form, the way `curl -d` does. */
  form(call: string, fields: Record<string, string>): Promise<Reply> {
    return this.call(call, { body: new URLSearchParams(fields) });
  }

  /** Runs SQL and gives back the rows as arrays of values. */
  async rows(sql: string): Promise<unknown[][]> {
    const { data } = await this.client().sql(sql);
    return data.map((row) => Object.values(row));
  }

  /**
   * Stops the server and starts another one on the same data.
   * @param flags settings that differ from the first start's
   * @param meanwhile what to do while nobody holds the data
   */
  async restart(
    flags: Readonly<Record<string, string>> = {},
    meanwhile?: () => Promise<void>,
  ): Promise<void> {
    await this.server.close();
    await meanwhile?.();
    this.server = await start(this.directory, { ...this.flags, ...flags }, this.options);
  }

  /**
   * Stores tokens of the first Workspace, and starts the server anew with them.
   * @param scopes of each token by its name, e.g. `DATASOURCES:READ:events:user_id = 5`
   * @returns the texts of the tokens by name
   */
  async makeTokens<Name extends string>(
    scopes: Readonly<Record<Name, readonly string[]>>,
  ): Promise<Record<Name, string>> {
    const made: Record<string, string> = {};
    const key = (await readFile(join(this.directory, 'data', 'secret.key'), 'utf8')).trim();
    await this.restart({}, async () => {
      const path = join(this.directory, 'data', 'metadata.sqlite');
      const metadata = await openMetadata({ kind: 'sqlite', path });
      for (const name of Object.keys(scopes) as Name[]) {
        made[name] = await storeToken(metadata, key, { name, scopes: scopes[name] });
      }
      await metadata.close();
    });
    return made;
  }

  async stop(): Promise<void> {
    await this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

function start(
  directory: string,
  flags: Readonly<Record<string, string>>,
  options: ServerOptions,
): Promise<Server> {
  const given = { data: join(directory, 'data'), port: '0', host: '127.0.0.1', ...flags };
  return startServer(readConfig(new Map(Object.entries(given)), {}), pino({ level: 'silent' }), options);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not every reply is JSON; a test compares such a one as text.
    return text;
  }
}
