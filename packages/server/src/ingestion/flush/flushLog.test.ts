import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rowOf, untilRows } from '../../service-datasources/testing/logged.js';
import { type Reply, TestServer } from '../../testing/harness.js';
import { BrittleEngine, engineError, gate } from '../testing/brittleEngine.js';

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const SECOND = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;

let server: TestServer;
let engine: BrittleEngine;
let id = '';

beforeEach(async () => {
  engine = new BrittleEngine();
  server = await TestServer.start({}, { wrapEngine: engine.wrap, retryMs: 1 });
  ({ id } = await server.client().createDataSource('hits', 'id UInt32 `json:$.id`, j JSON `json:$.j`'));
});
afterEach(async () => {
  engine.before = () => {};
  engine.after = () => {};
  await server.stop();
});

function send(events: readonly unknown[], more = '&wait=true'): Promise<Reply> {
  return server.call(`POST /v0/events?name=hits${more}`, {
    body: events.map((event) => JSON.stringify(event)).join('\n'),
  });
}

const requestId = (reply: Reply): string => String(reply.headers.get('x-request-id'));

/** A row of datasources_ops_log about events of `hits`. */
function operation(reply: Reply, different: Record<string, unknown>): Record<string, unknown> {
  const zeros = ['read_bytes', 'read_rows', 'written_rows_quarantine', 'written_bytes_quarantine'];
  return {
    ...Object.fromEntries(zeros.map((name) => [name, 0])),
    timestamp: expect.stringMatching(SECOND),
    event_type: 'append-hfi',
    operation_id: expect.stringMatching(ULID),
    datasource_id: id,
    datasource_name: 'hits',
    result: 'ok',
    elapsed_time: expect.any(Number),
    error: null,
    import_id: requestId(reply),
    job_id: null,
    request_id: requestId(reply),
    rows_quarantine: 0,
    blocks_ids: [expect.stringMatching(ULID)],
    'Options.Names': ['source'],
    'Options.Values': ['stream'],
    pipe_id: '',
    pipe_name: '',
    release: '',
    resource_tags: [],
    cpu_time: expect.any(Number),
    ...different,
  };
}

const OPERATIONS =
  "SELECT * FROM tinybird.datasources_ops_log WHERE event_type = 'append-hfi' ORDER BY rows DESC";

describe('[EV-29] what became of events is in the log of operations', () => {
  test('[SVT-10] [SVT-13] [SVT-17] rows and quarantine, with what the database counted', async () => {
    const reply = await send([
      { id: 1, j: {} },
      { id: 2, j: {} },
      { id: 'bad', j: {} },
    ]);
    const rows = await untilRows(server, OPERATIONS, 1);
    const written = { written_rows: 2, written_bytes: expect.any(Number), rows: 2 };
    const quarantined = { rows_quarantine: 1, written_rows_quarantine: 1 };
    const bytes = { written_bytes_quarantine: expect.any(Number) };
    expect(rows).toEqual([operation(reply, { ...written, ...quarantined, ...bytes })]);
    const [row] = rows;
    expect(Number(row?.['written_bytes'])).toBeGreaterThan(2 * 4);
    expect(Number(row?.['written_bytes_quarantine'])).toBeGreaterThan(20);
    expect(Number(row?.['cpu_time'])).toBeGreaterThan(0);
    expect(Number(row?.['cpu_time'])).toBeLessThanOrEqual(Number(row?.['elapsed_time']));
  });

  test('[SVT-08] [SVT-09] [SVT-16] each is one block', async () => {
    const reply = await send([{ id: 1, j: {} }]);
    const [{ blocks_ids: blocks, operation_id: operationId } = {}] = await untilRows(server, OPERATIONS, 1);
    const [row] = await untilRows(server, 'SELECT * FROM tinybird.block_log', 1);
    expect(blocks).toEqual([row?.['block_id']]);
    expect(operationId).toBe(row?.['block_id']);
    expect(row).toEqual({
      timestamp: expect.stringMatching(SECOND),
      import_id: requestId(reply),
      job_id: null,
      request_id: requestId(reply),
      source: 'stream',
      block_id: expect.stringMatching(ULID),
      status: 'done',
      datasource_id: id,
      datasource_name: 'hits',
      start_offset: null,
      end_offset: null,
      rows: 1,
      parser: null,
      quarantine_lines: 0,
      empty_lines: null,
      bytes: '{"id":1,"j":{}}\n'.length,
      processing_time: expect.any(Number),
      processing_error: null,
    });
  });

  test('requests that were flushed together are one operation, known by the first', async () => {
    const hold = gate();
    engine.before = () => hold.passed;
    const begun = send([{ id: 0, j: {} }]);
    while (engine.inserts.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const first = await send([{ id: 1, j: {} }], '');
    for (const next of [2, 3]) await send([{ id: next, j: {} }], '');
    hold.open();
    await begun;
    await untilRows(server, OPERATIONS, 2);
    expect(await rowOf(server, 'datasources_ops_log', first)).toEqual(
      operation(first, { rows: 3, written_rows: 3, written_bytes: expect.any(Number) }),
    );
  });

  test('rows that only the database refuses are counted where they went', async () => {
    engine.before = async ({ table, path }) => {
      if (table === 'hits' && (await readFile(path, 'utf8')).includes('"id":2'))
        throw engineError(117, 'INCORRECT_DATA');
    };
    const reply = await send([
      { id: 1, j: {} },
      { id: 2, j: {} },
    ]);
    expect(reply.body).toEqual({ successful_rows: 1, quarantined_rows: 1 });
    const [row] = await untilRows(server, OPERATIONS, 1);
    const amounts = { written_bytes: expect.any(Number), written_bytes_quarantine: expect.any(Number) };
    const counts = { rows: 1, written_rows: 1, rows_quarantine: 1, written_rows_quarantine: 1 };
    expect(row).toEqual(operation(reply, { ...counts, ...amounts }));
  });

  test('[SVT-12] events that were set aside are an error, with the reason', async () => {
    engine.before = () => {
      throw engineError(49, 'LOGICAL_ERROR');
    };
    const reply = await send([{ id: 1, j: {} }]);
    expect(reply.status).toBe(500);
    const error = 'Something is wrong in t. (LOGICAL_ERROR)';
    const [row] = await untilRows(server, OPERATIONS, 1);
    const nothing = { rows: 0, written_rows: 0, written_bytes: 0, cpu_time: 0 };
    expect(row).toEqual(operation(reply, { ...nothing, result: 'error', error }));
    const [block] = await untilRows(server, 'SELECT * FROM tinybird.block_log', 1);
    expect(block).toMatchObject({ status: 'error', processing_error: error, rows: 0 });
  });

  test('[SVT-17] events that a restart brings in are known by the id of what held them', async () => {
    engine.before = () => {
      throw engineError(999, 'KEEPER_EXCEPTION');
    };
    await send([{ id: 1, j: {} }], '');
    await server.restart({}, async () => {
      engine.before = () => {};
    });
    const [row = {}] = await untilRows(server, OPERATIONS, 1);
    expect(row).toMatchObject({ rows: 1, datasource_name: 'hits', result: 'ok' });
    expect([row['request_id'], row['import_id']]).toEqual([row['operation_id'], row['operation_id']]);
  });
});
