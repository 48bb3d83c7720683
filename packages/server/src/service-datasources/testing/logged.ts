import type { Reply, TestServer } from '../../testing/harness.js';

/** Longest time that a row may take to be there; rows are written every second. */
const DEADLINE_MS = 20_000;

/** Asks until the query gives `count` rows or more, and gives them back. @throws Error when they do not come */
export async function untilRows(
  server: TestServer,
  sql: string,
  count: number,
  token?: string,
): Promise<Record<string, unknown>[]> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const { data } = await server.client(token).sql(sql);
    if (data.length >= count) return data;
    if (Date.now() > deadline) throw new Error(`${sql} gives ${data.length} rows, not ${count}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The row of a Service Data Source that is about the request with this reply. */
export async function rowOf(
  server: TestServer,
  table: string,
  reply: Reply,
): Promise<Record<string, unknown>> {
  const id = reply.headers.get('x-request-id') ?? '';
  const [row = {}] = await untilRows(server, `SELECT * FROM tinybird.${table} WHERE request_id = '${id}'`, 1);
  return row;
}
