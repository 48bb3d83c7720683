import { ApiReplyError, type GoldcrestClient } from '@goldcrest/client';
import { TARGETS, VIEWS, type View } from './shop.js';

/**
 * Whether a server has to be able to make views. With `if offered` one that does not know the route is checked without them, and the
 * summary says so; any other failure ends the run.
 */
export type ViewsWanted = 'required' | 'if offered';

/** Makes the Data Sources, and the views (DS-28, MV-01). @returns whether there are views */
export async function prepare(client: GoldcrestClient, wanted: ViewsWanted): Promise<boolean> {
  for (const { name, schema, engine } of TARGETS) await client.createDataSource(name, schema, engine);
  for (const view of VIEWS) {
    if (!(await makeView(client, view, wanted))) return false;
  }
  return true;
}

async function makeView(client: GoldcrestClient, view: View, wanted: ViewsWanted): Promise<boolean> {
  const { pipe, sql, target } = view;
  // Without JSONPaths: only the view writes to it.
  await client.createDataSource(target.name, target.schema, target.engine);
  await client.createPipe({ name: pipe, nodes: [{ name: 'materialized', sql }] });
  const path = `/v0/pipes/${pipe}/nodes/materialized/materialization`;
  const reply = await client.fetch({ method: 'POST', path, parameters: { datasource: target.name } });
  if (reply.ok) return true;
  const error = await ApiReplyError.from(reply);
  if (isMissingRoute(reply.status, error.message) && wanted === 'if offered') return false;
  throw error;
}

/** Whether an error says that the server has no such route, rather than no such Pipe or node. */
export function isMissingRoute(status: number, message: string): boolean {
  return status === 404 && message.includes('/materialization');
}
