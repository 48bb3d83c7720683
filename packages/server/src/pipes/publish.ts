import { ApiError } from '../errors/index.js';
import { NameTakenError, timestamp } from '../metadata/index.js';
import { newToken } from '../tokens/index.js';
import type { Snapshot } from '../workspaces/index.js';
import { refuseCircles } from './circles.js';
import type { PipeNeeds } from './create.js';
import { readTokens } from './readTokens.js';
import type { Pipe, PipeNode } from './store.js';

/** The node of a Pipe by name or id. @throws ApiError node_not_found */
export function findNode(pipe: Pipe, nameOrId: string): PipeNode {
  const node = pipe.nodes.find(({ id, name }) => id === nameOrId || name === nameOrId);
  if (node !== undefined) return node;
  const nodes = pipe.nodes.map(({ name }) => name).join(', ');
  throw ApiError.of('node_not_found', { pipe: pipe.name, node: nameOrId, nodes });
}

/**
 * Publishes a node as the Pipe's endpoint, in place of the one that was (EP-01, EP-03), and makes a token that may read it unless
 * there is one (EP-04).
 * @throws ApiError circular_reference when Pipes that read this one are read by that node
 */
export async function publishNode(
  needs: PipeNeeds,
  snapshot: Snapshot,
  pipe: Pipe,
  node: PipeNode,
): Promise<void> {
  const published = { ...pipe, endpointNodeId: node.id };
  await refuseCircles(needs.engine, snapshot.withPipe(published), published);
  if (readTokens(snapshot, pipe).length === 0) await createReadToken(needs, pipe);
  await needs.metadata.pipes.setEndpoint(pipe.id, node.id, timestamp(needs.clock()));
  needs.catalog.changed(pipe.workspaceId);
}

/** Takes the endpoint off the Pipe (EP-02). @throws ApiError node_not_published */
export async function unpublishNode(needs: PipeNeeds, pipe: Pipe, node: PipeNode): Promise<void> {
  if (pipe.endpointNodeId !== node.id)
    throw ApiError.of('node_not_published', { node: node.name, pipe: pipe.name });
  await needs.metadata.pipes.setEndpoint(pipe.id, null, timestamp(needs.clock()));
  needs.catalog.changed(pipe.workspaceId);
}

async function createReadToken({ metadata, clock }: PipeNeeds, pipe: Pipe): Promise<void> {
  const scopes = [{ type: 'PIPES:READ', resource: pipe.id }];
  try {
    await metadata.tokens.create(
      newToken(pipe.workspaceId, clock, { name: `${pipe.name}_endpoint_read`, origin: 'endpoint', scopes }),
    );
  } catch (error) {
    // A token of that name is left from an earlier Pipe, or another request is publishing: take a name that is free for sure.
    if (!(error instanceof NameTakenError)) throw error;
    const name = `${pipe.name}_endpoint_read_${pipe.id.slice(2, 10)}`;
    await metadata.tokens.create(newToken(pipe.workspaceId, clock, { name, origin: 'endpoint', scopes }));
  }
}
