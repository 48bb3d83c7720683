import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from '../datasources/index.js';
import { authOf } from '../http/access.js';
import type { PipeRequest } from './change.js';
import { changeOf, type PipeRoutesNeeds, showNow } from './context.js';
import { createPipe, type NewPipe } from './create.js';
import { removePipe } from './edit.js';
import { findNode } from './nodes.js';
import type { Pipe } from './store.js';

/** Makes a Pipe and links those of its nodes that are to be materialized, or makes nothing (PI-07, PI-11). @throws ApiError as `Views.link` */
export function createMaterialized(
  needs: PipeRoutesNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
  wanted: NewPipe,
): Promise<Record<string, unknown>> {
  const { views, catalog } = needs;
  return views.exclusive(authOf(request).workspace.id, async () => {
    const change = await changeOf(needs, request, reply);
    let pipe = await createPipe(needs, change, wanted);
    const created: DataSource[] = [];
    try {
      for (const { name, target } of wanted.nodes) {
        if (target === null) continue;
        const snapshot = await catalog.requireLatest(pipe.workspaceId);
        const made = await views.link({ ...change, snapshot }, pipe, findNode(pipe, name), {
          ...target,
          sql: '',
        });
        pipe = made.pipe;
        if (made.created) created.push(made.datasource);
      }
    } catch (error) {
      await takeBack(needs, change, pipe, created);
      throw error;
    }
    return showNow(needs, request, pipe);
  });
}

/** Removes what was made before a later node failed. */
async function takeBack(
  needs: PipeRoutesNeeds,
  change: PipeRequest,
  { id, workspaceId }: Pipe,
  created: readonly DataSource[],
): Promise<void> {
  const snapshot = await needs.catalog.requireLatest(workspaceId);
  const pipe = snapshot.pipes.find(id);
  if (pipe !== undefined) await removePipe(needs, { ...change, snapshot }, pipe, { force: true });
  for (const datasource of created) await needs.views.takeBack(change, datasource);
}
