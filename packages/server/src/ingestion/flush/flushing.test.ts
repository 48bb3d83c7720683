import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeTime, encodeTime } from 'ulid';
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
  engine.after = () => {};
  disk.faults = {};
  await server.stop();
});

async function start(flags: Record<string, string> = {}): Promise<void> {
  server = await TestServer.start(flags, { disk, wrapEngine: engine.wrap, retryMs: 1 });
  await server.client().createDataSource('hits', 'id UInt32 `json:$.id`');
}

function send(ids: readonly (number | string)[], more = '', name = 'hits'): Promise<Reply> {
  return server.call(`POST /v0/events?name=${name}${more}`, {
    body: ids.map((id) => JSON.stringify({ id })).join('\n'),
  });
}

const ok = (successful_rows: number, quarantined_rows = 0) => ({ successful_rows, quarantined_rows });

/** The ids in a table when there are as many as expected, for which it asks again and again. */
async function ids(count: number, table = 'hits'): Promise<number[]> {
  for (;;) {
    const rows = await server.rows(`SELECT id FROM ${table} ORDER BY id`);
    if (rows.length >= count) return rows.map(([id]) => Number(id));
  }
}

/** Segments on the disk. */
async function segments(folder = ''): Promise<string[]> {
  const files = await readdir(join(server.directory, 'data', 'ingestion', folder));
  return files.filter((file) => file.includes('.ndjson'));
}

describe('events that were acknowledged', () => {
  test('[EV-11] [EV-27] can be queried soon after, and leave nothing in the log', async () => {
    await start();
    expect([(await send([1, 2])).status, await ids(2)]).toEqual([202, [1, 2]]);
    await server.restart();
    expect([await segments(), await ids(2)]).toEqual([[], [1, 2]]);
  });

  test('[EV-12] [EV-27] clients that wait at the same time share an insert', async () => {
    await start();
    const first = gate();
    engine.before = () => first.passed;
    const begun = send([0], '&wait=true');
    while (engine.inserts.length === 0) await send([1000]);
    const others = Array.from({ length: 20 }, (_, i) => send([i + 1], '&wait=true'));
    // Their events are in the log when one sent after them is acknowledged.
    await Promise.all(Array.from({ length: 20 }, () => send([1000])));
    first.open();
    const replies = await Promise.all([begun, ...others]);
    expect(replies.map(({ status, body }) => [status, body])).toEqual(replies.map(() => [200, ok(1)]));
    expect(engine.inserts.length).toBeLessThanOrEqual(4);
  });

  test('[EV-18] wait for an engine that can not take them, and go in once when it can', async () => {
    await start();
    let refusals = 3;
    engine.before = () => {
      if (refusals-- > 0) throw engineError(241, 'MEMORY_LIMIT_EXCEEDED');
    };
    const reply = await send([1, 2, 3], '&wait=true');
    expect([reply.status, reply.body, await ids(3)]).toEqual([200, ok(3), [1, 2, 3]]);
    expect(new Set(engine.inserts.map(({ token }) => token)).size).toBe(1);
    expect(engine.inserts.length).toBe(4);
  });

  test('[EV-12] are not doubled when an insert fails after it took effect', async () => {
    await start();
    let failures = 2;
    engine.after = () => {
      if (failures-- > 0) throw engineError(209, 'SOCKET_TIMEOUT');
    };
    const reply = await send([1, 2, 'bad'], '&wait=true');
    expect([reply.status, reply.body, await ids(2)]).toEqual([200, ok(2, 1), [1, 2]]);
    expect(await server.rows('SELECT id FROM hits_quarantine')).toEqual([['bad']]);
  });

  test('[EV-11] are there after a stop while the engine takes nothing', async () => {
    await start();
    engine.before = () => {
      throw engineError(999, 'KEEPER_EXCEPTION');
    };
    expect((await send([1, 'bad', 2])).body).toEqual(ok(2, 1));
    await server.restart({}, async () => {
      expect(await segments()).toHaveLength(1);
      engine.before = () => {};
    });
    expect(await server.rows('SELECT id FROM hits ORDER BY id')).toEqual([[1], [2]]);
    expect(await server.rows('SELECT id, c__error FROM hits_quarantine')).toEqual([
      ['bad', ['"bad" is not a valid UInt32']],
    ]);
  });

  test('[EV-11] a damaged byte in the log is noticed, and costs no other record', async () => {
    await start();
    engine.before = () => {
      throw engineError(999, 'KEEPER_EXCEPTION');
    };
    for (const id of [1, 2, 3]) expect((await send([id])).status).toBe(202);
    await server.restart({}, async () => {
      engine.before = () => {};
      const [name = ''] = await segments();
      const path = join(server.directory, 'data', 'ingestion', name);
      const bytes = await readFile(path);
      bytes[bytes.indexOf('"id":2') + 5] = 0x37;
      await writeFile(path, bytes);
    });
    expect(await ids(2)).toEqual([1, 3]);
    expect(await segments('set-aside')).toEqual([expect.stringMatching(/^t_.*\.ndjson\.damaged$/)]);
  });

  test('[DS-49] go with a Data Source that is removed, and into no other one of its name', async () => {
    await start();
    engine.before = () => {
      throw engineError(999, 'KEEPER_EXCEPTION');
    };
    expect((await send([1])).status).toBe(202);
    expect((await server.call('DELETE /v0/datasources/hits')).status).toBe(204);
    engine.before = () => {};
    await server.client().createDataSource('hits', 'id UInt32 `json:$.id`');
    expect((await send([2], '&wait=true')).status).toBe(200);
    await server.restart();
    expect([await ids(1), await segments()]).toEqual([[2], []]);
  });
});

describe('an engine that refuses', () => {
  test('[EV-18] one Data Source for good: its events are set aside with the reason, and others go on', async () => {
    await start();
    await server.client().createDataSource('other', 'id UInt32 `json:$.id`');
    engine.before = ({ table }) => {
      if (table === 'hits') throw engineError(49, 'LOGICAL_ERROR');
    };
    const waiting = send([1], '&wait=true');
    for (let id = 0; id < 5; id += 1) expect((await send([id], '&wait=true', 'other')).status).toBe(200);
    const { status, body } = await waiting;
    expect([status, body]).toEqual([
      500,
      {
        error:
          'The database refuses the events for `hits`: Something is wrong in t. (LOGICAL_ERROR) They are kept in the folder `ingestion/set-aside` of the data directory, from where they go in when the cause is mended. Do not send them again.',
      },
    ]);
    const aside = await segments('set-aside');
    expect(aside).toEqual([expect.stringMatching(/\.ndjson$/), expect.stringMatching(/\.ndjson\.error$/)]);
    const folder = join(server.directory, 'data', 'ingestion', 'set-aside');
    const [rows = '', reason = ''] = await Promise.all(
      aside.map((name) => readFile(join(folder, name), 'utf8')),
    );
    expect([rows, reason]).toEqual([
      expect.stringMatching(/^\{"\$log":"1 [0-9a-f ]+","id":1\}\n$/),
      'Something is wrong in t. (LOGICAL_ERROR)\n',
    ]);
    engine.before = () => {};
    expect((await send([2], '&wait=true')).status).toBe(200);
    expect([await ids(1), await ids(5, 'other')]).toEqual([[2], [0, 1, 2, 3, 4]]);
  });

  test('[EV-18] too much that waits: more is refused before it is stored, per Data Source, and goes on by itself', async () => {
    await start({ 'ingest-backlog-bytes': String(1024 * 1024) });
    await server.client().createDataSource('other', 'id UInt32 `json:$.id`');
    engine.before = () => {
      throw engineError(999, 'KEEPER_EXCEPTION');
    };
    const many = Array.from({ length: 10_000 }, (_, id) => id);
    const replies: Reply[] = [];
    while (replies.at(-1)?.status !== 503) replies.push(await send(many));
    const accepted = replies.length - 1;
    expect(accepted).toBeGreaterThan(1);
    expect(replies.at(-1)?.body).toEqual({
      error: 'Too many events are waiting to be written. Nothing was stored; try again.',
    });
    expect(replies.at(-1)?.headers.get('retry-after')).toBe('1');
    expect((await send([1], '', 'other')).status).toBe(202);
    engine.before = () => {};
    await ids(accepted * many.length);
    expect((await send([1], '&wait=true')).status).toBe(200);
    expect((await ids(1, 'other')).length).toBe(1);
    expect(await server.rows('SELECT count() FROM hits')).toEqual([[accepted * many.length + 1]]);
  });

  test('[EV-18] a Data Source whose events have waited for too long gets no more', async () => {
    await start({ 'ingest-backlog-seconds': '1' });
    engine.before = () => {
      throw engineError(999, 'KEEPER_EXCEPTION');
    };
    let reply = await send([1]);
    while (reply.status === 202) reply = await send([1]);
    expect([reply.status, reply.body, reply.headers.get('retry-after')]).toEqual([
      503,
      {
        error:
          'Events of `hits` have been waiting for the database for more than 1 s. They are safe, but nothing of this request was stored; try again later.',
      },
      '1',
    ]);
  });

  test('[EV-18] a Data Source whose events waited while no server ran gets more at once', async () => {
    await start({ 'ingest-backlog-seconds': '600' });
    engine.before = () => {
      throw engineError(999, 'KEEPER_EXCEPTION');
    };
    expect((await send([1])).status).toBe(202);
    await server.restart({}, async () => {
      const folder = join(server.directory, 'data', 'ingestion');
      const [name = ''] = await segments();
      const [table = '', id = '', end = ''] = name.split('.');
      const dayAgo = encodeTime(decodeTime(id) - 86_400_000);
      await rename(
        join(folder, name),
        join(folder, [table, dayAgo + id.slice(dayAgo.length), end].join('.')),
      );
    });
    expect((await send([2])).status).toBe(202);
    engine.before = () => {};
    expect(await ids(2)).toEqual([1, 2]);
  });
});

describe('a disk that fails', () => {
  test('[EV-18] a full disk: 503, nothing torn, and it recovers by itself', async () => {
    await start();
    disk.faults = { shortWrite: (bytes) => bytes >> 1, write: () => systemError('ENOSPC') };
    const reply = await send([1]);
    expect([reply.status, reply.body, reply.headers.get('retry-after')]).toEqual([
      503,
      { error: 'The events could not be written to the disk (ENOSPC). Nothing was stored; try again.' },
      '1',
    ]);
    disk.faults = {};
    expect((await send([2], '&wait=true')).status).toBe(200);
    await server.restart();
    expect(await ids(1)).toEqual([2]);
  });
});

describe('a Materialized View', () => {
  /** Makes a Data Source `name` of what the SQL gives, by a view. */
  async function view(name: string, sql: string, schema = 'id UInt32'): Promise<void> {
    await server.client().createDataSource(name, schema);
    await server.client().createPipe({ name: `to_${name}`, nodes: [{ name: 'rows', sql }] });
    const linked = await server.call(
      `POST /v0/pipes/to_${name}/nodes/rows/materialization?datasource=${name}`,
    );
    expect(linked.status).toBe(200);
  }

  const failing = "SELECT throwIf(id = 13, 'unlucky') + id AS id FROM hits";
  const failed =
    'The events are stored in `hits`, but a Materialized View misses 1 of 2. The Materialized View `rows` of the Pipe `to_picky`, which fills `picky`, failed: ';

  test('[EV-16] [EV-28] [MZ-13] that fails: the events are stored once, other views have them, and 422 says which one has not', async () => {
    await start();
    await view('picky', failing);
    await view('plain', 'SELECT id FROM hits');
    await view('plainer', 'SELECT id FROM plain');
    expect((await send([1, 2], '&wait=true')).status).toBe(200);
    const { status, body } = await send([13, 14], '&wait=true');
    expect([status, body]).toEqual([422, { error: expect.stringContaining(failed) }]);
    expect(body).toEqual({
      error: expect.stringMatching(/unlucky.*Do not send them again; mend the view\.$/),
    });
    expect((await send([15], '&wait=true')).status).toBe(200);
    for (const name of ['hits', 'plain', 'plainer']) expect(await ids(5, name)).toEqual([1, 2, 13, 14, 15]);
    expect(await ids(4, 'picky')).toEqual([1, 2, 14, 15]);
  });

  test('[SVT-15] [MZ-14] the log of operations has a row for each view, with what it wrote or why it failed', async () => {
    await start();
    await view('picky', failing);
    await view('plain', 'SELECT id FROM hits WHERE id > 1');
    const { headers } = await send([1, 2, 3], '&wait=true');
    await send([13], '&wait=true');
    await server.restart();
    const rows =
      await server.rows(`SELECT datasource_name, pipe_name, result, written_rows, error LIKE '%unlucky%'
      FROM tinybird.datasources_ops_log WHERE event_type = 'append-hfi' ORDER BY timestamp, operation_id, pipe_name`);
    expect(rows).toEqual([
      ['hits', '', 'ok', 3, null],
      ['picky', 'to_picky', 'ok', 3, null],
      ['plain', 'to_plain', 'ok', 2, null],
      ['hits', '', 'error', 1, 1],
      ['picky', 'to_picky', 'error', 0, 1],
      ['plain', 'to_plain', 'ok', 1, null],
    ]);
    const operations = await server.rows(`SELECT uniqExact(operation_id), uniqExact(request_id)
      FROM tinybird.datasources_ops_log WHERE request_id = '${headers.get('x-request-id')}'`);
    expect(operations).toEqual([[1, 1]]);
  });

  test('[MZ-14] each of inserts that follow at once counts what the view made of it, and no more', async () => {
    await start();
    await view('plain', 'SELECT id FROM hits WHERE id > 1');
    for (const sent of [[2], [1, 2, 3], [1], [4, 5, 6]]) await send(sent, '&wait=true');
    await server.restart();
    const rows = await server.rows(`SELECT datasource_name, written_rows FROM tinybird.datasources_ops_log
      WHERE event_type = 'append-hfi' ORDER BY timestamp, operation_id, pipe_name`);
    expect(rows).toEqual([
      ['hits', 1],
      ['plain', 1],
      ['hits', 3],
      ['plain', 2],
      ['hits', 1],
      ['plain', 0],
      ['hits', 3],
      ['plain', 3],
    ]);
  });

  test('[EV-16] [EV-28] that fails for a while: it gets the events when they are tried again, once, and nobody is told', async () => {
    await start();
    await server.client().createDataSource('unlucky', 'id UInt32 `json:$.id`');
    await view('careful', 'SELECT throwIf(id IN (SELECT id FROM unlucky)) + id AS id FROM hits');
    expect((await send([7], '&wait=true', 'unlucky')).status).toBe(200);
    let tries = 0;
    engine.before = async ({ database, table }) => {
      tries += table === 'hits' ? 1 : 0;
      if (tries === 3) await engine.command(`TRUNCATE TABLE ${database}.unlucky`);
    };
    const { status, body } = await send([7, 8], '&wait=true');
    expect([status, body, tries]).toEqual([200, ok(2), 3]);
    expect([await ids(2), await ids(2, 'careful')]).toEqual([
      [7, 8],
      [7, 8],
    ]);
  });

  test('[EV-12] [EV-28] [MZ-05] gets no row twice when an insert fails after it took effect, and neither does a view of it', async () => {
    await start();
    await view('sums', 'SELECT sum(id) AS id FROM hits', 'id UInt64');
    await view('all_sums', 'SELECT id FROM sums', 'id UInt64');
    let failures = 3;
    engine.after = () => {
      if (failures-- > 0) throw engineError(209, 'SOCKET_TIMEOUT');
    };
    expect((await send([1, 2, 3], '&wait=true')).status).toBe(200);
    expect([await ids(3), await ids(1, 'sums'), await ids(1, 'all_sums')]).toEqual([[1, 2, 3], [6], [6]]);
  });
});
