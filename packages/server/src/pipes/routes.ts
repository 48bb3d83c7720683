import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Parameters } from '../http/parameters.js';
import { findPipe } from '../workspaces/index.js';
import { readPipeSource } from './body.js';
import { clonePipe } from './clone.js';
import { changeOf, contextOf, type PipeRoutesNeeds, refuseMethod, showNow, showPipe } from './context.js';
import { createPipe } from './create.js';
import { createMaterialized } from './createMaterialized.js';
import { pipeFile } from './datafile.js';
import { describePipe } from './describe.js';
import { editPipe, removePipe } from './edit.js';
import { sendEndpoint, splitFormat } from './endpoints.js';
import { nodeRoutes } from './nodeRoutes.js';
import { readPipeChanges } from './pipeChanges.js';
import { versionRoutes } from './versionRoutes.js';

type ByName = { Params: { name: string } };

/** The Pipes API: Pipes, their nodes and versions, publishing, and the data of published endpoints. */
export function pipeRoutes(app: FastifyInstance, needs: PipeRoutesNeeds): void {
  readingRoutes(app, needs);
  writingRoutes(app, needs);
  nodeRoutes(app, needs);
  versionRoutes(app, needs);
}

/** Clients look for Pipes under `/v1` first. */
function readingRoutes(app: FastifyInstance, needs: PipeRoutesNeeds): void {
  for (const url of ['/v0/pipes', '/v1/pipes']) {
    app.get(url, { config: { access: 'token' } }, (request) => listPipes(needs, request));
    app.get<ByName>(`${url}/:name`, { config: { access: 'token' } }, (request, reply) => {
      const file = splitFormat(request.params.name);
      if (file === null) return sendPipe(needs, request, reply, request.params.name);
      if (file.extension === 'pipe') return sendFile(needs, request, reply, file.name);
      return sendEndpoint(needs, request, reply, file);
    });
  }
}

/** The Pipes that the token may read (PI-01). */
async function listPipes(needs: PipeRoutesNeeds, request: FastifyRequest): Promise<object> {
  const { snapshot, rights } = await contextOf(needs, request);
  const parameters = Parameters.ofUrl(request);
  const shown = {
    attrs: parameters.text('attrs'),
    nodeAttrs: parameters.text('node_attrs'),
    dependencies: parameters.flag('dependencies', false),
  };
  const readable = snapshot.pipes.all.filter((pipe) => rights.has('PIPES:READ', pipe));
  return { pipes: readable.map((pipe) => describePipe(snapshot, pipe, needs.publicUrl(), shown)) };
}

async function sendPipe(
  needs: PipeRoutesNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
): Promise<object> {
  if (Parameters.ofUrl(request).text('format') === 'pipe') return sendFile(needs, request, reply, name);
  const { snapshot, rights } = await contextOf(needs, request);
  const pipe = findPipe(snapshot, name, rights);
  rights.require('PIPES:READ', pipe);
  return showPipe(needs, request, snapshot, pipe);
}

/** The Pipe as a datafile (PI-16). */
async function sendFile(
  needs: PipeRoutesNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
): Promise<FastifyReply> {
  const { snapshot, rights } = await contextOf(needs, request);
  const pipe = findPipe(snapshot, name, rights);
  rights.require('PIPES:READ', pipe);
  return reply.type('text/plain; charset=utf-8').send(pipeFile(snapshot, pipe, rights));
}

function writingRoutes(app: FastifyInstance, needs: PipeRoutesNeeds): void {
  app.post('/v0/pipes', { config: { access: 'PIPES:CREATE' } }, async (request, reply) => {
    const source = readPipeSource(request);
    if (source.kind === 'new' && source.pipe.nodes.some(({ target }) => target !== null))
      return createMaterialized(needs, request, reply, source.pipe);
    const change = await changeOf(needs, request, reply);
    if (source.kind === 'new') return showNow(needs, request, await createPipe(needs, change, source.pipe));
    const from = findPipe(change.snapshot, source.from, change.auth.rights);
    return showNow(needs, request, await clonePipe(needs, change, { name: source.name, from }));
  });

  app.put<ByName>('/v0/pipes/:name', { config: { access: 'PIPES:CREATE' } }, async (request, reply) => {
    const name = pipeName(request);
    const change = await changeOf(needs, request, reply);
    const pipe = findPipe(change.snapshot, name, change.auth.rights);
    return showNow(needs, request, await editPipe(needs, change, pipe, readPipeChanges(request)));
  });

  app.delete<ByName>('/v0/pipes/:name', { config: { access: 'token' } }, async (request, reply) => {
    const name = pipeName(request);
    const change = await changeOf(needs, request, reply);
    const pipe = findPipe(change.snapshot, name, change.auth.rights);
    change.auth.rights.requireDrop('PIPES', pipe);
    await removePipe(needs, change, pipe, { force: Parameters.ofUrl(request).flag('force', false) });
    return reply.code(204).send();
  });

  app.post<ByName>('/v0/pipes/:name', { config: { access: 'token' } }, async (request, reply) => {
    const file = splitFormat(request.params.name);
    if (file === null || file.extension === 'pipe') throw refuseMethod(request, 'GET, PUT, DELETE');
    return sendEndpoint(needs, request, reply, file);
  });
}

/** The Pipe that a path means, with or without `.pipe`. @throws ApiError method_not_allowed when it means the Pipe's data */
function pipeName(request: FastifyRequest<ByName>): string {
  const file = splitFormat(request.params.name);
  if (file === null) return request.params.name;
  if (file.extension === 'pipe') return file.name;
  throw refuseMethod(request, 'GET, POST');
}
