import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Reply, TestServer } from '../../testing/harness.js';
import { type LogDisk, nodeDisk } from '../log/disk.js';
import { BrittleEngine } from './brittleEngine.js';
import { makeView } from './makeView.js';

/** The events of a test, by id. */
export const SOME = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];

/** Those without some. */
export const without = (...gone: number[]): number[] => SOME.filter((id) => !gone.includes(id));

/** A view that fails on some ids. */
export const failOn = (ids: string, from = 'hits'): string =>
  `SELECT throwIf(id IN (${ids}), 'unlucky') + id AS id FROM ${from}`;

/** What clients are told of the rows that views miss. */
export const missed = (count: string): unknown => ({
  error: expect.stringMatching(
    new RegExp(
      `^The (?:events are stored in \`hits\`, but|Data Source \`hits\` keeps no events itself, and) a Materialized View misses ${count}\\. ` +
        '(?:The Materialized View `rows` of the Pipe `\\w+`, which fills `\\w+`, failed: .+? \\([A-Z_]+\\) )+' +
        '(?:They are kept in (?:`hits_quarantine`|the folder `ingestion/set-aside` of the data directory)\\. )?' +
        'Do not send them again; mend the view\\.$',
    ),
  ),
});

/** What they are told when nothing is missed. */
export const taken = (count: number): unknown => ({ successful_rows: count, quarantined_rows: 0 });

/** A server with the Data Source `hits`, whose inserts can be made to fail, and with views of it. */
export class Hits {
  private constructor(
    readonly server: TestServer,
    readonly engine: BrittleEngine,
  ) {}

  /** Starts the server; it has no Data Source yet. */
  static async start(disk: LogDisk = nodeDisk): Promise<Hits> {
    const engine = new BrittleEngine();
    return new Hits(await TestServer.start({}, { disk, wrapEngine: engine.wrap, retryMs: 1 }), engine);
  }

  async stop(): Promise<void> {
    this.engine.before = () => {};
    this.engine.after = () => {};
    await this.server.stop();
  }

  /** Makes the Data Source. */
  async make(engineName = 'MergeTree', partition = ''): Promise<void> {
    const { status } = await this.server.form('POST /v0/datasources', {
      name: 'hits',
      schema: 'id UInt32 `json:$.id`, kind LowCardinality(UInt64) `json:$.kind` DEFAULT id % 3',
      format: 'ndjson',
      engine: engineName,
      ...(partition === '' ? {} : { engine_partition_key: partition }),
    });
    expect(status).toBe(200);
  }

  /** Makes it, and views of it that fail on what is in the Data Source `closed`. */
  async makeClosable(engineName: string, ...names: string[]): Promise<void> {
    await this.make(engineName);
    await this.server.client().createDataSource('closed', 'id UInt32 `json:$.id`');
    const sql = "SELECT throwIf(id IN (SELECT id FROM closed), 'closed') + id AS id FROM hits";
    for (const name of names) await this.view(name, sql);
  }

  /** Makes the views fail on some ids. */
  async close(...ids: number[]): Promise<void> {
    const body = ids.map((id) => `{"id":${id}}`).join('\n');
    expect((await this.server.call('POST /v0/events?name=closed&wait=true', { body })).status).toBe(200);
  }

  /** Makes them fail on none. */
  async open(): Promise<void> {
    const where = "SELECT database FROM system.tables WHERE name = 'hits' AND startsWith(database, 'w_')";
    await this.engine.command(`TRUNCATE TABLE ${(await this.engine.ask(where)).trim()}.closed`);
  }

  /** Makes a view into a Data Source of its name. @returns the id of its node */
  view(name: string, sql: string): Promise<string> {
    return makeView(this.server, name, sql);
  }

  /** Sends events. */
  send(ids: readonly number[], wait = true): Promise<Reply> {
    const body = ids.map((id) => JSON.stringify({ id })).join('\n');
    return this.server.call(`POST /v0/events?name=hits${wait ? '&wait=true' : ''}`, { body });
  }

  /** The ids that are in a Data Source. */
  async idsOf(name: string): Promise<unknown[]> {
    return (await this.server.rows(`SELECT id FROM ${name} ORDER BY id`)).flat();
  }

  /** Files in the log's folder and databases that nobody needs. */
  async leftovers(): Promise<string[]> {
    const files = await readdir(join(this.server.directory, 'data', 'ingestion'));
    const sql = "SELECT name FROM system.databases WHERE startsWith(name, 'probe_')";
    const databases = (await this.engine.ask(sql)).split('\n');
    return [...files.filter((name) => name !== 'set-aside'), ...databases.filter((name) => name !== '')];
  }
}
