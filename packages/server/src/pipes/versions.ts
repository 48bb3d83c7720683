import { ApiError } from '../errors/index.js';
import { timestamp } from '../metadata/index.js';
import { type PipeNeeds, type PipeRequest, savePipe } from './change.js';
import { nodeType } from './describe.js';
import type { Pipe, PipeNode } from './store.js';
import type { PipeVersion, PipeVersionSummary } from './versionRows.js';

/** One version of a Pipe. @throws ApiError version_not_found */
export async function findVersion(needs: PipeNeeds, pipe: Pipe, version: number): Promise<PipeVersion> {
  const found = await needs.metadata.pipes.version(pipe.id, version);
  if (found === undefined) throw ApiError.of('version_not_found', { pipe: pipe.name, version });
  return found;
}

/**
 * Brings back what a Pipe was: its description, tags and nodes, and which of them is published. Its name stays, because others use it,
 * and what is materialized now stays so: going back starts and stops no flow of rows. It is a change like any other, so it is checked and
 * becomes a version itself.
 * @param ignoreSqlErrors whether to bring nodes back that no longer run
 * @throws ApiError as `savePipe`
 */
export function restoreVersion(
  needs: PipeNeeds,
  request: PipeRequest,
  before: Pipe,
  { version, ignoreSqlErrors }: { version: PipeVersion; ignoreSqlErrors: boolean },
): Promise<Pipe> {
  const { description, tags, endpointNodeId, nodes } = version.definition;
  const restored = nodes.map((node) => {
    const ignores = node.ignoreSqlErrors || ignoreSqlErrors;
    return restoreNode(needs, before, { ...node, ignoreSqlErrors: ignores });
  });
  const after = { ...before, description, tags, endpointNodeId, nodes: restored };
  return savePipe(needs, request, { before, after, what: `version ${version.version} restored` });
}

function restoreNode(
  { clock }: PipeNeeds,
  before: Pipe,
  { materialized: _then, ...node }: PipeVersion['definition']['nodes'][number],
): PipeNode {
  const now = timestamp(clock());
  const old = before.nodes.find(({ id }) => id === node.id);
  if (old === undefined)
    return { ...node, version: 0, materialization: null, createdAt: now, updatedAt: now };
  const same = Object.entries({ ...old, ...node }).every(
    ([key, value]) => old[key as keyof PipeNode] === value,
  );
  return same ? old : { ...old, ...node, version: old.version + 1, updatedAt: now };
}

/** A version as the API lists it: which, when, who and what was done. */
export function describeVersion(version: PipeVersionSummary): Record<string, unknown> {
  return {
    version: version.version,
    created_at: version.createdAt,
    token: { id: version.tokenId, name: version.tokenName },
    change: version.what,
  };
}

/** A version as the API shows it alone: also what the Pipe was. */
export function describeWholeVersion(version: PipeVersion): Record<string, unknown> {
  const { name, description, tags, endpointNodeId, nodes } = version.definition;
  const shown = nodes.map(({ id, name, sql, description, ignoreSqlErrors, materialized }) => ({
    id,
    name,
    sql,
    description: description === '' ? null : description,
    ignore_sql_errors: ignoreSqlErrors,
    materialized: materialized ?? null,
    node_type: nodeType(id === endpointNodeId, materialized !== undefined),
  }));
  return {
    ...describeVersion(version),
    pipe: { name, description, tags, endpoint: endpointNodeId, nodes: shown },
  };
}
