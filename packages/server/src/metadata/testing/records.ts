import { randomUUID } from 'node:crypto';
import type { DataSource } from '../../datasources/store.js';
import type { Pipe, PipeNode } from '../../pipes/store.js';
import type { PipeChange } from '../../pipes/versionRows.js';
import type { Token } from '../../tokens/store.js';
import type { Workspace } from '../../workspaces/store.js';
import { newResourceId } from '../ids.js';

/** The time of every test record that says nothing else. */
export const EARLY = '2026-01-02 03:04:05.006000';

/** A later time, for changes. */
export const LATE = '2026-07-08 09:10:11.012000';

const times = { createdAt: EARLY, updatedAt: EARLY };

/** A Workspace with a new id. */
export function aWorkspace(given: Partial<Workspace> = {}): Workspace {
  return { id: randomUUID(), name: 'acme', ...times, ...given };
}

/** A token with a new id and a scope of each shape. */
export function aToken(workspaceId: string, given: Partial<Token> = {}): Token {
  return {
    id: randomUUID(),
    workspaceId,
    name: 'reader',
    description: 'reads one tenant',
    secretId: randomUUID(),
    origin: 'custom',
    scopes: [
      { type: 'ADMIN' },
      { type: 'PIPES:READ', resource: newResourceId() },
      { type: 'DATASOURCES:READ', resource: newResourceId(), filter: "tenant = 'a\"b'" },
    ],
    ...times,
    ...given,
  };
}

/** A Data Source with a new id that uses every field. */
export function aDataSource(workspaceId: string, given: Partial<DataSource> = {}): DataSource {
  const plain = { defaultExpression: null, codec: null, nullable: false };
  return {
    id: newResourceId(),
    workspaceId,
    name: 'events',
    description: 'what people do — “clicks”',
    format: 'ndjson',
    columns: [
      { ...plain, name: 'at', type: 'DateTime', jsonPath: '$.at', codec: 'CODEC(Delta, ZSTD(1))' },
      {
        name: 'who',
        type: 'Nullable(String)',
        jsonPath: null,
        defaultExpression: "'nobody'",
        codec: null,
        nullable: true,
      },
    ],
    engine: {
      engine: 'ReplacingMergeTree',
      sortingKey: 'at, who',
      partitionKey: 'toYYYYMM(at)',
      primaryKey: 'at',
      ttl: '',
      ver: 'at',
      settings: { index_granularity: '8192' },
    },
    tags: { team: 'growth' },
    status: 'creating',
    ...times,
    ...given,
  };
}

/** A node with a new id. */
export function aNode(name: string, given: Partial<PipeNode> = {}): PipeNode {
  return {
    id: newResourceId(),
    name,
    sql: `select '${name}'`,
    description: `${name} of it`,
    version: 0,
    ignoreSqlErrors: false,
    materialization: null,
    ...times,
    ...given,
  };
}

/** A Pipe with a new id and two nodes. */
export function aPipe(workspaceId: string, given: Partial<Pipe> = {}): Pipe {
  return {
    id: newResourceId(),
    workspaceId,
    name: 'top_pages',
    description: 'the ten best',
    tags: ['pages', 'weekly report'],
    version: 1,
    endpointNodeId: null,
    nodes: [aNode('filtered'), aNode('counted')],
    ...times,
    ...given,
  };
}

/** Who changed a Pipe in a test. */
export function aChange(what = 'created'): PipeChange {
  return { tokenId: randomUUID(), tokenName: 'reader', what };
}
