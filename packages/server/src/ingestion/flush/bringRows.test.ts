import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BrittleDisk, systemError } from '../log/testing/brittleDisk.js';
import { engineError } from '../testing/brittleEngine.js';
import { failOn, Hits, missed, SOME, taken, without } from '../testing/hits.js';

let hits: Hits;

beforeEach(async () => {
  hits = await Hits.start();
});
afterEach(() => hits.stop());

test.each([
  ['fails on a row', '13', without(13), 4, 9],
  ['is broken', SOME.join(), [], 4, 12],
  ['is just being gone over', SOME.join(), [], 6, 9],
])(
  '[EV-18] a view that has no room while another one %s gets its rows when it has',
  async (_title, ids, picked, from, to) => {
    await hits.make();
    await hits.view('picky', failOn(ids));
    await hits.view('crowded', 'SELECT id FROM hits');
    expect((await hits.send([20])).status).toBe(200);
    let tries = 0;
    hits.engine.before = async ({ database, table, deduplicationToken }) => {
      if (table !== 'hits' || deduplicationToken === undefined) return;
      tries += 1;
      const setting = 'parts_to_delay_insert = 1, parts_to_throw_insert = 1';
      if (tries === from)
        await hits.engine.command(`ALTER TABLE ${database}.crowded MODIFY SETTING ${setting}`);
      const names = 'parts_to_delay_insert, parts_to_throw_insert';
      if (tries === to) await hits.engine.command(`ALTER TABLE ${database}.crowded RESET SETTING ${names}`);
    };
    expect((await hits.send(SOME)).status).toBe(422);
    expect(tries).toBeGreaterThanOrEqual(to);
    expect(await hits.idsOf('picky')).toEqual([...picked, 20]);
    expect(await hits.idsOf('crowded')).toEqual([...SOME, 20]);
  },
);

test('[EV-18] what another Workspace has no room for holds nothing up', async () => {
  await hits.make();
  await hits.view('broken', failOn(SOME.join()));
  await hits.engine.command('CREATE DATABASE w_00000000000000000000000000000000');
  const full = 'w_00000000000000000000000000000000.full';
  const limits = 'parts_to_delay_insert = 1, parts_to_throw_insert = 1';
  await hits.engine.command(
    `CREATE TABLE ${full} (n UInt8) ENGINE = MergeTree ORDER BY n SETTINGS ${limits}`,
  );
  await hits.engine.command(`INSERT INTO ${full} SELECT 1`);
  let refused = 0;
  hits.engine.before = async ({ table }) => {
    if (table !== 'hits') return;
    const insert = hits.engine.command(`INSERT INTO ${full} SELECT 2`);
    await insert.catch((error: unknown) => {
      refused += /Too many parts/.test(String(error)) ? 1 : 0;
    });
  };
  expect((await hits.send(SOME)).body).toEqual(missed('13 of 13'));
  expect(refused).toBe(hits.engine.inserts.filter(({ table }) => table === 'hits').length);
  expect(hits.engine.inserts.filter(({ token }) => token !== '').length).toBe(7);
});

test('[EV-16] a view that recovers while rows are looked for gets all, also beside one that is broken', async () => {
  await hits.makeClosable('MergeTree', 'closable');
  await hits.view('broken', failOn(SOME.join()));
  await hits.close(...SOME);
  hits.engine.before = async ({ database, table }) => {
    if (database.startsWith('probe_') && table === 'hits') await hits.open();
  };
  const { status, body } = await hits.send(SOME);
  expect([status, body]).toEqual([422, { error: expect.not.stringContaining('closable') }]);
  expect([await hits.idsOf('closable'), await hits.idsOf('broken')]).toEqual([SOME, []]);
});

test.each([
  ['some rows', [5, 9]],
  ['all rows', SOME],
])(
  '[EV-27] a view that fails on %s and recovers before the rows are inserted once more gets all, once',
  async (_title, ids) => {
    await hits.makeClosable('MergeTree', 'closable');
    await hits.view('behind', 'SELECT id + 100 AS id FROM closable');
    await hits.close(...ids);
    let isSearched = false;
    hits.engine.before = async ({ database, table, deduplicationToken }) => {
      isSearched ||= database.startsWith('probe_');
      if (isSearched && table === 'hits' && deduplicationToken !== undefined) await hits.open();
    };
    const { status, body } = await hits.send(SOME);
    expect([status, body]).toEqual([200, taken(13)]);
    expect(await hits.idsOf('closable')).toEqual(SOME);
    expect(await hits.idsOf('behind')).toEqual(SOME.map((id) => id + 100));
  },
);

test('[EV-18] an error that is about no view is not taken for success', async () => {
  await hits.makeClosable('Null', 'closable');
  await hits.close(...SOME);
  let isOver = false;
  hits.engine.before = async ({ database, table, deduplicationToken }) => {
    if (database.startsWith('probe_') && table === 'hits') await hits.open();
    isOver ||= database.startsWith('probe_');
    if (isOver && table === 'hits' && deduplicationToken !== undefined)
      throw engineError(159, 'TIMEOUT_EXCEEDED', 'Timeout exceeded: elapsed 120 seconds');
  };
  const { status, body } = await hits.send(SOME);
  expect([status, body]).toEqual([500, { error: expect.stringContaining('Timeout exceeded') }]);
  const folder = join(hits.server.directory, 'data', 'ingestion');
  const [name = ''] = await readdir(join(folder, 'set-aside'));
  hits.engine.before = () => {};
  await hits.server.restart({}, () => rename(join(folder, 'set-aside', name), join(folder, name)));
  expect(await hits.idsOf('closable')).toEqual(SOME);
});

describe.each(['MergeTree', 'Null'])(
  '[EV-11] [EV-27] a stop when views have got what they take, of a Data Source of the engine %s',
  (engineName) => {
    test('and a start after which they would take all: what was found still holds, and nothing is doubled', async () => {
      await hits.makeClosable(engineName, 'closable', 'other');
      await hits.view('behind', 'SELECT id + 100 AS id FROM closable');
      await hits.view('plain', 'SELECT id FROM hits');
      await hits.close(5);
      // The last of the views has got its rows when the engine goes away.
      const brought = new Set<string>();
      hits.engine.after = ({ database, deduplicationToken }) => {
        if (!database.startsWith('probe_') || deduplicationToken === undefined) return;
        brought.add(deduplicationToken);
        if (brought.size === 2) throw engineError(999, 'KEEPER_EXCEPTION');
      };
      expect(
        (
          await hits.server.call('POST /v0/events?name=hits', {
            body: SOME.map((id) => `{"id":${id}}`).join('\n'),
          })
        ).status,
      ).toBe(202);
      while (brought.size < 2) await hits.server.call('GET /v0/datasources');
      await hits.open();
      await hits.server.restart({}, async () => {
        hits.engine.after = () => {};
      });
      for (const name of ['closable', 'other']) expect(await hits.idsOf(name)).toEqual(without(5));
      expect(await hits.idsOf('behind')).toEqual(without(5).map((id) => id + 100));
      expect(await hits.idsOf('plain')).toEqual(SOME);
      expect(await hits.idsOf('hits')).toEqual(engineName === 'Null' ? [] : SOME);
      expect(await hits.server.rows('SELECT id FROM hits_quarantine')).toEqual(
        engineName === 'Null' ? [['5']] : [],
      );
      await hits.server.restart();
      const errors = await hits.server.rows(`SELECT written_rows, error FROM tinybird.datasources_ops_log
      WHERE event_type = 'append-hfi' AND datasource_name = 'hits'`);
      expect(errors).toEqual([
        [
          13,
          expect.stringMatching(/closable.* It misses 1 of 13 rows\. .*other.* It misses 1 of 13 rows\.$/),
        ],
      ]);
      expect(await hits.leftovers()).toEqual([]);
    });
  },
);

test('[EV-18] a search goes on when the place where rows are tried was taken away', async () => {
  await hits.make();
  await hits.view('picky', failOn('5, 9'));
  let tries = 0;
  hits.engine.before = async ({ database }) => {
    if (!database.startsWith('probe_')) return;
    tries += 1;
    if (tries === 3) await hits.engine.command(`DROP DATABASE ${database} SYNC`);
  };
  expect((await hits.send(SOME)).body).toEqual(missed('2 of 13'));
  expect(await hits.idsOf('picky')).toEqual(without(5, 9));
});

test('[DS-49] a Data Source that is removed while rows are looked for leaves nothing behind', async () => {
  await hits.make();
  const node = await hits.view('picky', failOn('5, 9'));
  expect(node).not.toBe('');
  let isAway = false;
  hits.engine.before = ({ database }) => {
    isAway ||= database.startsWith('probe_');
    if (isAway) throw engineError(999, 'KEEPER_EXCEPTION');
  };
  const sent = hits.send(SOME);
  while (!isAway) await hits.server.call('GET /v0/datasources');
  expect((await hits.server.call('DELETE /v0/pipes/to_picky')).status).toBe(204);
  expect((await hits.server.call('DELETE /v0/datasources/hits')).status).toBe(204);
  expect((await sent).status).toBe(404);
  // The answer comes first.
  while ((await hits.leftovers()).length > 0) await hits.server.call('GET /v0/datasources');
});

test('[EV-18] an engine that is away for a while during the search costs nothing', async () => {
  await hits.make();
  await hits.view('picky', failOn('5, 9'));
  let count = 0;
  hits.engine.before = ({ database }) => {
    count += database.startsWith('probe_') ? 1 : 0;
    if (count === 3 || count === 4) throw engineError(999, 'KEEPER_EXCEPTION');
  };
  expect((await hits.send(SOME)).status).toBe(422);
  expect(count).toBeGreaterThan(4);
  expect(await hits.idsOf('picky')).toEqual(without(5, 9));
  expect(await hits.idsOf('hits')).toEqual(SOME);
});

test('[MV-04] [EV-16] a view that is unlinked while it is searched for its rows misses nothing that anybody is told of', async () => {
  await hits.make();
  await hits.view('picky', failOn('5'));
  let isDone = false;
  hits.engine.before = async ({ database }) => {
    if (isDone || !database.startsWith('probe_')) return;
    isDone = true;
    expect((await hits.server.call('DELETE /v0/pipes/to_picky/nodes/rows/materialization')).status).toBe(204);
  };
  const { status, body } = await hits.send(SOME);
  expect([status, body, isDone]).toEqual([200, taken(13), true]);
  expect(await hits.idsOf('hits')).toEqual(SOME);
  expect(await hits.idsOf('picky')).toEqual([]);
});

/** Starts again with a disk that can fail. */
async function withDisk(): Promise<BrittleDisk> {
  const disk = new BrittleDisk();
  await hits.stop();
  hits = await Hits.start(disk);
  return disk;
}

/** A query that meets an error of this number. */
const failingWith = (code: number): string =>
  `SELECT throwIf(1, 'as if', toInt16(${code})) SETTINGS allow_custom_error_code_in_throwif = 1`;
const GREEDY =
  'SELECT length(groupArray(number)) FROM numbers(10000000) SETTINGS max_memory_usage = 10000000';

test.each([
  ['a query of somebody was cancelled', 394, failingWith(394), 7],
  ['a query of somebody took more memory than it may', 241, GREEDY, 7],
  // Nine more tries, each with the views and without their errors, before it goes on.
  ['there is no memory', 241, failingWith(241), 25],
])('[EV-18] while a broken view is gone over, %s', async (_title, code, met, inserts) => {
  await hits.make();
  await hits.view('broken', failOn(SOME.join()));
  hits.engine.before = async ({ table }) => {
    if (table === 'hits') await expect(hits.engine.command(met)).rejects.toMatchObject({ code });
  };
  expect((await hits.send(SOME)).body).toEqual(missed('13 of 13'));
  const tried = hits.engine.inserts.filter(({ table, token }) => table === 'hits' && token !== '');
  expect(tried).toHaveLength(inserts);
});

describe('[EV-18] views that get what they take', () => {
  test('a disk that refuses the file with what was found, once', async () => {
    const disk = await withDisk();
    await hits.make();
    await hits.view('picky', failOn('5'));
    let refusals = 0;
    disk.faults = {
      create: (path) => (path.endsWith('.missed') && refusals++ === 0 ? systemError('ENOSPC') : null),
    };
    expect((await hits.send(SOME)).body).toEqual(missed('1 of 13'));
    expect(refusals).toBe(2);
    expect(await hits.idsOf('picky')).toEqual(without(5));
    expect((await hits.send([20])).status).toBe(200);
  });

  test('a disk that does not remove it: nothing waits for that, and the next start does', async () => {
    const disk = await withDisk();
    await hits.make();
    await hits.view('picky', failOn('5'));
    // The first is that of one that may be there before it is written.
    let removals = 0;
    disk.faults = {
      remove: (path) => (path.endsWith('.missed') && removals++ > 0 ? systemError('EIO') : null),
    };
    expect((await hits.send(SOME)).body).toEqual(missed('1 of 13'));
    expect((await hits.send([20])).status).toBe(200);
    disk.faults = {};
    await hits.server.restart();
    expect(await hits.leftovers()).toEqual([]);
    expect(await hits.idsOf('picky')).toEqual([...without(5), 20]);
  });

  test('an error that names no view is met a few times before the view is to blame', async () => {
    await hits.make();
    await hits.view('picky', failOn('5'));
    let refusals = 0;
    hits.engine.before = ({ database, deduplicationToken }) => {
      if (database.startsWith('probe_') && deduplicationToken !== undefined && refusals++ < 3)
        throw engineError(1001, 'STD_EXCEPTION');
    };
    expect((await hits.send(SOME)).body).toEqual(missed('1 of 13'));
    expect(refusals).toBe(4);
    expect(await hits.idsOf('picky')).toEqual(without(5));
  });

  test('one whose rows are there is not asked again when another one has to wait', async () => {
    await hits.makeClosable('Null', 'first');
    await hits.view('second', failOn('7'));
    await hits.close(5);
    const brought: string[] = [];
    hits.engine.before = async ({ database, deduplicationToken: token }) => {
      if (!database.startsWith('probe_') || token === undefined) return;
      brought.push(token);
      if (brought.length !== 2) return;
      await hits.close(...SOME);
      throw engineError(999, 'KEEPER_EXCEPTION');
    };
    expect((await hits.send(SOME)).body).toEqual(missed('2 of 13'));
    expect([brought.length, new Set(brought).size]).toEqual([3, 2]);
    expect([await hits.idsOf('first'), await hits.idsOf('second')]).toEqual([without(5), without(7)]);
    expect(await hits.server.rows('SELECT id FROM hits_quarantine ORDER BY id')).toEqual([['5'], ['7']]);
  });

  test('one behind another that recovers between the inserts gets all, once', async () => {
    await hits.make();
    await hits.server.client().createDataSource('closed', 'id UInt32 `json:$.id`');
    await hits.view('first', failOn('5'));
    await hits.view(
      'second',
      "SELECT throwIf(id IN (SELECT id FROM closed), 'closed') + id AS id FROM first",
    );
    await hits.close(7);
    let inserts = 0;
    hits.engine.before = async ({ database, deduplicationToken: token }) => {
      if (!database.startsWith('probe_') || token === undefined) return;
      inserts += 1;
      if (inserts === 2) await hits.open();
    };
    expect((await hits.send(SOME)).body).toEqual(missed('1 of 13'));
    expect([await hits.idsOf('first'), await hits.idsOf('second')]).toEqual([without(5), without(5)]);
  });
});

test('[EV-11] [EV-27] a segment that is set aside when views have got what they take is moved with what was found', async () => {
  await hits.makeClosable('Null', 'closable');
  await hits.view('plain', 'SELECT id FROM hits');
  await hits.close(5);
  hits.engine.before = ({ table }) => {
    if (table === 'hits_quarantine') throw engineError(1002, 'UNKNOWN_EXCEPTION');
  };
  expect((await hits.send(SOME)).status).toBe(500);
  hits.engine.before = () => {};
  await hits.open();
  const folder = join(hits.server.directory, 'data', 'ingestion');
  const aside = await readdir(join(folder, 'set-aside'));
  expect(aside.map((name) => name.split('.').at(-1))).toEqual(['ndjson', 'error', 'missed']);
  await hits.server.restart({}, async () => {
    for (const name of aside.filter((each) => !each.endsWith('.error')))
      await rename(join(folder, 'set-aside', name), join(folder, name));
  });
  expect([await hits.idsOf('closable'), await hits.idsOf('plain')]).toEqual([without(5), SOME]);
  expect(await hits.server.rows('SELECT id FROM hits_quarantine')).toEqual([['5']]);
  expect(await hits.leftovers()).toEqual([]);
});
