import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, EngineError, openEmbeddedEngine } from '@goldcrest/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CREATE_TABLE_SETTINGS, createTableSql } from '../datasources/tables.js';
import { aDataSource, aNode, aPipe, aWorkspace } from '../metadata/testing/records.js';
import type { PipeNode } from '../pipes/store.js';
import { Snapshot } from '../workspaces/index.js';
import { createViewSql, dropViewSql, viewSelect } from './engineView.js';
import {
  IGNORE_VIEW_ERRORS,
  isViewError,
  markWrites,
  viewFailure,
  viewsTriggeredBy,
  writtenSince,
} from './index.js';
import { readLines } from './lines.js';

let engine: Engine;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'goldcrest-views-'));
  engine = await openEmbeddedEngine({ path: join(directory, 'data'), fsyncInserts: false });
});
afterAll(async () => {
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The engines of targets, with the column of a total and how it is read. */
const TARGETS = {
  MergeTree: { type: 'UInt64', sum: 'sum(v)', read: 'sum(s)', next: 's' },
  SummingMergeTree: { type: 'UInt64', sum: 'sum(v)', read: 'sum(s)', next: 's' },
  ReplacingMergeTree: { type: 'UInt64', sum: 'sum(v)', read: 'sum(s)', next: 's' },
  AggregatingMergeTree: {
    type: 'AggregateFunction(sum, UInt32)',
    sum: 'sumState(v)',
    read: 'sumMerge(s)',
    next: 'finalizeAggregation(s)',
  },
};

/** Three rows in three partitions, which together are one block. */
const ROWS = '{"k":1,"v":5}\n{"k":2,"v":7}\n{"k":3,"v":6}\n';

/** `base` → the view `first` → `totals` → the view `second` → `grand`; `base` → the view `other` → `copies`. */
class Cascade {
  readonly snapshot: Snapshot;
  private readonly nodes: readonly PipeNode[];

  constructor(
    trigger: 'MergeTree' | 'Null',
    private readonly target: keyof typeof TARGETS,
  ) {
    const workspace = aWorkspace();
    const table = (name: string, total: string, engineName: string) => {
      const type = total === 'v' ? 'UInt32' : total;
      const plain = { jsonPath: null, defaultExpression: null, codec: null, nullable: false };
      const columns = [
        { ...plain, name: 'k', type: 'UInt8' },
        { ...plain, name: total === 'v' ? 'v' : 's', type },
      ];
      const keys = { sortingKey: 'k', partitionKey: 'k', primaryKey: '', ttl: '', settings: {} };
      return aDataSource(workspace.id, {
        name,
        columns,
        engine: { engine: engineName, ...keys },
        status: 'ready',
      });
    };
    const { type } = TARGETS[target];
    const [base, totals, grand, copies] = [
      table('base', 'v', trigger),
      table('totals', type, target),
      table('grand', 'UInt64', 'SummingMergeTree'),
      table('copies', 'UInt64', 'MergeTree'),
    ];
    const node = (name: string, triggerId: string, datasourceId: string): PipeNode => {
      const made = aNode(name);
      const links = { triggerId, datasourceId, readIds: [triggerId], nodeIds: [made.id], sql: '' };
      return { ...made, materialization: links };
    };
    this.nodes = [
      node('second', totals.id, grand.id),
      node('first', base.id, totals.id),
      node('other', base.id, copies.id),
    ];
    this.snapshot = new Snapshot({
      workspace,
      revision: 1,
      datasources: [base, totals, grand, copies],
      pipes: [aPipe(workspace.id, { name: 'cascade', nodes: [...this.nodes] })],
      tokens: [],
      externalSources: { functions: [], addresses: [] },
      secrets: new Map(),
    });
  }

  static async make(trigger: 'MergeTree' | 'Null', target: keyof typeof TARGETS): Promise<Cascade> {
    const made = new Cascade(trigger, target);
    const { database, datasources } = made.snapshot;
    await engine.command({ sql: `CREATE DATABASE ${database}` });
    for (const datasource of datasources.all) {
      await engine.command({ sql: createTableSql(database, datasource), settings: CREATE_TABLE_SETTINGS });
    }
    for (const name of ['first', 'second', 'other'] as const) await made.setView(name);
    return made;
  }

  /** Puts a view in place of the one that was. @param broken whether it is to fail */
  async setView(name: 'first' | 'second' | 'other', broken = false): Promise<void> {
    const { database } = this.snapshot;
    const { sum, next } = TARGETS[this.target];
    const [target, select] = {
      first: ['totals', `SELECT k, ${sum} AS s FROM base`],
      second: ['grand', `SELECT k, sum(toUInt64(${next})) AS s FROM totals`],
      other: ['copies', 'SELECT k, sum(v) AS s FROM base'],
    }[name] as [string, string];
    const having = broken ? 'HAVING throwIf(1) = 0' : '';
    const sql = viewSelect(`${select} GROUP BY k ${having}`, { join_algorithm: 'hash' });
    const nodeId = this.nodes.find((node) => node.name === name)?.id ?? '';
    await engine.command({ sql: dropViewSql(database, nodeId) });
    await engine.command({ sql: createViewSql(database, { nodeId, target, sql }), database });
  }

  async insert(deduplicationToken: string, settings = {}, text = ROWS): Promise<EngineError | null> {
    const path = join(directory, 'rows.ndjson');
    writeFileSync(path, text);
    const { database } = this.snapshot;
    const insert = { database, table: 'base', columns: ['k', 'v'], path, format: 'JSONEachRow' } as const;
    try {
      await engine.insertFile({ ...insert, deduplicationToken, settings });
      return null;
    } catch (error) {
      if (error instanceof EngineError) return error;
      throw error;
    }
  }

  /** The sum of `v` in `base`, and of what the views made of it. */
  async sums(): Promise<number[]> {
    const { read } = TARGETS[this.target];
    const sql = `SELECT (SELECT sum(v) FROM base), (SELECT ${read} FROM totals), (SELECT sum(s) FROM grand), (SELECT sum(s) FROM copies)`;
    const [row = []] = await readLines(engine, this.snapshot.database, sql);
    return row.map(Number);
  }
}

describe.each(
  (['MergeTree', 'Null'] as const).flatMap((trigger) =>
    (Object.keys(TARGETS) as (keyof typeof TARGETS)[]).map((target) => ({ trigger, target })),
  ),
)('[EV-27] $trigger into $target', ({ trigger, target }) => {
  const times = (n: number): number[] => [trigger === 'Null' ? 0 : 18 * n, 18 * n, 18 * n, 18 * n];

  test('a repeated insert writes nothing, neither in the Data Source nor behind views', async () => {
    const cascade = await Cascade.make(trigger, target);
    for (const token of ['a', 'a', 'b', 'a']) expect(await cascade.insert(token)).toBeNull();
    expect(await cascade.sums()).toEqual(times(2));
  });

  test('[EV-16] a repetition brings what a failing view has missed, and doubles nothing else', async () => {
    const cascade = await Cascade.make(trigger, target);
    await cascade.setView('second', true);
    for (const _try of [1, 2]) expect(await cascade.insert('a')).toBeInstanceOf(EngineError);
    expect(await cascade.insert('a', IGNORE_VIEW_ERRORS)).toBeNull();
    const [base, totals, , copies] = times(1);
    expect(await cascade.sums()).toEqual([base, totals, 0, copies]);
    await cascade.setView('second');
    for (const _try of [1, 2]) expect(await cascade.insert('a')).toBeNull();
    expect(await cascade.sums()).toEqual(times(1));
  });

  test('[EV-16] a failing view keeps rows from the views behind it, until it is repaired', async () => {
    const cascade = await Cascade.make(trigger, target);
    await cascade.setView('first', true);
    expect(await cascade.insert('a')).toBeInstanceOf(EngineError);
    expect((await cascade.sums()).slice(0, 3)).toEqual([times(1)[0], 0, 0]);
    await cascade.setView('first');
    for (const _try of [1, 2]) expect(await cascade.insert('a')).toBeNull();
    expect(await cascade.sums()).toEqual(times(1));
  });
});

test('[EV-27] an insert of many blocks is known again, also when its blocks are cut otherwise', async () => {
  const cascade = await Cascade.make('MergeTree', 'SummingMergeTree');
  const text = Array.from({ length: 900 }, (_, i) => `{"k":${i % 7},"v":1}`).join('\n');
  const small = {
    max_insert_block_size: 100,
    min_insert_block_size_rows: 100,
    min_insert_block_size_bytes: 0,
  };
  for (const settings of [small, small, {}]) expect(await cascade.insert('a', settings, text)).toBeNull();
  expect(await cascade.sums()).toEqual([900, 900, 900, 900]);
});

test('[EV-27] an insert is known again after a restart, half-done cascades included', async () => {
  const cascade = await Cascade.make('MergeTree', 'AggregatingMergeTree');
  await cascade.insert('a');
  await cascade.setView('second', true);
  expect(await cascade.insert('b')).toBeInstanceOf(EngineError);
  await engine.close();
  engine = await openEmbeddedEngine({ path: join(directory, 'data'), fsyncInserts: false });
  await cascade.setView('second');
  for (const token of ['a', 'b', 'b']) expect(await cascade.insert(token)).toBeNull();
  expect(await cascade.sums()).toEqual([36, 36, 36, 36]);
});

describe('what the ingestion asks', () => {
  test('[EV-28] [MZ-05] the views that a Data Source triggers, in order', async () => {
    const { snapshot } = new Cascade('MergeTree', 'MergeTree');
    const of = (name: string): unknown[] => {
      const datasource = snapshot.datasources.all.find((each) => each.name === name);
      if (datasource === undefined) throw new Error(name);
      return viewsTriggeredBy(snapshot, datasource).map(({ pipe, node, target }) => [
        pipe.name,
        node.name,
        target.name,
      ]);
    };
    expect(of('base')).toEqual([
      ['cascade', 'first', 'totals'],
      ['cascade', 'other', 'copies'],
      ['cascade', 'second', 'grand'],
    ]);
    expect(of('totals')).toEqual([['cascade', 'second', 'grand']]);
    expect(of('grand')).toEqual([]);
  });

  test.each(['first', 'second', 'other'] as const)(
    '[EV-16] [MZ-13] that %s failed, and why',
    async (name) => {
      const cascade = await Cascade.make('MergeTree', 'MergeTree');
      await cascade.setView(name, true);
      const error = await cascade.insert('a');
      if (error === null) throw new Error('The insert went well.');
      expect(isViewError(error)).toBe(true);
      const failure = viewFailure(cascade.snapshot, error);
      expect([failure?.pipe.name, failure?.node.name]).toEqual(['cascade', name]);
      expect(failure?.reason).toMatch(
        /^Value passed to 'throwIf' function is non-zero: .*\(FUNCTION_THROW_IF_VALUE_IS_NON_ZERO\)$/,
      );
      expect(failure?.reason).not.toMatch(/w_[0-9a-f]|view\.t_|pushing/);
    },
  );

  test('[EV-16] an error that is no view’s', async () => {
    const cascade = await Cascade.make('MergeTree', 'MergeTree');
    const error = await cascade.insert('a', {}, '{"k":"x"}\n');
    expect(error).toBeInstanceOf(EngineError);
    if (error === null) return;
    expect([isViewError(error), viewFailure(cascade.snapshot, error)]).toEqual([false, undefined]);
  });

  test('[MZ-14] what an insert wrote to each table, whether it was merged since or not', async () => {
    const cascade = await Cascade.make('MergeTree', 'MergeTree');
    const { database } = cascade.snapshot;
    const tables = ['base', 'totals', 'grand', 'copies'];
    await cascade.insert('a');
    const marks = await markWrites(engine, database, tables);
    await cascade.insert('b', {}, '{"k":1,"v":5}\n{"k":1,"v":6}\n{"k":2,"v":6}\n');
    await engine.command({ sql: 'OPTIMIZE TABLE base FINAL', database });
    const { written, marks: after } = await writtenSince(engine, database, marks);
    expect(written).toEqual(
      new Map([
        ['base', { rows: 3, bytes: 15 }],
        ['totals', { rows: 2, bytes: 18 }],
        ['grand', { rows: 2, bytes: 18 }],
        ['copies', { rows: 2, bytes: 18 }],
      ]),
    );
    const later = await markWrites(engine, database, tables);
    await cascade.insert('b', {}, '{"k":1,"v":5}\n{"k":1,"v":6}\n{"k":2,"v":6}\n');
    const nothing = { rows: 0, bytes: 0 };
    expect(after).toEqual(later);
    expect([...(await writtenSince(engine, database, later)).written.values()]).toEqual([
      nothing,
      nothing,
      nothing,
      nothing,
    ]);
  });
});
