import { ApiReplyError } from './error.js';
import type {
  DataSourceInfo,
  DataSourceOptions,
  EventsOptions,
  IngestionCounts,
  NewPipe,
  NodeChanges,
  NodeInfo,
  PipeChanges,
  PipeInfo,
  PipeVersionInfo,
  QueryReply,
} from './replies.js';

/** How to reach a server. */
export interface ClientOptions {
  /** Base URL, e.g. `http://localhost:7181`. */
  host: string;
  /** The token that every request carries. */
  token: string;
}

/** A request that is sent as it is described. */
interface Call {
  method: string;
  /** With or without a query string; `parameters` are added to it. */
  path: string;
  parameters?: Readonly<Record<string, string>>;
  body?: string | Uint8Array<ArrayBuffer> | undefined;
  contentType?: string;
}

/** Typed client of the HTTP API. Every method throws ApiReplyError when the server answers with an error. */
export class GoldcrestClient {
  constructor(private readonly options: ClientOptions) {}

  /** Sends events, as objects or as ready NDJSON (EV-01). With `wait` the rows can be queried when it resolves. */
  async events(
    datasource: string,
    events: readonly object[] | string | Uint8Array<ArrayBuffer>,
    options: EventsOptions = {},
  ): Promise<IngestionCounts> {
    const body = Array.isArray(events)
      ? events.map((event) => JSON.stringify(event)).join('\n')
      : toBody(events);
    const parameters = { name: datasource, wait: String(options.wait ?? false) };
    return this.json({
      method: 'POST',
      path: '/v0/events',
      parameters,
      body,
      contentType: 'application/x-ndjson',
    });
  }

  /** Makes an empty Data Source from a schema (DS-28). */
  async createDataSource(
    name: string,
    schema: string,
    options: DataSourceOptions = {},
  ): Promise<DataSourceInfo> {
    const body = new URLSearchParams({ name, schema, ...options }).toString();
    const call: Call = { method: 'POST', path: '/v0/datasources', body, contentType: FORM };
    return (await this.json<{ datasource: DataSourceInfo }>(call)).datasource;
  }

  /** One Data Source by name or id (DS-46). */
  dataSource(nameOrId: string): Promise<DataSourceInfo> {
    return this.json({ method: 'GET', path: `/v0/datasources/${encodeURIComponent(nameOrId)}` });
  }

  /** The Data Sources that the token may read (DS-40). */
  async dataSources(): Promise<DataSourceInfo[]> {
    return (await this.json<{ datasources: DataSourceInfo[] }>({ method: 'GET', path: '/v0/datasources' }))
      .datasources;
  }

  /** Removes a Data Source and its rows (DS-49). */
  async deleteDataSource(nameOrId: string): Promise<void> {
    await this.send({ method: 'DELETE', path: `/v0/datasources/${encodeURIComponent(nameOrId)}` });
  }

  /** Makes a Pipe with its nodes (PI-07). */
  createPipe(pipe: NewPipe): Promise<PipeInfo> {
    const body = JSON.stringify(pipe);
    return this.json({ method: 'POST', path: '/v0/pipes', body, contentType: JSON_TYPE });
  }

  /** Makes a Pipe as a copy of another one, or writes the copy over the Pipe of that name (PI-09). */
  copyPipe(name: string, from: string): Promise<PipeInfo> {
    return this.json({ method: 'POST', path: '/v0/pipes', parameters: { name, from } });
  }

  /** The Pipes that the token may read (PI-01). */
  async pipes(): Promise<PipeInfo[]> {
    return (await this.json<{ pipes: PipeInfo[] }>({ method: 'GET', path: '/v0/pipes' })).pipes;
  }

  /** One Pipe by name or id (PI-15). */
  pipe(nameOrId: string): Promise<PipeInfo> {
    return this.json({ method: 'GET', path: pipePath(nameOrId) });
  }

  /** A Pipe as the text of its datafile (PI-16). */
  async pipeFile(nameOrId: string): Promise<string> {
    return (await this.send({ method: 'GET', path: `${pipePath(nameOrId)}.pipe` })).text();
  }

  /** Changes a Pipe besides its nodes (PI-17). @param force whether others may go on to read it by its present name in vain */
  changePipe(nameOrId: string, changes: PipeChanges, force = false): Promise<PipeInfo> {
    const body = JSON.stringify(changes);
    const parameters = { force: String(force) };
    return this.json({ method: 'PUT', path: pipePath(nameOrId), parameters, body, contentType: JSON_TYPE });
  }

  /** Removes a Pipe (PI-18). @param force whether it goes though others read it */
  async deletePipe(nameOrId: string, force = false): Promise<void> {
    await this.send({ method: 'DELETE', path: pipePath(nameOrId), parameters: { force: String(force) } });
  }

  /** Adds a node at the end of a Pipe (PI-10). */
  addNode(pipe: string, node: { name: string; sql: string; description?: string }): Promise<NodeInfo> {
    const { sql, ...parameters } = node;
    const path = `${pipePath(pipe)}/nodes`;
    return this.json({ method: 'POST', path, parameters, body: sql, contentType: SQL_TYPE });
  }

  /** Changes a node (PI-13). @param force whether others may go on to read it by its present name in vain */
  changeNode(pipe: string, node: string, changes: NodeChanges, force = false): Promise<NodeInfo> {
    const { sql, position, ...texts } = changes;
    const place = position === undefined ? {} : { position: String(position) };
    const parameters = { ...texts, ...place, force: String(force) };
    return this.json({
      method: 'PUT',
      path: nodePath(pipe, node),
      parameters,
      body: sql,
      contentType: SQL_TYPE,
    });
  }

  /** Removes a node that is not published (PI-14). */
  async deleteNode(pipe: string, node: string): Promise<void> {
    await this.send({ method: 'DELETE', path: nodePath(pipe, node) });
  }

  /** What a Pipe was after each of its latest changes, newest first. */
  async pipeVersions(pipe: string): Promise<PipeVersionInfo[]> {
    const call: Call = { method: 'GET', path: `${pipePath(pipe)}/versions` };
    return (await this.json<{ versions: PipeVersionInfo[] }>(call)).versions;
  }

  /** Brings back what a Pipe was. */
  restorePipe(pipe: string, version: number): Promise<PipeInfo> {
    return this.json({ method: 'POST', path: `${pipePath(pipe)}/versions/${version}/restore` });
  }

  /** Publishes a node as the Pipe's endpoint (EP-01). */
  publish(pipe: string, node: string): Promise<PipeInfo> {
    return this.json({ method: 'POST', path: endpointPath(pipe, node) });
  }

  /** Takes the endpoint off the Pipe (EP-02). */
  unpublish(pipe: string, node: string): Promise<PipeInfo> {
    return this.json({ method: 'DELETE', path: endpointPath(pipe, node) });
  }

  /**
   * Materializes a node: what its SQL makes of new rows goes to a Data Source (MV-01).
   * @param engine table of the Data Source if it is not there yet: `engine` and what begins with `engine_` (MV-02)
   */
  async materialize(
    pipe: string,
    node: string,
    datasource: string,
    engine: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const path = `${nodePath(pipe, node)}/materialization`;
    await this.send({ method: 'POST', path, parameters: { ...engine, datasource } });
  }

  /** The data of a published endpoint (EP-05). */
  endpoint<Row = Record<string, unknown>>(
    pipe: string,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<QueryReply<Row>> {
    return this.json({ method: 'GET', path: `${pipePath(pipe)}.json`, parameters });
  }

  /** Runs a query (QY-03). */
  sql<Row = Record<string, unknown>>(sql: string): Promise<QueryReply<Row>> {
    return this.json({ method: 'POST', path: '/v0/sql', body: sql, contentType: 'text/plain' });
  }

  /** The server's answer to a call, whatever its status. */
  fetch({ method, path, parameters = {}, body, contentType }: Call): Promise<Response> {
    const url = new URL(path, this.options.host);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.append(name, value);
    const headers: Record<string, string> = { authorization: `Bearer ${this.options.token}` };
    if (contentType !== undefined) headers['content-type'] = contentType;
    return fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  }

  private async send(call: Call): Promise<Response> {
    const response = await this.fetch(call);
    if (!response.ok) throw await ApiReplyError.from(response);
    return response;
  }

  private async json<Reply>(call: Call): Promise<Reply> {
    // The shape is the server's promise; this is the edge where it is taken at its word.
    return (await (await this.send(call)).json()) as Reply;
  }
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const SQL_TYPE = 'text/plain; charset=utf-8';

function pipePath(pipe: string): string {
  return `/v0/pipes/${encodeURIComponent(pipe)}`;
}

function nodePath(pipe: string, node: string): string {
  return `${pipePath(pipe)}/nodes/${encodeURIComponent(node)}`;
}

function endpointPath(pipe: string, node: string): string {
  return `${nodePath(pipe, node)}/endpoint`;
}

function toBody(
  events: readonly object[] | string | Uint8Array<ArrayBuffer>,
): string | Uint8Array<ArrayBuffer> | undefined {
  return typeof events === 'string' || events instanceof Uint8Array ? events : undefined;
}
