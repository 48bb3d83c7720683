import type { FastifyInstance } from 'fastify';
import { authOf } from '../http/access.js';
import { changeOf, findNode, type PipeRoutesNeeds } from '../pipes/index.js';
import { findPipe } from '../workspaces/index.js';
import { describeMadeView } from './reply.js';
import { readWantedView } from './wanted.js';

type ByNode = { Params: { name: string; node: string } };

const ACCESS = { config: { access: 'PIPES:CREATE' } } as const;
const URL = '/v0/pipes/:name/nodes/:node/materialization';

/** Materialized Views: linking a node to a Data Source, and unlinking it (MV-01…MV-04). */
export function materializationRoutes(app: FastifyInstance, needs: PipeRoutesNeeds): void {
  const { views, catalog } = needs;
  app.post<ByNode>(URL, ACCESS, (request, reply) =>
    views.exclusive(authOf(request).workspace.id, async () => {
      const change = await changeOf(needs, request, reply);
      const pipe = findPipe(change.snapshot, request.params.name, change.auth.rights);
      const node = findNode(pipe, request.params.node);
      const made = await views.link(change, pipe, node, readWantedView(request));
      return describeMadeView(await catalog.require(pipe.workspaceId), made);
    }),
  );

  app.delete<ByNode>(URL, ACCESS, (request, reply) =>
    views.exclusive(authOf(request).workspace.id, async () => {
      const change = await changeOf(needs, request, reply);
      const pipe = findPipe(change.snapshot, request.params.name, change.auth.rights);
      await views.unlink(change, pipe, findNode(pipe, request.params.node));
      return reply.code(204).send();
    }),
  );
}
