import { setTimeout } from 'node:timers/promises';
import { isResourceId } from '@goldcrest/sql';
import { createDataSource, type DataSource, type DataSourceNeeds } from '../datasources/index.js';
import { ApiError } from '../errors/index.js';
import type { Auth } from '../tokens/index.js';
import { checkNameIsFree, findDataSource } from '../workspaces/index.js';
import { inferSchema } from './inferSchema.js';

/** How often, and with what pause, to look whether somebody else has finished making a Data Source of the name. */
const TRIES_MAX = 50;
const PAUSE_MS = 100;

/** Makes Data Sources out of the events that are sent to them (EV-19…EV-22, EV-34, EV-N5). */
export class AutoCreation {
  /** By Workspace and name: what is being made here. */
  private readonly running = new Map<string, Promise<DataSource>>();

  constructor(private readonly needs: DataSourceNeeds) {}

  /**
   * The Data Source `name`, made from the events unless somebody else makes it at the same time.
   * @param auth of who sends; needs DATASOURCES:CREATE (EV-20)
   * @param events one event per line, and the request that brought them
   * @throws ApiError datasource_not_found when the token may not create, or `name` is an id; no_events, no_keys, not_json when no
   * schema can be inferred; invalid_name, name_taken
   */
  async create(
    auth: Auth,
    name: string,
    { lines, requestId }: { lines: Buffer; requestId: string },
  ): Promise<DataSource> {
    const workspaceId = auth.workspace.id;
    if (isResourceId(name)) findDataSource(await this.needs.catalog.require(workspaceId), name, auth.rights);
    const key = `${workspaceId} ${name}`;
    for (let other = this.running.get(key); other !== undefined; other = this.running.get(key)) {
      // Whoever sent the other events is told what was wrong with them.
      const made = await other.catch(() => undefined);
      if (made !== undefined) return made;
    }
    const run = this.createOnce(workspaceId, { name, lines }, requestId);
    this.running.set(key, run);
    try {
      return await run;
    } finally {
      this.running.delete(key);
    }
  }

  /** Another node, or a request with a schema, may be making the same Data Source: then its one is waited for. */
  private async createOnce(
    workspaceId: string,
    { name, lines }: { name: string; lines: Buffer },
    requestId: string,
  ): Promise<DataSource> {
    let schema: string | undefined;
    for (let left = TRIES_MAX; ; left--) {
      const snapshot = await this.needs.catalog.requireLatest(workspaceId);
      const found = snapshot.datasources.find(name);
      if (found !== undefined) return found;
      checkNameIsFree(snapshot, name);
      // What the events look like is asked by one request at a time, and only when there is none.
      schema ??= await inferSchema(lines);
      try {
        const wanted = { name, schema, format: 'ndjson', description: '', engineOptions: [] } as const;
        return await createDataSource(this.needs, snapshot, wanted, requestId);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'name_taken' || left === 0) throw error;
        await setTimeout(PAUSE_MS);
        this.needs.catalog.changed(workspaceId);
      }
    }
  }
}
