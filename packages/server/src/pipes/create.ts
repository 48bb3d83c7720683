import { newResourceId, timestamp } from '../metadata/index.js';
import { type PipeNeeds, type PipeRequest, savePipe } from './change.js';
import { type NewNode, newNode } from './nodes.js';
import type { Pipe } from './store.js';

/** What a client asks for when it makes a Pipe (PI-07, PI-08). */
export interface NewPipe {
  name: string;
  description: string;
  tags: string[];
  nodes: readonly NewNode[];
}

/**
 * Makes a Pipe with its nodes, and publishes the one that is to be the endpoint.
 * @throws ApiError as `savePipe`
 */
export function createPipe(needs: PipeNeeds, request: PipeRequest, wanted: NewPipe): Promise<Pipe> {
  const after = emptyPipe(needs, request);
  const nodes = wanted.nodes.map((node) => newNode(needs.clock, node));
  const endpoint = nodes[wanted.nodes.findIndex((node) => node.isEndpoint)];
  const { name, description, tags } = wanted;
  return savePipe(needs, request, {
    before: null,
    after: { ...after, name, description, tags, nodes, endpointNodeId: endpoint?.id ?? null },
    what: 'created',
  });
}

/** A new Pipe of which nothing is known yet. */
export function emptyPipe({ clock }: PipeNeeds, { snapshot }: PipeRequest): Pipe {
  const now = timestamp(clock());
  return {
    id: newResourceId(),
    workspaceId: snapshot.workspace.id,
    name: '',
    description: '',
    tags: [],
    endpointNodeId: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
    nodes: [],
  };
}
