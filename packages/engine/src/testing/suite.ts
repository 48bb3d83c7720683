import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Engine } from '../engine.js';
import { concurrencyTests } from './concurrency.js';
import { readText, type SuiteContext, type SuiteEngineOptions } from './context.js';
import { errorsTests } from './errors.js';
import { externalTests } from './external.js';
import { insertingTests } from './inserting.js';
import { isolationTests } from './isolation.js';
import { maintenanceTests } from './maintenance.js';
import { readingTests } from './reading.js';
import { readOnlyTests } from './readOnly.js';
import { spoolingTests } from './spooling.js';
import { streamingTests } from './streaming.js';

/** Opens an engine on the same data at each call; the suite has one open at a time. */
export type OpenEngine = (options: SuiteEngineOptions) => Promise<Engine>;

/** What every Engine does (design §1), proved against a real one. */
export function engineSuite(name: string, openEngine: OpenEngine): void {
  describe(name, () => {
    const fixture = new Fixture(openEngine);
    beforeAll(() => fixture.start());
    afterAll(() => fixture.stop());
    describe('reading', () => readingTests(fixture));
    describe('errors', () => errorsTests(fixture));
    describe('isolation', () => isolationTests(fixture));
    describe('read-only', () => readOnlyTests(fixture));
    describe('other servers', () => externalTests(fixture));
    describe('many at once', () => concurrencyTests(fixture));
    describe('streaming', () => streamingTests(fixture));
    describe('spooling', () => spoolingTests(fixture));
    describe('inserting', () => insertingTests(fixture));
    describe('maintenance', () => maintenanceTests(fixture));
  });
}

class Fixture implements SuiteContext {
  readonly #openEngine: OpenEngine;
  #engine: Engine | undefined;
  #directory = '';

  constructor(openEngine: OpenEngine) {
    this.#openEngine = openEngine;
  }

  async start(): Promise<void> {
    this.#directory = await mkdtemp(join(tmpdir(), 'goldcrest-suite-'));
    const engine = await this.#openEngine({});
    this.#engine = engine;
    for (const database of ['one', 'two']) {
      await engine.command({ sql: `DROP DATABASE IF EXISTS ${database}` });
      await engine.command({ sql: `CREATE DATABASE ${database}` });
      const sql = `CREATE TABLE t ENGINE = MergeTree ORDER BY name AS SELECT '${database}' AS name`;
      await engine.command({ sql, database });
    }
  }

  async stop(): Promise<void> {
    await this.#engine?.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  engine(): Engine {
    if (this.#engine === undefined) throw new Error('The suite has no open engine.');
    return this.#engine;
  }

  directory(): string {
    return this.#directory;
  }

  read: SuiteContext['read'] = (sql, request = {}) =>
    readText(this.engine(), { sql, database: 'default', format: 'JSONEachRow', ...request });

  create: SuiteContext['create'] = (table, columns, options = '') =>
    this.engine().command({
      sql: `CREATE TABLE one.${table} (${columns}) ENGINE = MergeTree ORDER BY tuple() ${options}`,
    });

  insert: SuiteContext['insert'] = async (table, columns, text, more = {}) => {
    const path = join(this.#directory, `${table}.data`);
    await writeFile(path, text);
    return this.engine().insertFile({
      database: 'one',
      table,
      columns,
      path,
      format: 'JSONEachRow',
      ...more,
    });
  };

  withEngine: SuiteContext['withEngine'] = async (options, body) => {
    await this.#engine?.close();
    const other = await this.#openEngine(options);
    try {
      await body(other);
    } finally {
      await other.close();
      this.#engine = await this.#openEngine({});
    }
  };
}
