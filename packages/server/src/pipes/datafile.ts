import { type PipeNode as FileNode, printPipe, type TokenGrant } from '@goldcrest/datafiles';
import type { Rights } from '../tokens/index.js';
import type { Snapshot } from '../workspaces/index.js';
import { readTokens } from './readTokens.js';
import type { Pipe, PipeNode } from './store.js';

/**
 * A Pipe as the text of its datafile (PI-16), which is read back to the same Pipe. Tokens that were given the right to read it are in it
 * for those who may see tokens; the one that publishing made is not, because publishing makes it again.
 */
export function pipeFile(snapshot: Snapshot, pipe: Pipe, rights: Rights): string {
  return printPipe({
    kind: 'pipe',
    name: pipe.name,
    description: pipe.description === '' ? null : pipe.description,
    version: null,
    tags: pipe.tags,
    tokens: rights.has('TOKENS') ? tokenGrants(snapshot, pipe) : [],
    positions: {},
    nodes: pipe.nodes.map((node) => fileNode(pipe, node)),
    includes: [],
  });
}

function tokenGrants(snapshot: Snapshot, pipe: Pipe): TokenGrant[] {
  const given = readTokens(snapshot, pipe).filter(({ origin, scopes }) => {
    // A datafile has no place for the condition of a scope.
    return (
      origin !== 'endpoint' &&
      scopes.some((scope) => scope.resource === pipe.id && scope.filter === undefined)
    );
  });
  return given.map(({ name }) => ({ name, scope: 'READ' }));
}

function fileNode(pipe: Pipe, { id, name, description, sql }: PipeNode): FileNode {
  const position = { file: `${pipe.name}.pipe`, line: 1, column: 1 };
  return {
    type: id === pipe.endpointNodeId ? 'endpoint' : 'default',
    name,
    position,
    description: description === '' ? null : description,
    sql: { text: sql, position, indent: 0 },
    positions: {},
  };
}
