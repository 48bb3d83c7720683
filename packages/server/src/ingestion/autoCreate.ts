import { setImmediate, setTimeout } from 'node:timers/promises';
import { formatSchema, isResourceId } from '@goldcrest/sql';
import { createDataSource, type DataSource, type DataSourceNeeds } from '../datasources/index.js';
import { ApiError } from '../errors/index.js';
import { Inference } from '../inference/index.js';
import type { Auth } from '../tokens/index.js';
import { checkNameIsFree, findDataSource } from '../workspaces/index.js';
import { parseLine, refuseTooManyLines } from './parse.js';
import type { EventDocument } from './rowSchema.js';

/** Events that a schema is inferred from, the first of a request: the rest of a large batch looks like them. */
const EVENTS_MAX = 10_000;

/** Events that are read without a pause, so that other requests get their turn. */
const SLICE_EVENTS = 500;

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

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
    const schema = await inferSchema(lines);
    const key = `${workspaceId} ${name}`;
    for (let other = this.running.get(key); other !== undefined; other = this.running.get(key)) {
      // Whoever sent the other events is told what was wrong with them.
      const made = await other.catch(() => undefined);
      if (made !== undefined) return made;
    }
    const run = this.createOnce(workspaceId, { name, schema }, requestId);
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
    { name, schema }: { name: string; schema: string },
    requestId: string,
  ): Promise<DataSource> {
    for (let left = TRIES_MAX; ; left--) {
      const snapshot = await this.needs.catalog.requireLatest(workspaceId);
      const found = snapshot.datasources.find(name);
      if (found !== undefined) return found;
      checkNameIsFree(snapshot, name);
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

/** @throws ApiError too_many_events, no_events, no_keys, not_json, document_not_json */
async function inferSchema(body: Buffer): Promise<string> {
  refuseTooManyLines(body);
  const inference = new Inference();
  let problem: string | undefined;
  let read = 0;
  for (const { document, problem: reason } of eventsOf(body)) {
    if (document === undefined) {
      problem ??= reason;
      continue;
    }
    inference.add(document);
    read += 1;
    if (read === EVENTS_MAX) break;
    if (read % SLICE_EVENTS === 0) await setImmediate();
  }
  if (read > 0 && inference.isEmpty) throw ApiError.of('no_keys', {});
  if (read > 0) return formatSchema(inference.columns());
  throw problem === undefined
    ? ApiError.of('no_events', {})
    : ApiError.of('not_json', { reason: `${problem}.` });
}

function* eventsOf(body: Buffer): Generator<EventDocument> {
  const hasMark = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  for (let start = hasMark ? BYTE_ORDER_MARK.length : 0; start < body.length; ) {
    const lineEnd = body.indexOf(0x0a, start);
    const end = lineEnd < 0 ? body.length : lineEnd;
    const event = parseLine(body.subarray(start, end));
    if (event.text !== '') yield event;
    start = end + 1;
  }
}
