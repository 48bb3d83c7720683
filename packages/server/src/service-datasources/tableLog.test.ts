import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareServiceTables } from './prepareTables.js';
import { TableLog } from './tableLog.js';
import { PIPE_STATS_RT } from './tables.js';
import { openTestEngine, type TestEngine } from './testing/tables.js';

const MIB = 1024 * 1024;
const DEADLINE_MS = 20_000;

let tables: TestEngine;

beforeAll(async () => {
  tables = await openTestEngine();
  for (const name of ['w_loud', 'w_quiet']) await tables.engine.command({ sql: `CREATE DATABASE ${name}` });
  await prepareServiceTables(tables.engine);
});
afterAll(() => tables.stop());

/** What the log has said. */
interface Warning {
  msg: string;
  rows?: number;
  dropped?: Record<string, number>;
}

function openLog(): { log: TableLog<string>; warnings: Warning[] } {
  const warnings: Warning[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => warnings.push(JSON.parse(line)) });
  const log = new TableLog<string>({
    engine: tables.engine,
    directory: tables.directory,
    log: logger,
    table: PIPE_STATS_RT,
    row: (name) => ({ start_datetime: Math.floor(Date.now() / 1000), pipe_id: 'p', pipe_name: name }),
  });
  return { log, warnings };
}

/** How many rows of this name each of the two tables has: the calls, and their days. */
async function count(name: string, database = 'w_loud'): Promise<unknown[]> {
  const [calls = []] = await tables.rows(
    `SELECT count() FROM tinybird.pipe_stats_rt WHERE pipe_name = '${name}'`,
    database,
  );
  const [days = []] = await tables.rows(
    `SELECT sum(view_count) FROM tinybird.pipe_stats WHERE pipe_name = '${name}'`,
    database,
  );
  return [...calls, ...days];
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Makes the engine refuse all inserts by taking a table away, which it says after it has tried. */
async function withoutTable(table: string, work: () => Promise<void>): Promise<void> {
  await tables.engine.command({ sql: `RENAME TABLE goldcrest.${table} TO goldcrest.away` });
  try {
    await work();
  } finally {
    await tables.engine.command({ sql: `RENAME TABLE goldcrest.away TO goldcrest.${table}` });
  }
}

describe('[EP-19] rows on their way', () => {
  test.each(['pipe_stats_rt', 'pipe_stats'])(
    'wait while the engine refuses %s, and are written once',
    async (table) => {
      const { log, warnings } = openLog();
      await withoutTable(table, async () => {
        for (let i = 0; i < 3; i++) log.append('w_loud', `refused_${table}`, 100);
        await until(() => warnings.length > 0);
      });
      await log.close();
      expect(await count(`refused_${table}`)).toEqual([3, 3]);
      expect(new Set(warnings.map(({ msg, rows }) => `${msg}: ${rows}`))).toEqual(
        new Set(['rows of a Service Data Source could not be written and wait: 3']),
      );
    },
  );

  test('are written when the server stops, however many', async () => {
    const { log, warnings } = openLog();
    for (let i = 0; i < 25_000; i++) log.append('w_loud', 'many', 10);
    await log.close();
    expect([await count('many'), warnings]).toEqual([[25_000, 25_000], []]);
  });

  test('are counted when they are lost, for the engine refuses until the end', async () => {
    const { log, warnings } = openLog();
    await withoutTable('pipe_stats_rt', async () => {
      for (let i = 0; i < 2; i++) log.append('w_loud', 'lost', 100);
      await log.close();
    });
    expect(warnings.at(-1)).toMatchObject({
      msg: 'rows of a Service Data Source are lost: they could not be written',
      rows: 2,
      table: 'pipe_stats_rt',
    });
    expect(await count('lost')).toEqual([0, 0]);
  });

  test('of a Workspace that sends too many are dropped and counted, and those of others are not', async () => {
    const { log, warnings } = openLog();
    for (let i = 0; i < 4; i++) log.append('w_loud', 'too_many', 20 * MIB);
    for (let i = 0; i < 4; i++) log.append('w_quiet', 'too_many', MIB);
    await log.close();
    expect([await count('too_many', 'w_loud'), await count('too_many', 'w_quiet')]).toEqual([
      [1, 1],
      [4, 4],
    ]);
    expect(warnings).toMatchObject([
      { msg: 'rows of a Service Data Source are lost: too many were waiting', dropped: { w_loud: 3 } },
    ]);
    log.append('w_loud', 'room_again', 20 * MIB);
    await log.close();
    expect(await count('room_again')).toEqual([1, 1]);
  });

  test('may hold halves of characters and zeros', async () => {
    const { log, warnings } = openLog();
    log.append('w_quiet', 'half \ud83d\u0000 "\\\n', 100);
    log.append('w_quiet', 'whole', 100);
    await log.close();
    expect([await count('whole', 'w_quiet'), warnings]).toEqual([[1, 1], []]);
    const half = await tables.rows(
      "SELECT count() FROM tinybird.pipe_stats_rt WHERE pipe_name LIKE 'half%'",
      'w_quiet',
    );
    expect(half).toEqual([[1]]);
  });
});
