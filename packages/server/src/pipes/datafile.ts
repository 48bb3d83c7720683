import {
  ENGINES,
  type EngineDefinition,
  type PipeNode as FileNode,
  printPipe,
  type TokenGrant,
} from '@goldcrest/datafiles';
import type { StoredEngine } from '../datasources/index.js';
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
    nodes: pipe.nodes.map((node) => fileNode(snapshot, pipe, node)),
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

function fileNode(snapshot: Snapshot, pipe: Pipe, node: PipeNode): FileNode {
  const { id, name, description, sql, materialization } = node;
  const position = { file: `${pipe.name}.pipe`, line: 1, column: 1 };
  const base = {
    name,
    position,
    description: description === '' ? null : description,
    sql: { text: sql, position, indent: 0 },
    positions: {},
  };
  const target = snapshot.datasources.find(materialization?.datasourceId ?? '');
  if (target !== undefined)
    return { ...base, type: 'materialized', datasource: target.name, engine: fileEngine(target.engine) };
  return { ...base, type: id === pipe.endpointNodeId ? 'endpoint' : 'default' };
}

/** The table of a target, so that the Pipe can be brought to a server that has no such Data Source (DFP-05). */
function fileEngine(engine: StoredEngine): EngineDefinition {
  const text = (value: string | undefined): string | null =>
    value === undefined || value === '' ? null : value;
  return {
    type: ENGINES.find((type) => type === engine.engine) ?? null,
    sortingKey: text(engine.sortingKey),
    partitionKey: text(engine.partitionKey),
    primaryKey: text(engine.primaryKey),
    samplingKey: text(engine.samplingKey),
    ttl: text(engine.ttl),
    ver: text(engine.ver),
    isDeleted: text(engine.isDeleted),
    sign: text(engine.sign),
    version: text(engine.version),
    settings: Object.entries(engine.settings).map(([name, value]) => ({ name, value })),
    joinStrictness: text(engine.joinStrictness),
    joinType: text(engine.joinType),
    keyColumns: text(engine.keyColumns)?.split(', ') ?? [],
  };
}
