import { ApiReplyError, type GoldcrestClient } from '@goldcrest/client';
import { TARGETS, VIEWS, type View } from './shop.js';

/** Makes the Data Sources, and the views (DS-28, MV-01). @throws Error when the server refuses one */
export async function prepare(client: GoldcrestClient): Promise<void> {
  for (const { name, schema, engine } of TARGETS) await client.createDataSource(name, schema, engine);
  for (const view of VIEWS) await makeView(client, view);
}

async function makeView(client: GoldcrestClient, { pipe, sql, target }: View): Promise<void> {
  // Without JSONPaths: only the view writes to it.
  await client.createDataSource(target.name, target.schema, target.engine);
  await client.createPipe({ name: pipe, nodes: [{ name: 'materialized', sql }] });
  const path = `/v0/pipes/${pipe}/nodes/materialized/materialization`;
  const reply = await client.fetch({ method: 'POST', path, parameters: { datasource: target.name } });
  if (!reply.ok) throw await ApiReplyError.from(reply);
}
