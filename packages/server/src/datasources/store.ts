import type { Kysely, Selectable } from 'kysely';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { RecordMissingError } from '../metadata/errors.js';
import { claimName, releaseName } from '../metadata/names.js';
import { bumpRevision } from '../metadata/revision.js';
import { readJson, readWord } from '../metadata/stored.js';
import type { Tables } from '../metadata/tables.js';

const FORMATS = ['csv', 'ndjson', 'parquet'] as const;

/**
 * The states of a Data Source. `creating`: its name is taken, its table is being made. `ready`: it can be used.
 * `dropping`: its table is being removed. What a crash leaves in `creating` or `dropping` is cleaned up at start:
 *
 *     reserve ─▶ creating ─ markReady ─▶ ready
 *                   └── markDropping ──┬───┘
 *                                      ▼
 *                                  dropping ─ remove ─▶ (gone)
 */
const STATUSES = ['creating', 'ready', 'dropping'] as const;

const column = Type.Object({
  name: Type.String(),
  /** The engine's type, without `Nullable` being taken off. */
  type: Type.String(),
  /** Where the value is in a JSON event, e.g. `$.user.id`. */
  jsonPath: Type.Union([Type.String(), Type.Null()]),
  /** An expression, without the word DEFAULT. */
  defaultExpression: Type.Union([Type.String(), Type.Null()]),
  /** Such as `CODEC(ZSTD(1))`. */
  codec: Type.Union([Type.String(), Type.Null()]),
  nullable: Type.Boolean(),
});

const engine = Type.Object({
  /** Such as `MergeTree`. In every text an empty one means: not set. */
  engine: Type.String(),
  sortingKey: Type.String(),
  partitionKey: Type.String(),
  primaryKey: Type.String(),
  ttl: Type.String(),
  ver: Type.Optional(Type.String()),
  sign: Type.Optional(Type.String()),
  version: Type.Optional(Type.String()),
  isDeleted: Type.Optional(Type.String()),
  samplingKey: Type.Optional(Type.String()),
  joinStrictness: Type.Optional(Type.String()),
  joinType: Type.Optional(Type.String()),
  /** Names with `, ` between. */
  keyColumns: Type.Optional(Type.String()),
  settings: Type.Record(Type.String(), Type.String()),
});

const columns = Compile(Type.Array(column));
const engines = Compile(engine);
const tags = Compile(Type.Record(Type.String(), Type.String()));

/** One column of a Data Source's schema. */
export type StoredColumn = Static<typeof column>;

/** The engine options of a Data Source; an empty text means: not set. */
export type StoredEngine = Static<typeof engine>;

/** A Data Source (GN-23). */
export interface DataSource {
  /** `t_` and 32 hex digits; stays when it is renamed. */
  id: string;
  workspaceId: string;
  /** Unique among the Data Sources and Pipes of its Workspace (DM-05); case matters. */
  name: string;
  description: string;
  format: (typeof FORMATS)[number];
  columns: StoredColumn[];
  engine: StoredEngine;
  tags: Record<string, string>;
  status: (typeof STATUSES)[number];
  /** `YYYY-MM-DD HH:MM:SS.ffffff`, UTC (GN-22). */
  createdAt: string;
  updatedAt: string;
}

/** The Data Sources of every Workspace. Each write also counts the Workspace's revision. */
export class DataSourceStore {
  constructor(private readonly db: Kysely<Tables>) {}

  /**
   * Takes the name and writes the Data Source in status `creating` (DM-05).
   * @throws NameTakenError when a Data Source, in whatever status, or a Pipe of the Workspace has that name.
   */
  async reserve(datasource: Omit<DataSource, 'status'>): Promise<void> {
    const { id, workspaceId, name } = datasource;
    await this.db.transaction().execute(async (transaction) => {
      await claimName(transaction, { workspaceId, name, kind: 'datasource', resourceId: id });
      await transaction
        .insertInto('datasources')
        .values(toRow({ ...datasource, status: 'creating' }))
        .execute();
      await bumpRevision(transaction, workspaceId);
    });
  }

  /** `creating` → `ready`. @throws RecordMissingError when it isn't in `creating`. */
  async markReady(id: string): Promise<void> {
    await this.move(id, ['creating'], 'ready');
  }

  /** Any status → `dropping`; its name stays taken until `remove`. @throws RecordMissingError when there is none. */
  async markDropping(id: string): Promise<void> {
    await this.move(id, STATUSES, 'dropping');
  }

  /** Removes the Data Source and gives its name back. @returns whether there was one. */
  async remove(id: string): Promise<boolean> {
    return this.db.transaction().execute(async (transaction) => {
      const workspaceId = await releaseName(transaction, 'datasource', id);
      if (workspaceId === undefined) return false;
      await bumpRevision(transaction, workspaceId);
      return true;
    });
  }

  /** The Data Source with that id in whatever status, or undefined. */
  async byId(id: string): Promise<DataSource | undefined> {
    const row = await this.select().where('id', '=', id).executeTakeFirst();
    return row && toDataSource(row);
  }

  /** The Data Sources of a Workspace that are `ready`, oldest first. */
  async listByWorkspace(workspaceId: string): Promise<DataSource[]> {
    const rows = await this.select()
      .where('workspace_id', '=', workspaceId)
      .where('status', '=', 'ready')
      .orderBy('created_at')
      .orderBy('name')
      .execute();
    return rows.map(toDataSource);
  }

  /** What is `creating` or `dropping` in all Workspaces, oldest first: at start, what a crash has left to clean up. */
  async unfinished(): Promise<DataSource[]> {
    const rows = await this.select()
      .where('status', 'in', ['creating', 'dropping'])
      .orderBy('created_at')
      .orderBy('name')
      .execute();
    return rows.map(toDataSource);
  }

  private async move(
    id: string,
    from: readonly DataSource['status'][],
    to: DataSource['status'],
  ): Promise<void> {
    await this.db.transaction().execute(async (transaction) => {
      const moved = await transaction
        .updateTable('datasources')
        .set({ status: to })
        .where('id', '=', id)
        .where('status', 'in', from)
        .returning('workspace_id')
        .executeTakeFirst();
      if (moved === undefined) throw new RecordMissingError(`Data Source in status ${from.join(' or ')}`, id);
      await bumpRevision(transaction, moved.workspace_id);
    });
  }

  private select() {
    return this.db.selectFrom('datasources').selectAll();
  }
}

function toRow(datasource: DataSource): Selectable<Tables['datasources']> {
  return {
    id: datasource.id,
    workspace_id: datasource.workspaceId,
    name: datasource.name,
    description: datasource.description,
    format: datasource.format,
    columns: JSON.stringify(datasource.columns),
    engine: JSON.stringify(datasource.engine),
    tags: JSON.stringify(datasource.tags),
    status: datasource.status,
    created_at: datasource.createdAt,
    updated_at: datasource.updatedAt,
  };
}

function toDataSource(row: Selectable<Tables['datasources']>): DataSource {
  const place = (name: string) => `datasources.${name} of ${row.id}`;
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    name: row.name,
    description: row.description,
    format: readWord(FORMATS, row.format, place('format')),
    columns: readJson(columns, row.columns, place('columns')),
    engine: readJson(engines, row.engine, place('engine')),
    tags: readJson(tags, row.tags, place('tags')),
    status: readWord(STATUSES, row.status, place('status')),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
