import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { authOf } from '../http/access.js';
import { Parameters } from '../http/parameters.js';
import { describeMadeView } from '../materialization/reply.js';
import { readWantedTarget } from '../materialization/wantedTarget.js';
import { findPipe } from '../workspaces/index.js';
import { readNodeChanges, readRole, readSql, trimmed } from './body.js';
import type { PipeRequest } from './change.js';
import { changeOf, contextOf, type PipeRoutesNeeds, showNow } from './context.js';
import { describeNode } from './describe.js';
import { appendNode, editNode, findNode, type NewNode, newNode, removeNode } from './nodes.js';
import { findEndpointNode, publishNode, unpublishNode } from './publish.js';
import type { Pipe, PipeNode } from './store.js';

type ByName = { Params: { name: string } };
type ByNode = { Params: { name: string; node: string } };

const ACCESS = { config: { access: 'PIPES:CREATE' } } as const;

/** The nodes of a Pipe: adding, changing, removing, publishing (PI-10…PI-14, EP-01…EP-04). */
export function nodeRoutes(app: FastifyInstance, needs: PipeRoutesNeeds): void {
  const changeOfPipe = async (request: FastifyRequest<ByName>, reply: FastifyReply) => {
    const change = await changeOf(needs, request, reply);
    return { change, pipe: findPipe(change.snapshot, request.params.name, change.auth.rights) };
  };

  app.post<ByName>('/v0/pipes/:name/nodes', ACCESS, async (request, reply) => {
    if (Parameters.ofUrl(request).text('type') === 'materialized')
      return appendMaterialized(needs, request, () => changeOfPipe(request, reply));
    const { change, pipe } = await changeOfPipe(request, reply);
    const added = await appendNode(needs, change, pipe, readNewNode(request, pipe));
    return showNode(needs, request, added);
  });

  app.put<ByNode>('/v0/pipes/:name/nodes/:node', ACCESS, async (request, reply) => {
    const { change, pipe } = await changeOfPipe(request, reply);
    const node = findNode(pipe, request.params.node);
    const force = Parameters.ofUrl(request).flag('force', false);
    const edited = await editNode(needs, change, pipe, { node, changes: readNodeChanges(request), force });
    return showNode(needs, request, edited);
  });

  app.delete<ByNode>('/v0/pipes/:name/nodes/:node', ACCESS, async (request, reply) => {
    const { change, pipe } = await changeOfPipe(request, reply);
    await removeNode(needs, change, pipe, findNode(pipe, request.params.node));
    return reply.code(204).send();
  });

  app.post<ByNode>('/v0/pipes/:name/nodes/:node/endpoint', ACCESS, async (request, reply) => {
    const { change, pipe } = await changeOfPipe(request, reply);
    await publishNode(needs, change, pipe, findEndpointNode(pipe, request.params.node));
    return showNow(needs, request, pipe);
  });

  app.delete<ByNode>('/v0/pipes/:name/nodes/:node/endpoint', ACCESS, async (request, reply) => {
    const { change, pipe } = await changeOfPipe(request, reply);
    await unpublishNode(needs, change, pipe, findEndpointNode(pipe, request.params.node));
    return showNow(needs, request, pipe);
  });
}

/** Adds a node that is materialized at once (PI-11), or nothing. */
function appendMaterialized(
  needs: PipeRoutesNeeds,
  request: FastifyRequest,
  begin: () => Promise<{ change: PipeRequest; pipe: Pipe }>,
): Promise<object> {
  return needs.views.exclusive(authOf(request).workspace.id, async () => {
    const { change, pipe } = await begin();
    const node = newNode(needs.clock, readNewNode(request, pipe));
    const wanted = { ...readWantedTarget(Parameters.ofUrl(request)), sql: '' };
    const made = await needs.views.link(change, pipe, node, wanted);
    return describeMadeView(await needs.catalog.require(pipe.workspaceId), made);
  });
}

async function showNode(
  needs: PipeRoutesNeeds,
  request: FastifyRequest,
  { pipe, node }: { pipe: Pipe; node: PipeNode },
): Promise<Record<string, unknown>> {
  const { snapshot } = await contextOf(needs, request);
  return describeNode(snapshot, pipe, node);
}

/** The node that a request wants to add; one without a name is called after the Pipe and its place. */
function readNewNode(request: FastifyRequest, pipe: Pipe): NewNode {
  const parameters = Parameters.ofUrl(request);
  return {
    name: parameters.text('name') || freeName(pipe),
    sql: readSql(request),
    description: trimmed(parameters.text('description')),
    ignoreSqlErrors: parameters.flag('ignore_sql_errors', false),
    ...readRole(parameters),
  };
}

function freeName(pipe: Pipe): string {
  const names = new Set(pipe.nodes.map(({ name }) => name));
  let at = pipe.nodes.length;
  while (names.has(`${pipe.name}_${at}`)) at += 1;
  return `${pipe.name}_${at}`;
}
