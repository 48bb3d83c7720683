import type { Kysely, Transaction } from 'kysely';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { readJson } from '../metadata/stored.js';
import type { Tables } from '../metadata/tables.js';
import type { Pipe } from './store.js';

/**
 * How many versions of a Pipe are kept. It is far more than anyone goes back through, and bounds what a script that writes the same Pipe
 * every minute leaves behind.
 */
export const VERSIONS_KEPT = 100;

const definition = Type.Object({
  name: Type.String(),
  description: Type.String(),
  tags: Type.Array(Type.String()),
  endpointNodeId: Type.Union([Type.String(), Type.Null()]),
  nodes: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      sql: Type.String(),
      description: Type.String(),
      ignoreSqlErrors: Type.Boolean(),
      /** The Data Source that it was materialized into. */
      materialized: Type.Optional(Type.String()),
    }),
  ),
});

const stored = Compile(definition);

/** All of a Pipe that somebody wrote: what a version holds. */
export type PipeDefinition = Static<typeof definition>;

/** Who changes a Pipe, and how. */
export interface PipeChange {
  /** The token that asked for it. */
  tokenId: string;
  tokenName: string;
  /** What is done, in a few words, e.g. `node added: totals`. */
  what: string;
}

/** A version of a Pipe, without what it was. */
export interface PipeVersionSummary extends PipeChange {
  /** From 1. */
  version: number;
  /** `YYYY-MM-DD HH:MM:SS.ffffff`, UTC (GN-22). */
  createdAt: string;
}

/** What a Pipe was after one of its changes. */
export interface PipeVersion extends PipeVersionSummary {
  definition: PipeDefinition;
}

/** Keeps what the Pipe is now as a version, and lets the oldest go. Part of the transaction that writes the Pipe. */
export async function keepVersion(
  transaction: Transaction<Tables>,
  pipe: Pipe,
  change: PipeChange,
): Promise<void> {
  const row = {
    pipe_id: pipe.id,
    version: pipe.version,
    token_id: change.tokenId,
    token_name: change.tokenName,
    change: change.what,
    definition: JSON.stringify(definitionOf(pipe)),
    created_at: pipe.updatedAt,
  };
  await transaction.insertInto('pipe_versions').values(row).execute();
  await transaction
    .deleteFrom('pipe_versions')
    .where('pipe_id', '=', pipe.id)
    .where('version', '<=', pipe.version - VERSIONS_KEPT)
    .execute();
}

function definitionOf({ name, description, tags, endpointNodeId, nodes }: Pipe): PipeDefinition {
  const written = nodes.map(({ id, name, sql, description, ignoreSqlErrors, materialization }) => {
    const node = { id, name, sql, description, ignoreSqlErrors };
    return materialization === null ? node : { ...node, materialized: materialization.datasourceId };
  });
  return { name, description, tags, endpointNodeId, nodes: written };
}

const SUMMARY = ['version', 'token_id', 'token_name', 'change', 'created_at'] as const;

/** The versions of a Pipe, newest first, without what they hold. */
export async function listVersions(db: Kysely<Tables>, pipeId: string): Promise<PipeVersionSummary[]> {
  const rows = await db
    .selectFrom('pipe_versions')
    .select(SUMMARY)
    .where('pipe_id', '=', pipeId)
    .orderBy('version', 'desc')
    .execute();
  return rows.map(toSummary);
}

/** One version of a Pipe, or undefined. @throws MetadataCorruptError */
export async function readVersion(
  db: Kysely<Tables>,
  pipeId: string,
  version: number,
): Promise<PipeVersion | undefined> {
  const row = await db
    .selectFrom('pipe_versions')
    .selectAll()
    .where('pipe_id', '=', pipeId)
    .where('version', '=', version)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const place = `pipe_versions.definition of ${pipeId}, version ${version}`;
  return { ...toSummary(row), definition: readJson(stored, row.definition, place) };
}

function toSummary(row: {
  version: number;
  token_id: string;
  token_name: string;
  change: string;
  created_at: string;
}): PipeVersionSummary {
  return {
    version: row.version,
    tokenId: row.token_id,
    tokenName: row.token_name,
    what: row.change,
    createdAt: row.created_at,
  };
}
