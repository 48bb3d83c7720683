import { expect } from 'vitest';
import type { Reply, TestServer } from './harness.js';

/** A time as management replies show it (GN-22). */
export const TIME = expect.stringMatching(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{6}$/);

/** The id of a Pipe or a node (GN-23). */
export const ID = expect.stringMatching(/^t_[0-9a-f]{32}$/);

/** Sends a JSON body. @param call e.g. `POST /v0/pipes` */
export function sendJson(server: TestServer, call: string, body: unknown): Promise<Reply> {
  return server.call(call, {
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
}

/** Makes a Pipe and expects that it works. @param nodes SQL by name; the one named in `publish` is published */
export async function makePipe(
  server: TestServer,
  name: string,
  nodes: Readonly<Record<string, string>>,
  { publish, ...more }: { publish?: string; description?: string; tags?: string[] } = {},
): Promise<void> {
  const list = Object.entries(nodes).map(([node, sql]) => ({ name: node, sql }));
  const reply = await sendJson(server, 'POST /v0/pipes', { name, nodes: list, ...more });
  expect([reply.status, reply.body]).toEqual([200, expect.anything()]);
  if (publish !== undefined) await server.client().publish(name, publish);
}

/** A node as the API shows it (PI-03). */
export function aShownNode(name: string, sql: string, more: object = {}): object {
  return {
    id: ID,
    name,
    sql,
    description: null,
    materialized: null,
    cluster: null,
    dependencies: [],
    tags: {},
    created_at: TIME,
    updated_at: TIME,
    version: 0,
    project: null,
    result: null,
    ignore_sql_errors: false,
    node_type: 'standard',
    params: [],
    ...more,
  };
}

/** The text of an error reply, with its status. */
export function outcome({ status, body }: Reply): unknown[] {
  const isError = typeof body === 'object' && body !== null && 'error' in body;
  return [status, isError ? body.error : body];
}
