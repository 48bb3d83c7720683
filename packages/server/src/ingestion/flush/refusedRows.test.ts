import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../../testing/harness.js';
import { BrittleEngine, engineError, gate } from '../testing/brittleEngine.js';
import { makeView } from '../testing/makeView.js';

/** Rows with the id 0 pass the checks, and only the engine refuses them. */
const SCHEMA = 'id UInt32 `json:$.id`, share UInt32 `json:$.share` DEFAULT intDiv(100, id)';

/** Inserts of a turn, and that of the whole before it. */
const TURN_INSERTS = 17;

let server: TestServer;
let engine: BrittleEngine;

beforeEach(() => {
  engine = new BrittleEngine();
});
afterEach(async () => {
  engine.before = () => {};
  await server.stop();
});

async function start(...names: string[]): Promise<void> {
  server = await TestServer.start({}, { wrapEngine: engine.wrap, retryMs: 1 });
  for (const name of names) await server.client().createDataSource(name, SCHEMA);
}

/** Sends events with these ids and waits for them. */
function send(name: string, ids: readonly number[]): Promise<Reply> {
  const body = ids.map((id) => JSON.stringify({ id })).join('\n');
  return server.call(`POST /v0/events?name=${name}&wait=true`, { body });
}

const shown = ({ status, body }: Reply): unknown[] => [status, body];

const counted = (successful_rows: number, quarantined_rows: number): unknown[] => [
  200,
  { successful_rows, quarantined_rows },
];

/** As many ids of which the engine refuses every second one. */
function everySecond(count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index % 2 === 0 ? 0 : index));
}

async function countsOf(name: string): Promise<unknown[]> {
  return [
    ...(await server.rows(`SELECT count(), uniqExact(id), sum(share) FROM ${name}`)),
    ...(await server.rows(`SELECT count(), groupUniqArray(id) FROM ${name}_quarantine`)),
  ];
}

/** What `countsOf` tells when every second row was refused. */
function halfOf(count: number): unknown[] {
  const good = everySecond(count).filter((id) => id > 0);
  const shares = good.reduce((sum, id) => sum + Math.floor(100 / id), 0);
  return [
    [good.length, good.length, shares],
    [count - good.length, ['0']],
  ];
}

describe('many rows that only the engine refuses', () => {
  test('[EV-23] keep no other Data Source waiting', async () => {
    await start('poisoned', 'spoiled', 'calm');
    const held = gate();
    engine.before = () => held.passed;
    const sick = ['poisoned', 'spoiled'].map((name) => send(name, everySecond(60)));
    while (engine.inserts.length < 2) await server.call('GET /v0/datasources');
    const calm = send('calm', [1]);
    // The calm one's event is in the log, and waits for its turn, when one sent after it is acknowledged.
    await server.call('POST /v0/events?name=calm', { body: '{"id":2}' });
    held.open();
    expect(shown(await calm)).toEqual(counted(1, 0));
    const before = engine.inserts.findIndex(({ table }) => table === 'calm');
    expect(before).toBeGreaterThanOrEqual(TURN_INSERTS);
    expect(before).toBeLessThanOrEqual(2 * TURN_INSERTS);
    expect((await Promise.all(sick)).map(shown)).toEqual([counted(30, 30), counted(30, 30)]);
    expect([await countsOf('poisoned'), await countsOf('spoiled')]).toEqual([halfOf(60), halfOf(60)]);
  });

  test('[EV-18] are looked for where the search stood when the engine was away', async () => {
    await start('hits');
    let count = 0;
    engine.before = () => {
      count += 1;
      if (count === TURN_INSERTS + 5) throw engineError(999, 'KEEPER_EXCEPTION');
    };
    expect(shown(await send('hits', everySecond(40)))).toEqual(counted(20, 20));
    expect(await countsOf('hits')).toEqual(halfOf(40));
    const paths = engine.inserts.map(({ path }) => path);
    expect(paths.length - new Set(paths).size).toBe(1);
  });

  test('[EV-11] [EV-27] and a restart in the middle of the search: nothing is lost and nothing doubled', async () => {
    await start('hits');
    let count = 0;
    const away = gate();
    engine.before = () => {
      count += 1;
      if (count < TURN_INSERTS + 5) return;
      away.open();
      throw engineError(999, 'KEEPER_EXCEPTION');
    };
    const body = everySecond(40).map((id) => JSON.stringify({ id }));
    expect((await server.call('POST /v0/events?name=hits', { body: body.join('\n') })).status).toBe(202);
    await away.passed;
    await server.restart({}, async () => {
      engine.before = () => {};
    });
    expect(shown(await send('hits', [1000]))).toEqual(counted(1, 0));
    const [[good = 0, ...others] = [], bad] = halfOf(40) as [number[], unknown];
    expect(await countsOf('hits')).toEqual([[good + 1, (others[0] ?? 0) + 1, others[1]], bad]);
  });
});

describe('a row that the engine refuses when others are written already', () => {
  const months = (count: number): string[] =>
    Array.from({ length: count }, (_, n) => new Date(Date.UTC(2000, n)).toISOString());

  /** Makes a Data Source whose engine looks at one partition after the other, and computes a key of each. */
  async function startParted(): Promise<void> {
    server = await TestServer.start({}, { wrapEngine: engine.wrap, retryMs: 1 });
    await server.form('POST /v0/datasources', {
      name: 'hits',
      schema: 'ts DateTime `json:$.ts`, s String `json:$.s`',
      engine_partition_key: 'toYYYYMM(ts)',
      engine_sorting_key: 'toDate(s)',
    });
    await makeView(server, 'seen', 'SELECT toUInt32(toYear(ts)) AS id FROM hits');
  }

  const body = (count: number): string =>
    months(count)
      .map((ts, n) => JSON.stringify({ ts, s: n === count - 1 ? 'no date' : '2026-01-31' }))
      .join('\n');

  test('[EV-11] [EV-23] doubles none of them', async () => {
    await startParted();
    const sent = await server.call('POST /v0/events?name=hits&wait=true', { body: body(60) });
    expect(shown(sent)).toEqual(counted(59, 1));
    expect(await server.rows('SELECT count(), uniqExact(ts) FROM hits')).toEqual([[59, 59]]);
    expect(await server.rows('SELECT count() FROM seen')).toEqual([[59]]);
    expect(await engine.ask("SELECT count() FROM system.databases WHERE name LIKE 'probe%'")).toBe('0\n');
  });

  test('[EV-11] [EV-27] doubles none of them either when the server stops while it is looked for', async () => {
    await startParted();
    let count = 0;
    const away = gate();
    engine.before = () => {
      count += 1;
      if (count < 5) return;
      away.open();
      throw engineError(999, 'KEEPER_EXCEPTION');
    };
    expect((await server.call('POST /v0/events?name=hits', { body: body(60) })).status).toBe(202);
    await away.passed;
    await server.restart({}, async () => {
      engine.before = () => {};
    });
    const sent = await server.call('POST /v0/events?name=hits&wait=true', { body: body(1) });
    expect(shown(sent)).toEqual(counted(0, 1));
    expect(await server.rows('SELECT count(), uniqExact(ts) FROM hits')).toEqual([[59, 59]]);
    expect(await server.rows('SELECT count() FROM seen')).toEqual([[59]]);
  });
});

describe('an error that is not known to be about rows', () => {
  /** The engine refuses any insert into `hits` that has one of these rows. */
  function refuse(isBad: (id: number) => boolean): void {
    engine.before = async ({ table, path }) => {
      const lines = table === 'hits' ? (await readFile(path, 'utf8')).trimEnd().split('\n') : [];
      if (lines.some((line) => isBad(JSON.parse(line).id))) throw engineError(454, 'OPENSSL_ERROR');
    };
  }

  const ids = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

  test.each([
    ['two of many', (id: number) => id === 13 || id === 27],
    ['the first half', (id: number) => id <= 20],
    ['all but one of those that are tried alone', (id: number) => id !== 11],
  ])('[EV-18] [EV-23] costs no other event: %s', async (_title, isBad) => {
    await start('hits');
    refuse(isBad);
    const bad = ids(40).filter(isBad);
    expect(shown(await send('hits', ids(40)))).toEqual(counted(40 - bad.length, bad.length));
    expect(await server.rows('SELECT id FROM hits ORDER BY id')).toEqual(
      ids(40).flatMap((id) => (isBad(id) ? [] : [[id]])),
    );
    expect(await server.rows('SELECT id, c__error FROM hits_quarantine ORDER BY toUInt32(id)')).toEqual(
      bad.map((id) => [String(id), ['Something is wrong in t. (OPENSSL_ERROR)']]),
    );
  });

  test('[EV-18] that every row meets is none of theirs: after a bounded search they are set aside', async () => {
    await start('hits');
    refuse(() => true);
    const { status } = await send('hits', ids(1000));
    expect(status).toBe(500);
    expect(engine.inserts.length).toBeLessThanOrEqual(10 + 8 * 10);
    expect(engine.inserts.some(({ table }) => table !== 'hits')).toBe(false);
    const aside = await readdir(join(server.directory, 'data', 'ingestion', 'set-aside'));
    expect(aside.map((name) => name.split('.').at(-1))).toEqual(['ndjson', 'error']);
  });
});

describe('rows that the engine refuses, and a Materialized View that fails', () => {
  test('[EV-16] [MZ-13] the rows that are not refused are inserted together, and the view misses the one on which it fails', async () => {
    await start('hits');
    await makeView(server, 'picky', "SELECT throwIf(id = 1000, 'unlucky') + id AS id FROM hits");
    const { status, body } = await send('hits', [1000, ...everySecond(40)]);
    expect([status, body]).toEqual([
      422,
      { error: expect.stringMatching(/misses 1 of 21\. .*`rows` of the Pipe `to_picky`/) },
    ]);
    expect(await server.rows('SELECT count(), countIf(id = 1000) FROM hits')).toEqual([[21, 1]]);
    expect(await server.rows('SELECT count(), countIf(id = 1000) FROM picky')).toEqual([[20, 0]]);
    expect(await server.rows('SELECT count() FROM hits_quarantine')).toEqual([[20]]);
  });

  test('[EV-16] no view is blamed for an event whose text says that it fails', async () => {
    server = await TestServer.start({}, { wrapEngine: engine.wrap, retryMs: 1 });
    await server
      .client()
      .createDataSource('hits', 'text String `json:$.text`, id UInt32 `json:$.id` DEFAULT toUInt32(text)');
    const node = await makeView(server, 'fine', 'SELECT id FROM hits');
    const text = `x: while pushing to view w_${'0'.repeat(32)}.view.${node}`;
    const body = [{ text }, { text: '7' }].map((event) => JSON.stringify(event)).join('\n');
    expect(shown(await server.call('POST /v0/events?name=hits&wait=true', { body }))).toEqual(counted(1, 1));
    expect(await server.rows('SELECT id FROM hits')).toEqual([[7]]);
    expect(await server.rows('SELECT id FROM fine')).toEqual([[7]]);
    expect(await server.rows('SELECT text FROM hits_quarantine')).toEqual([[text]]);
  });
});
