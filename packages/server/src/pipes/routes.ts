import type { FastifyInstance, FastifyRequest } from 'fastify';
import { pickAttributes } from '../datasources/index.js';
import { ApiError } from '../errors/index.js';
import { authOf } from '../http/access.js';
import { readJson } from '../http/body.js';
import { Parameters } from '../http/parameters.js';
import { goneSignal, type QueryNeeds } from '../queries/index.js';
import type { TokenSigner } from '../tokens/index.js';
import { findPipe, type Snapshot } from '../workspaces/index.js';
import { readNewPipe } from './body.js';
import { createPipe, type PipeNeeds, removePipe } from './create.js';
import { describePipe } from './describe.js';
import { sendEndpoint, splitFormat } from './endpoints.js';
import { findNode, publishNode, unpublishNode } from './publish.js';
import { readTokens } from './readTokens.js';
import type { Pipe } from './store.js';

/** What the Pipes API needs. */
export interface PipeRoutesNeeds extends PipeNeeds, QueryNeeds {
  signer: TokenSigner;
  /** Base URL of the server as clients reach it. */
  publicUrl: () => string;
}

type ByName = { Params: { name: string } };
type ByNode = { Params: { name: string; node: string } };

/** The Pipes API: Pipes, publishing, and the data of published endpoints. */
export function pipeRoutes(app: FastifyInstance, needs: PipeRoutesNeeds): void {
  managementRoutes(app, needs);
  publishingRoutes(app, needs);

  app.get<ByName>('/v0/pipes/:name', { config: { access: 'token' } }, async (request, reply) => {
    const file = splitFormat(request.params.name);
    if (file !== null) return sendEndpoint(needs, request, reply, file);
    const { snapshot, rights } = await contextOf(needs, request);
    const pipe = findPipe(snapshot, request.params.name, rights);
    rights.require('PIPES:READ', pipe);
    return show(needs, snapshot, pipe);
  });

  app.post<ByName>('/v0/pipes/:name', { config: { access: 'token' } }, async (request, reply) => {
    const file = splitFormat(request.params.name);
    if (file === null)
      throw ApiError.of('method_not_allowed', onPipe(request.params.name), {
        headers: { Allow: 'GET, DELETE' },
      });
    return sendEndpoint(needs, request, reply, file);
  });
}

function managementRoutes(app: FastifyInstance, needs: PipeRoutesNeeds): void {
  app.get('/v0/pipes', { config: { access: 'token' } }, async (request) => {
    const { snapshot, rights } = await contextOf(needs, request);
    const attrs = Parameters.ofUrl(request).text('attrs');
    const readable = snapshot.pipes.all.filter((pipe) => rights.has('PIPES:READ', pipe));
    return {
      pipes: readable.map((pipe) => pickAttributes(describePipe(snapshot, pipe, needs.publicUrl()), attrs)),
    };
  });

  app.post('/v0/pipes', { config: { access: 'PIPES:CREATE' } }, async (request, reply) => {
    const { snapshot } = await contextOf(needs, request);
    const pipe = await createPipe(needs, snapshot, readNewPipe(readJson(request)), goneSignal(reply));
    return show(needs, (await contextOf(needs, request)).snapshot, pipe);
  });

  app.delete<ByName>('/v0/pipes/:name', { config: { access: 'token' } }, async (request, reply) => {
    const { snapshot, rights } = await contextOf(needs, request);
    const pipe = findPipe(snapshot, request.params.name, rights);
    rights.requireDrop('PIPES', pipe);
    await removePipe(needs, snapshot, pipe);
    return reply.code(204).send();
  });
}

function publishingRoutes(app: FastifyInstance, needs: PipeRoutesNeeds): void {
  const url = '/v0/pipes/:name/nodes/:node/endpoint';
  const nodeOf = async (request: FastifyRequest<ByNode>) => {
    const { snapshot, rights } = await contextOf(needs, request);
    const pipe = findPipe(snapshot, request.params.name, rights);
    return { snapshot, pipe, node: findNode(pipe, request.params.node) };
  };
  const showNow = async (request: FastifyRequest, id: string) => {
    const { snapshot, rights } = await contextOf(needs, request);
    return show(needs, snapshot, findPipe(snapshot, id, rights));
  };

  app.post<ByNode>(url, { config: { access: 'PIPES:CREATE' } }, async (request) => {
    const { snapshot, pipe, node } = await nodeOf(request);
    await publishNode(needs, snapshot, pipe, node);
    return showNow(request, pipe.id);
  });

  app.delete<ByNode>(url, { config: { access: 'PIPES:CREATE' } }, async (request) => {
    const { pipe, node } = await nodeOf(request);
    await unpublishNode(needs, pipe, node);
    return showNow(request, pipe.id);
  });
}

async function contextOf(needs: PipeRoutesNeeds, request: FastifyRequest) {
  const auth = authOf(request);
  return { snapshot: await needs.catalog.require(auth.workspace.id), rights: auth.rights };
}

/** The Pipe with the token that reads its endpoint, when there is exactly one (EP-01). */
function show(needs: PipeRoutesNeeds, snapshot: Snapshot, pipe: Pipe): Record<string, unknown> {
  const shown = describePipe(snapshot, pipe, needs.publicUrl());
  const [token, another] = readTokens(snapshot, pipe);
  if (token === undefined || another !== undefined) return shown;
  return { ...shown, token: needs.signer.sign({ workspaceId: token.workspaceId, secretId: token.secretId }) };
}

function onPipe(name: string): { method: string; path: string; allowed: string } {
  return { method: 'POST', path: `/v0/pipes/${name}`, allowed: 'GET, DELETE' };
}
