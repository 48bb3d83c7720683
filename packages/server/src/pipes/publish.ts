import { ApiError } from '../errors/index.js';
import { type PipeNeeds, type PipeRequest, savePipe } from './change.js';
import { nodeNames, nodeOf } from './nodes.js';
import { ensureReadToken } from './readTokens.js';
import type { Pipe, PipeNode } from './store.js';

/** The node that a request wants to publish or not (ERR-08). @throws ApiError wrong_node */
export function findEndpointNode(pipe: Pipe, nameOrId: string): PipeNode {
  const node = nodeOf(pipe, nameOrId);
  if (node !== undefined) return node;
  throw ApiError.of('wrong_node', { pipe: pipe.name, node: nameOrId, nodes: nodeNames(pipe) });
}

/**
 * Publishes a node as the Pipe's endpoint, in place of the one that was (EP-01, EP-03, PB-03), and makes a token that may read it unless
 * there is one (EP-04).
 * @throws ApiError as `savePipe`: circular_reference when Pipes that read this one are read by that node, query_failed when it does not run
 */
export async function publishNode(
  needs: PipeNeeds,
  request: PipeRequest,
  before: Pipe,
  node: PipeNode,
): Promise<void> {
  if (before.endpointNodeId === node.id) return ensureReadToken(needs, request.snapshot, before);
  const after = { ...before, endpointNodeId: node.id };
  await savePipe(needs, request, { before, after, what: `published: ${node.name}` });
}

/** Takes the endpoint off the Pipe (EP-02). @throws ApiError node_not_published */
export async function unpublishNode(
  needs: PipeNeeds,
  request: PipeRequest,
  before: Pipe,
  node: PipeNode,
): Promise<void> {
  if (before.endpointNodeId !== node.id)
    throw ApiError.of('node_not_published', { node: node.name, pipe: before.name });
  const after = { ...before, endpointNodeId: null };
  await savePipe(needs, request, { before, after, what: `unpublished: ${node.name}` });
}
