import { expect } from 'vitest';
import type { TestServer } from '../../testing/harness.js';

/** Makes a Data Source `name` of what the SQL gives, by a view; it has the column `id`. @returns the id of the node */
export async function makeView(server: TestServer, name: string, sql: string): Promise<string> {
  const client = server.client();
  await client.createDataSource(name, 'id UInt64');
  await client.createPipe({ name: `to_${name}`, nodes: [{ name: 'rows', sql }] });
  const linked = await server.call(`POST /v0/pipes/to_${name}/nodes/rows/materialization?datasource=${name}`);
  expect([linked.status, linked.body]).toEqual([200, expect.anything()]);
  return (await client.pipe(`to_${name}`)).nodes[0]?.id ?? '';
}
