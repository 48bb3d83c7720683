import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../engine.js';
import { readText } from '../testing/context.js';
import { insertNumbered, MONTHS } from '../testing/numbered.js';
import { openEmbeddedEngine } from './open.js';

const BY_MONTH =
  'ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY n SETTINGS non_replicated_deduplication_window = 100';

const directory = mkdtempSync(join(tmpdir(), 'goldcrest-interrupted-'));
const data = join(directory, 'data');
let engine: Engine | undefined;

/** What happens to a table after two inserts, and what it has before and after both are repeated; all six rows by default. */
interface Case {
  readonly name: string;
  readonly engine?: string;
  /** What the database does. */
  readonly sql?: string;
  /** What is done to the table's directory when nobody has it. */
  readonly harm: (table: string) => void;
  readonly before?: string;
  readonly after?: string;
}

const ALL = '2026-01\t[1,2]\n2026-02\t[1,2]\n2026-03\t[1,2]\n';
const WITHOUT_LAST = '2026-01\t[1,2]\n2026-02\t[1,2]\n2026-03\t[1]\n';
const WITHOUT_FEBRUARY = '2026-01\t[1,2]\n2026-03\t[1,2]\n';

const INTERRUPTED: Record<string, Case> = {
  interrupted: {
    name: 'what is missing of an interrupted insert comes with its repeat',
    harm: (table) => interrupt(table, '202603_6_6_0'),
    before: WITHOUT_LAST,
  },
  unpartitioned: {
    name: 'the same without partitions',
    engine: BY_MONTH.replace('PARTITION BY toYYYYMM(at)', ''),
    harm: (table) => interrupt(table, 'all_2_2_0'),
    before: '2026-01\t[1]\n2026-02\t[1]\n2026-03\t[1]\n',
  },
  hashed: {
    name: 'the same with partitions that have hashes for names',
    engine: BY_MONTH.replace('toYYYYMM(at)', 'toString(at)'),
    harm: (table) => interrupt(table, partsOf(table).find((part) => part.endsWith('_6_6_0')) ?? ''),
    before: WITHOUT_LAST,
  },
  rotated: {
    name: 'the same when a new log has just been begun',
    harm: (table) => {
      interrupt(table, '202603_6_6_0');
      writeFileSync(join(table, 'deduplication_logs', 'deduplication_log_2.txt'), '');
    },
    before: WITHOUT_LAST,
  },
  source: {
    name: 'what is missing in the target of a view comes, and the table of the view stays as it is',
    harm: () => interrupt(pathOf('target'), '202603_6_6_0'),
    before: WITHOUT_LAST,
  },
};

const GONE_OTHERWISE: Record<string, Case> = {
  merged: { name: 'rows in a merged part', sql: 'OPTIMIZE TABLE merged FINAL', harm: interruptEarly },
  merged_only: {
    name: 'the same when the parts that were merged are gone',
    sql: 'OPTIMIZE TABLE merged_only FINAL',
    harm: (table) => {
      removeOutdated(table);
      interruptEarly(table);
    },
  },
  mutated: {
    name: 'rows in a mutated part',
    sql: 'ALTER TABLE mutated UPDATE x = 1 WHERE true SETTINGS mutations_sync = 2',
    harm: (table) => {
      removeOutdated(table);
      interruptEarly(table);
    },
  },
  deleted: {
    name: 'rows that were deleted stay away',
    sql: 'DELETE FROM deleted WHERE toMonth(at) = 3 AND n = 2',
    harm: interruptEarly,
    before: WITHOUT_LAST,
    after: WITHOUT_LAST,
  },
  truncated: {
    name: 'the database forgets what it truncates: each row comes once',
    sql: 'TRUNCATE TABLE truncated',
    harm: interruptEarly,
    before: '',
  },
  dropped: {
    name: 'the database forgets a partition that it drops: each row comes once',
    sql: 'ALTER TABLE dropped DROP PARTITION 202602',
    harm: interruptEarly,
    before: WITHOUT_FEBRUARY,
  },
  removed: {
    name: 'a part that went without an interrupted insert into its partition stays away',
    harm: (table) => {
      rmSync(join(table, '202602_5_5_0'), { recursive: true });
      interruptEarly(table);
    },
    before: '2026-01\t[1,2]\n2026-02\t[1]\n2026-03\t[1,2]\n',
    after: '2026-01\t[1,2]\n2026-02\t[1]\n2026-03\t[1,2]\n',
  },
};

const TORN: Record<string, Case> = {
  torn: {
    name: 'a line that is not whole does not spoil what is appended',
    harm: (table) => {
      for (const log of logsOf(table)) appendFileSync(log, '1\t202601_7_7_0\t2026');
    },
  },
  appended: {
    name: 'a line that was appended to one that is not whole is known, and those after it',
    harm: (table) => tear(table, '1\t202601_7_7_0\t2026'),
  },
  begun: { name: 'the same after a first character', harm: (table) => tear(table, '1') },
  zeros: { name: 'the same after zeros', harm: (table) => tear(table, '\0\0\0\0') },
};

const CASES: Record<string, Case> = { ...INTERRUPTED, ...GONE_OTHERWISE, ...TORN };

beforeAll(async () => {
  const first = await openEmbeddedEngine({ path: data, sessions: 1 });
  await first.command({ sql: 'CREATE DATABASE one' });
  for (const [table, { engine, sql }] of Object.entries(CASES)) {
    const run = (text: string): Promise<void> => first.command({ sql: text, database: 'one' });
    await run(`CREATE TABLE ${table} (at Date, n UInt32, x UInt8) ${engine ?? BY_MONTH}`);
    if (table === 'source') {
      await run(`CREATE TABLE target (at Date, n UInt32) ${BY_MONTH}`);
      await run('CREATE MATERIALIZED VIEW view TO target AS SELECT at, n FROM source');
    }
    // What is harmed by its name has to be there under it.
    if (sql === undefined) await run('SYSTEM STOP MERGES');
    await insertBoth(first, table);
    if (sql === undefined) await run('SYSTEM START MERGES');
    else await run(sql);
  }
  await first.close();
  for (const [table, { harm }] of Object.entries(CASES)) harm(pathOf(table));
  // The database removes it when it is closed; a killed one leaves it, which killing.test.ts holds it to.
  expect(existsSync(join(data, 'status'))).toBe(false);
  writeFileSync(join(data, 'status'), 'PID: 0\n');
  engine = await openEmbeddedEngine({ path: data, sessions: 1 });
});

afterAll(async () => {
  await engine?.close();
  rmSync(directory, { recursive: true, force: true });
});

const TITLED = Object.entries(CASES).map(([table, { name, ...rest }]) => ({ table, name, ...rest }));

test.each(TITLED)('[EV-27] $table: $name', async ({ table, before, after }) => {
  if (engine === undefined) throw new Error('The engine is not open.');
  const read = table === 'source' ? 'target' : table;
  expect(await rowsOf(engine, read)).toBe(before ?? ALL);
  await insertBoth(engine, table);
  await insertBoth(engine, table);
  expect(await rowsOf(engine, read)).toBe(after ?? ALL);
  if (read !== table) expect(await rowsOf(engine, table)).toBe(ALL);
  for (const log of logsOf(pathOf(read)))
    expect(readFileSync(log, 'latin1')).toMatch(/^([12]\t[^\t\n]+\t[^\t\n]+\n)*$/);
});

/** The engine keeps the tables of a database elsewhere, with a link here. */
function pathOf(table: string): string {
  return join(data, 'data', 'one', table);
}

function partsOf(table: string): string[] {
  return readdirSync(table).filter((name) => /_\d+_\d+_\d+/.test(name));
}

function logsOf(table: string): string[] {
  const logs = join(table, 'deduplication_logs');
  return readdirSync(logs).map((name) => join(logs, name));
}

/** What a kill leaves between the line and the part. The numbers of the directory are others than those of the part. */
function interrupt(table: string, part: string): void {
  const partition = part.replace(/(_\d+)+$/, '');
  renameSync(join(table, part), join(table, `tmp_insert_${partition}_1_1_0`));
}

/** What a kill leaves before the line. */
function interruptEarly(table: string): void {
  mkdirSync(join(table, 'tmp_insert_202603_1_1_0'));
}

/** Leaves of the parts those that a merge or a mutation made. */
function removeOutdated(table: string): void {
  for (const part of partsOf(table)) {
    if (/^\d+_\d+_\d+_0$/.test(part)) rmSync(join(table, part), { recursive: true });
  }
}

/** Makes a log one to whose torn line, before the last insert, the engine has appended. */
function tear(table: string, torn: string): void {
  for (const log of logsOf(table)) {
    const lines = readFileSync(log, 'latin1').split('\n');
    lines[3] = `${torn}${lines[3]}`;
    writeFileSync(log, lines.join('\n'));
  }
}

/** Inserts a row in each of three months, twice, each with its token. */
async function insertBoth(into: Engine, table: string): Promise<void> {
  for (const n of [1, 2]) await insertNumbered(into, table, n, directory, MONTHS.slice(0, 3));
}

function rowsOf(from: Engine, table: string): Promise<string> {
  const sql = `SELECT formatDateTime(at, '%Y-%m') AS month, arraySort(groupArray(n)) AS numbers FROM ${table} GROUP BY at ORDER BY at`;
  return readText(from, { sql, database: 'one', format: 'TSVRaw' });
}
