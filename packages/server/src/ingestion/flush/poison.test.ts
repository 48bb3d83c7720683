import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../../testing/harness.js';
import { BrittleDisk, systemError } from '../log/testing/brittleDisk.js';
import { BrittleEngine, engineError, gate } from '../testing/brittleEngine.js';

let server: TestServer;
let engine: BrittleEngine;
let disk: BrittleDisk;

beforeEach(() => {
  engine = new BrittleEngine();
  disk = new BrittleDisk();
});
afterEach(async () => {
  engine.before = () => {};
  engine.beforeQuery = () => {};
  disk.faults = {};
  await server.stop();
});

async function start(schema: string, flags: Record<string, string> = {}): Promise<void> {
  server = await TestServer.start(flags, { disk, wrapEngine: engine.wrap, retryMs: 1 });
  await server.client().createDataSource('hits', schema);
}

const IDS = 'id UInt32 `json:$.id`';

function send(events: readonly object[], more = ''): Promise<Reply> {
  const body = events.map((event) => JSON.stringify(event)).join('\n');
  return server.call(`POST /v0/events?name=hits${more}`, { body });
}

async function sendAndWait(...events: object[]): Promise<unknown[]> {
  const { status, body } = await send(events, '&wait=true');
  return [status, body];
}

function setAside(): Promise<string[]> {
  return readdir(join(server.directory, 'data', 'ingestion', 'set-aside'));
}

describe('failures that come together', () => {
  test('[EV-18] tries while the engine was away do not count when it then refuses events for another reason', async () => {
    await start(IDS);
    let tries = 0;
    engine.before = () => {
      tries += 1;
      if (tries <= 10) throw engineError(999, 'KEEPER_EXCEPTION');
      if (tries <= 11) throw engineError(60, 'UNKNOWN_TABLE');
    };
    expect(await sendAndWait({ id: 1 })).toEqual([200, { successful_rows: 1, quarantined_rows: 0 }]);
    expect([await server.rows('SELECT id FROM hits'), await setAside()]).toEqual([[[1]], []]);
  });

  test('[EV-18] a disk that is full when events are set aside: they are set aside later, and block nothing', async () => {
    await start(IDS);
    let full = 3;
    disk.faults = {
      create: (path) => (path.endsWith('.error') && full-- > 0 ? systemError('ENOSPC') : null),
    };
    engine.before = () => {
      throw engineError(49, 'LOGICAL_ERROR');
    };
    const [status] = await sendAndWait({ id: 1 });
    engine.before = () => {};
    expect([status, (await sendAndWait({ id: 2 }))[0]]).toEqual([500, 200]);
    expect(await server.rows('SELECT id FROM hits')).toEqual([[2]]);
    expect(await setAside()).toEqual([
      expect.stringMatching(/\.ndjson$/),
      expect.stringMatching(/\.ndjson\.error$/),
    ]);
  });
});

describe('events that were set aside', () => {
  test('[EV-11] [EV-18] go in once when they are moved back, with the file that has the reason or without', async () => {
    await start(IDS);
    engine.before = () => {
      throw engineError(49, 'LOGICAL_ERROR');
    };
    expect((await sendAndWait({ id: 1 }, { id: 'bad' }))[0]).toBe(500);
    expect((await sendAndWait({ id: 2 }))[0]).toBe(500);
    engine.before = () => {};
    const folder = join(server.directory, 'data', 'ingestion');
    const [first, reason, second] = await setAside();
    await server.restart({}, async () => {
      for (const name of [first, reason, second])
        await rename(join(folder, 'set-aside', name ?? ''), join(folder, name ?? ''));
    });
    expect(await server.rows('SELECT id FROM hits ORDER BY id')).toEqual([[1], [2]]);
    expect(await server.rows('SELECT id FROM hits_quarantine')).toEqual([['bad']]);
    expect((await readdir(folder)).sort()).toEqual([reason, 'set-aside'].sort());
  });
});

describe('a Data Source that is removed', () => {
  test('[DS-49] while its events are being inserted: they go into no other one of its name', async () => {
    await start(IDS);
    const held = gate();
    let begun = (): void => {};
    const inserting = new Promise<void>((resolve) => {
      begun = resolve;
    });
    engine.before = () => {
      begun();
      return held.passed;
    };
    const first = sendAndWait({ id: 1 });
    await inserting;
    const removed = server.call('DELETE /v0/datasources/hits');
    // The removal is given every chance to be over before the insert is.
    const asked = async (): Promise<void> => {
      for (let count = 0; count < 100; count += 1) await server.call('GET /v0/datasources');
    };
    await Promise.race([removed, asked()]);
    const create = (): Promise<Reply> =>
      server.form('POST /v0/datasources', { name: 'hits', schema: IDS, format: 'ndjson' });
    const early = await create();
    held.open();
    expect((await removed).status).toBe(204);
    if (early.status !== 200) expect((await create()).status).toBe(200);
    await first;
    expect(await sendAndWait({ id: 2 })).toEqual([200, { successful_rows: 1, quarantined_rows: 0 }]);
    expect(await server.rows('SELECT id FROM hits')).toEqual([[2]]);
  });
});

describe('an event that the engine refuses', () => {
  test('[EV-23] is not taken for a failing view because of its text', async () => {
    await start('text String `json:$.text`, number UInt32 `json:$.number` DEFAULT toUInt32(text)');
    const replies = [await sendAndWait({ text: ' while pushing to view ' }, { text: '7' })];
    const place = ` while pushing to view w_${'0'.repeat(32)}.\`view.t_${'0'.repeat(32)}\``;
    replies.push(await sendAndWait({ text: place }, { text: '8' }));
    expect(replies).toEqual(replies.map(() => [200, { successful_rows: 1, quarantined_rows: 1 }]));
    expect(await server.rows('SELECT number FROM hits ORDER BY number')).toEqual([[7], [8]]);
  });

  test('[EV-23] in a default expression costs no other event', async () => {
    await start('id UInt32 `json:$.id`, share UInt32 `json:$.share` DEFAULT intDiv(100, id)');
    expect(await sendAndWait({ id: 0 }, { id: 4 })).toEqual([
      200,
      { successful_rows: 1, quarantined_rows: 1 },
    ]);
    expect(await server.rows('SELECT id, share FROM hits')).toEqual([[4, 25]]);
    const [[column, reason] = []] = await server.rows(
      'SELECT c__error_column[1], c__error[1] FROM hits_quarantine',
    );
    expect(column).toBe('$');
    expect(reason).toMatch(/^Division by zero: while executing 'FUNCTION intDiv\(.*\(ILLEGAL_DIVISION\)$/);
    expect(reason).not.toContain('file');
  });
});

test.each([
  ["formatDateTime(toDateTime(id), '%F', text)", 'Nowhere/Land', 'UTC', 'BAD_ARGUMENTS'],
  ["match('x', text) ? '' : 'y'", '(', 'x', 'CANNOT_COMPILE_REGEXP'],
])(
  '[EV-23] an event for which a default can not be computed goes to quarantine at once: %s',
  async (expression, bad, good, code) => {
    await start(`${IDS}, text String \`json:$.text\`, made String \`json:$.made\` DEFAULT ${expression}`);
    expect(await sendAndWait({ id: 1, text: bad })).toEqual([
      200,
      { successful_rows: 0, quarantined_rows: 1 },
    ]);
    expect(await sendAndWait({ id: 2, text: good }, { id: 3, text: bad })).toEqual([
      200,
      { successful_rows: 1, quarantined_rows: 1 },
    ]);
    expect(await server.rows('SELECT id FROM hits')).toEqual([[2]]);
    const [[reason] = []] = await server.rows('SELECT c__error[1] FROM hits_quarantine');
    expect(reason).toContain(code);
    expect(await setAside()).toEqual([]);
  },
);

describe('an engine that is busy while events are checked', () => {
  const NOW_BUSY = 'MEMORY_LIMIT_EXCEEDED';

  test.each([
    ['json:$.data', 'data JSON(`a.b` UInt8)', { data: { 'a.b': 1, c: 2 } }, /CAST/],
    ['json:$.at', 'at DateTime', { at: 'Jan 5 2024 10:00' }, /parseDateTime64BestEffort/],
  ])(
    '[EV-18] [EV-23] nothing goes to quarantine for that: 503, and nothing is stored (%s)',
    async (path, column, event, asks) => {
      await start(`${column} \`${path}\``);
      engine.beforeQuery = ({ sql }) => {
        if (asks.test(sql)) throw engineError(241, NOW_BUSY);
      };
      const reply = await send([event]);
      expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '1']);
      expect(reply.body).toEqual({ error: expect.stringContaining('Nothing was stored') });
      engine.beforeQuery = () => {};
      expect(await sendAndWait(event)).toEqual([200, { successful_rows: 1, quarantined_rows: 0 }]);
      expect(await server.rows('SELECT count() FROM hits')).toEqual([[1]]);
    },
  );
});

describe('somebody who waits', () => {
  test('[EV-12] behind a segment that is full already is not kept waiting for company', async () => {
    await start(IDS, { 'ingest-gather-ms': '60000', 'ingest-segment-bytes': '1024' });
    const held = gate();
    engine.before = () => held.passed;
    const first = sendAndWait({ id: 1 });
    while (engine.inserts.length === 0) await server.call('GET /v0/datasources');
    expect((await send(Array.from({ length: 200 }, (_, id) => ({ id })))).status).toBe(202);
    const last = sendAndWait({ id: 2 });
    expect((await send([{ id: 3 }])).status).toBe(202);
    held.open();
    expect(await Promise.all([first, last])).toEqual([
      [200, { successful_rows: 1, quarantined_rows: 0 }],
      [200, { successful_rows: 1, quarantined_rows: 0 }],
    ]);
  }, 40_000);
});
