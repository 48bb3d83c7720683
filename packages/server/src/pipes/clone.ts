import { mentionedNames } from '@goldcrest/sql';
import { newResourceId, timestamp } from '../metadata/index.js';
import { type PipeNeeds, type PipeRequest, savePipe } from './change.js';
import { emptyPipe } from './create.js';
import type { Pipe, PipeNode } from './store.js';

/**
 * Makes a Pipe as a copy of another one, or writes the copy over the Pipe that has the name (PI-09). Nodes keep their id where one of that
 * name was before, and so the endpoint stays if the published node has a namesake; a new Pipe has no endpoint.
 * @throws ApiError as `savePipe`
 */
export function clonePipe(
  needs: PipeNeeds,
  request: PipeRequest,
  { name, from }: { name: string; from: Pipe },
): Promise<Pipe> {
  const before = request.snapshot.pipes.all.find((pipe) => pipe.name === name) ?? null;
  const nodes = from.nodes.map((node) =>
    copyNode(needs, before, { ...node, name: copiedName(node, from, name) }),
  );
  const { description, tags } = from;
  const published = nodes.find(({ id }) => id === before?.endpointNodeId);
  const target = before ?? emptyPipe(needs, request);
  const after = { ...target, name, description, tags, nodes, endpointNodeId: published?.id ?? null };
  return savePipe(needs, request, { before, after, what: `copied from ${from.name}` });
}

function copyNode({ clock }: PipeNeeds, before: Pipe | null, node: PipeNode): PipeNode {
  const now = timestamp(clock());
  const old = before?.nodes.find(({ name }) => name === node.name);
  if (old === undefined) {
    const fresh = { id: newResourceId(), version: 0, materialization: null };
    return { ...node, ...fresh, createdAt: now, updatedAt: now };
  }
  const { sql, description, ignoreSqlErrors } = node;
  return { ...old, sql, description, ignoreSqlErrors, version: old.version + 1, updatedAt: now };
}

/** A node that is called like its Pipe is called like the copy there, unless others name it: no node may have another Pipe's name (DM-06). */
function copiedName(node: PipeNode, from: Pipe, name: string): string {
  if (node.name !== from.name) return node.name;
  return from.nodes.some((other) => mentionedNames(other.sql).has(node.name)) ? node.name : name;
}
