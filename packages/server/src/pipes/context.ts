import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../errors/index.js';
import { authOf } from '../http/access.js';
import { Parameters } from '../http/parameters.js';
import type { Views } from '../materialization/index.js';
import { goneSignal, type QueryNeeds } from '../queries/index.js';
import type { Rights, TokenSigner } from '../tokens/index.js';
import { findPipe, type Snapshot } from '../workspaces/index.js';
import type { PipeNeeds, PipeRequest } from './change.js';
import { describePipe } from './describe.js';
import { readTokens } from './readTokens.js';
import type { Pipe } from './store.js';

/** What the Pipes API needs. */
export interface PipeRoutesNeeds extends PipeNeeds, QueryNeeds {
  views: Views;
  signer: TokenSigner;
  /** Base URL of the server as clients reach it. */
  publicUrl: () => string;
}

/** The Workspace that a request reads, and what its token may do there. */
export async function contextOf(
  needs: PipeRoutesNeeds,
  request: FastifyRequest,
): Promise<{ snapshot: Snapshot; rights: Rights }> {
  const auth = authOf(request);
  return { snapshot: await needs.catalog.require(auth.workspace.id), rights: auth.rights };
}

/** What a request that writes begins from. */
export async function changeOf(
  needs: PipeRoutesNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<PipeRequest> {
  const auth = authOf(request);
  const signal = goneSignal(reply);
  const snapshot = await needs.catalog.requireLatest(auth.workspace.id);
  return { snapshot, auth, signal, requestId: request.id };
}

/** A Pipe with the token that reads its endpoint, when there is exactly one (EP-01). */
export function showPipe(
  needs: PipeRoutesNeeds,
  request: FastifyRequest,
  snapshot: Snapshot,
  pipe: Pipe,
): Record<string, unknown> {
  const parameters = Parameters.ofUrl(request);
  const attrs = parameters.text('attrs');
  const shown = describePipe(snapshot, pipe, needs.publicUrl(), {
    attrs,
    nodeAttrs: parameters.text('node_attrs'),
    dependencies: parameters.flag('dependencies', true),
  });
  const [token, another] = readTokens(snapshot, pipe);
  const isWanted = attrs === undefined || attrs === '' || attrs.split(',').includes('token');
  if (token === undefined || another !== undefined || !isWanted) return shown;
  return { ...shown, token: needs.signer.sign({ workspaceId: token.workspaceId, secretId: token.secretId }) };
}

/** A Pipe as it is after a request that changed it. */
export async function showNow(
  needs: PipeRoutesNeeds,
  request: FastifyRequest,
  { id }: Pipe,
): Promise<Record<string, unknown>> {
  const { snapshot, rights } = await contextOf(needs, request);
  return showPipe(needs, request, snapshot, findPipe(snapshot, id, rights));
}

/** The answer to a method that a path does not take. @param allowed what it takes, e.g. `GET, POST` */
export function refuseMethod(request: FastifyRequest, allowed: string): ApiError {
  const [path = ''] = request.url.split('?');
  return ApiError.of(
    'method_not_allowed',
    { method: request.method, path, allowed },
    { headers: { Allow: allowed } },
  );
}
