import { join } from 'node:path';
import { openEmbeddedEngine } from '@goldcrest/engine';
import pino from 'pino';
import { decodeTime } from 'ulid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';
import type { Operation } from './operation.js';
import { OperationLog } from './operationLog.js';
import { rowOf, untilRows } from './testing/logged.js';

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const SECOND = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;

/** When the operations that are written by hand happened, in milliseconds. */
const AT = Math.floor(Date.now() / 1000) * 1000 - 60_000;
const AT_TEXT = new Date(AT).toISOString().slice(0, 19).replace('T', ' ');

let server: TestServer;
/** The admin token of another Workspace on the same server. */
let other = '';
const workspaces = { mine: '', theirs: '' };

const named = (name: string, workspaceId = workspaces.mine, tags = {}) => ({
  id: `t_${name}`,
  workspaceId,
  name,
  tags,
});

/** What other parts of the server say of what they did. */
function operations(): Operation[] {
  const events = { id: '01JBASE0000000000000000001', kind: 'append-hfi', startedAt: AT } as const;
  return [
    {
      ...events,
      datasource: named('hits', workspaces.mine, { team: 'web' }),
      requestId: '01JREQ00000000000000000001',
      elapsedMs: 250,
      rows: 3,
      written: { rows: 3, bytes: 90 },
      quarantined: { rows: 2, bytes: 40 },
      engineSeconds: 0.125,
      options: { source: 'stream' },
      blocks: [
        {
          id: '01JBLOCK000000000000000001',
          source: 'stream',
          elapsedMs: 250,
          rows: 3,
          quarantined: 2,
          bytes: 120,
        },
      ],
      views: [
        {
          pipe: { id: 't_by_page', name: 'by_page', tags: ['views'] },
          datasource: named('pages'),
          elapsedMs: 125,
          read: { rows: 3, bytes: 90 },
          written: { rows: 2, bytes: 20 },
        },
        {
          pipe: { id: 't_by_user', name: 'by_user', tags: [] },
          datasource: named('users'),
          elapsedMs: 0,
          error: `no: while pushing to view w_${'0'.repeat(32)}.by_user: (in file/uri /srv/data/s.ndjson): (THROW_IF)`,
        },
      ],
    },
    {
      kind: 'append',
      datasource: named('imported'),
      requestId: '01JREQ00000000000000000002',
      jobId: 'job-1',
      startedAt: AT,
      elapsedMs: 1000,
      partly: true,
      error: 'one file of two',
      rows: 10,
      options: { source: 'https://example.com/a.csv', second: '\ud800' },
      blocks: [
        {
          source: 'https://example.com/a.csv',
          requestId: '01JREQ00000000000000000003',
          elapsedMs: 500,
          range: { start: 0, end: 5_000_000_000 },
          rows: 2 ** 40,
          bytes: 2 ** 40,
          emptyLines: 1,
          parser: 'block',
        },
        { source: 'https://example.com/a.csv', elapsedMs: Number.NaN, error: 'x'.repeat(20_000) },
      ],
    },
    {
      kind: 'replace',
      datasource: named('synced'),
      requestId: '',
      startedAt: AT - 7_200_000,
      elapsedMs: 1,
      options: { service: 'bigquery' },
    },
    { kind: 'rename', datasource: named('odd'), requestId: '', startedAt: AT, elapsedMs: Number.NaN },
    {
      kind: 'append-hfi',
      datasource: named('theirs', workspaces.theirs, { of: 'theirs' }),
      requestId: 'theirs',
      startedAt: AT,
      elapsedMs: 1,
      rows: 7,
      written: { rows: 7, bytes: 7 },
      options: { theirs: 'theirs' },
      blocks: [{ source: 'theirs', elapsedMs: 1, rows: 7 }],
    },
    ...(['populateview-queued', 'populateview'] as const).map((kind): Operation => {
      const error = kind === 'populateview' ? 'memory' : undefined;
      const views = [
        {
          pipe: { id: 't_p', name: 'filled_by', tags: [] },
          datasource: named('filled'),
          elapsedMs: 2,
          error,
        },
      ];
      const own = { kind, datasource: named('filled'), requestId: '', jobId: 'job-2', startedAt: AT };
      return { ...own, elapsedMs: 3, views: error === undefined ? [] : views };
    }),
  ];
}

/** Writes the operations with the server's own log, as other parts of the server do, and closes it. */
async function writeOperations(): Promise<void> {
  const engine = await openEmbeddedEngine({ path: join(server.directory, 'data', 'engine') });
  const directory = join(server.directory, 'data', 'service-log', 'operations');
  const log = await OperationLog.open({ engine, directory, log: pino({ level: 'silent' }) });
  for (const operation of operations()) log.note(operation);
  await log.close();
  await engine.close();
}

/** Makes a Data Source, and gives back the id of its Workspace. */
async function workspaceOf(token: string): Promise<string> {
  await server.client(token).createDataSource('first', 'a Int32 `json:$.a`');
  const [row] = await untilRows(server, 'SELECT workspace_id FROM tinybird.datasources_ops_stats', 1, token);
  return String(row?.['workspace_id']);
}

function sql(text: string, token = server.token): Promise<Reply> {
  return server.call('POST /v0/sql', { body: text, headers: { authorization: `Bearer ${token}` } });
}

async function found(text: string): Promise<Record<string, unknown>[]> {
  return (await server.client().sql(text)).data;
}

beforeAll(async () => {
  server = await TestServer.start();
  await server.restart({ workspace: 'other' });
  const reply = await server.call('GET /tokens');
  other = (reply.body as { workspace_admin_token: string }).workspace_admin_token;
  workspaces.mine = await workspaceOf(server.token);
  workspaces.theirs = await workspaceOf(other);
  await server.restart({}, writeOperations);
});
afterAll(() => server.stop());

/** A row of datasources_ops_log, of which `different` says what the operation makes of it. */
function expectedRow(different: Record<string, unknown>): Record<string, unknown> {
  return {
    timestamp: expect.stringMatching(SECOND),
    operation_id: expect.stringMatching(ULID),
    result: 'ok',
    elapsed_time: expect.any(Number),
    error: null,
    import_id: null,
    job_id: null,
    rows: null,
    rows_quarantine: null,
    blocks_ids: [],
    'Options.Names': [],
    'Options.Values': [],
    read_bytes: 0,
    read_rows: 0,
    written_rows: 0,
    written_bytes: 0,
    written_rows_quarantine: 0,
    written_bytes_quarantine: 0,
    pipe_id: '',
    pipe_name: '',
    release: '',
    resource_tags: [],
    cpu_time: 0,
    ...different,
  };
}

describe('[SVT-10] operations that requests ask for', () => {
  test('[SVT-11] a Data Source that is made', async () => {
    const reply = await server.form('POST /v0/datasources', { name: 'made', schema: 'a Int32' });
    const { datasource } = reply.body as { datasource: { id: string } };
    const row = await rowOf(server, 'datasources_ops_log', reply);
    const expected = { event_type: 'create', datasource_id: datasource.id, datasource_name: 'made' };
    expect(row).toEqual(expectedRow({ ...expected, request_id: reply.headers.get('x-request-id') }));
    expect([Number(row['elapsed_time']) > 0, Number(row['elapsed_time']) < 30]).toEqual([true, true]);
    expect(Math.abs(decodeTime(String(row['operation_id'])) - Date.now())).toBeLessThan(60_000);
  });

  test('[SVT-13] a Data Source that is dropped is a delete of the rows that it had', async () => {
    const client = server.client();
    const { datasource } = (
      await server.form('POST /v0/datasources', { name: 'gone', schema: 'a Int32 `json:$.a`' })
    ).body as { datasource: { id: string } };
    await client.events('gone', [{ a: 1 }, { a: 2 }, { a: 'no' }], { wait: true });
    const reply = await server.call('DELETE /v0/datasources/gone');
    expect(reply.status).toBe(204);
    expect(await rowOf(server, 'datasources_ops_log', reply)).toEqual(
      expectedRow({
        event_type: 'delete',
        datasource_id: datasource.id,
        datasource_name: 'gone',
        request_id: reply.headers.get('x-request-id'),
        rows: 2,
      }),
    );
  });

  test('[SVT-12] one that the database refuses, with what the client was told', async () => {
    const fields = { name: 'refused', schema: 'a Int32', engine_sorting_key: 'nothing' };
    const reply = await server.form('POST /v0/datasources', fields);
    expect(reply.status).toBe(400);
    expect(await rowOf(server, 'datasources_ops_log', reply)).toEqual(
      expectedRow({
        event_type: 'create',
        datasource_id: expect.stringMatching(/^t_[0-9a-f]{32}$/),
        datasource_name: 'refused',
        request_id: reply.headers.get('x-request-id'),
        result: 'error',
        error: (reply.body as { error: string }).error,
      }),
    );
  });

  test('what never had a name of its own is no operation, and a stopped server has written what it knew', async () => {
    const names = { taken: 'first', wrong: '1st', unparsed: 'unparsed' };
    for (const name of Object.values(names)) {
      const schema = name === 'unparsed' ? 'a' : 'a Int32';
      expect((await server.form('POST /v0/datasources', { name, schema })).status).toBeGreaterThanOrEqual(
        400,
      );
    }
    const last = await server.form('POST /v0/datasources', { name: 'last', schema: 'a Int32' });
    await server.restart();
    const id = String(last.headers.get('x-request-id'));
    const log = 'FROM tinybird.datasources_ops_log';
    expect(await found(`SELECT datasource_name ${log} WHERE request_id = '${id}'`)).toEqual([
      { datasource_name: 'last' },
    ]);
    expect(
      await found(
        `SELECT count() AS c ${log} WHERE datasource_name = 'first' OR datasource_name IN ('1st', 'unparsed')`,
      ),
    ).toEqual([{ c: 1 }]);
  });
});

describe('[EV-29] [SVT-10] what an operation says of itself', () => {
  const base = {
    timestamp: AT_TEXT,
    event_type: 'append-hfi',
    operation_id: '01JBASE0000000000000000001',
    import_id: '01JREQ00000000000000000001',
    request_id: '01JREQ00000000000000000001',
  };

  test('[SVT-15] [SVT-16] [SVT-17] [MZ-14] [SV-08] events, and each view that they went through', async () => {
    const rows = await found(
      `SELECT * FROM tinybird.datasources_ops_log WHERE operation_id = '${base.operation_id}' ORDER BY pipe_name`,
    );
    expect(rows).toEqual([
      expectedRow({
        ...base,
        datasource_id: 't_hits',
        datasource_name: 'hits',
        elapsed_time: 0.25,
        rows: 3,
        rows_quarantine: 2,
        blocks_ids: ['01JBLOCK000000000000000001'],
        'Options.Names': ['source'],
        'Options.Values': ['stream'],
        written_rows: 3,
        written_bytes: 90,
        written_rows_quarantine: 2,
        written_bytes_quarantine: 40,
        resource_tags: ['web'],
        cpu_time: 0.125,
      }),
      expectedRow({
        ...base,
        datasource_id: 't_pages',
        datasource_name: 'pages',
        elapsed_time: 0.125,
        rows: 2,
        read_bytes: 90,
        read_rows: 3,
        written_rows: 2,
        written_bytes: 20,
        pipe_id: 't_by_page',
        pipe_name: 'by_page',
        resource_tags: ['views'],
      }),
      expectedRow({
        ...base,
        datasource_id: 't_users',
        datasource_name: 'users',
        elapsed_time: 0,
        result: 'error',
        error: 'no: while pushing to view by_user: (THROW_IF)',
        pipe_id: 't_by_user',
        pipe_name: 'by_user',
      }),
    ]);
  });

  test('[SVT-08] [SVT-09] [SVT-16] its blocks', async () => {
    const blocks = `SELECT * FROM tinybird.block_log WHERE block_id IN (SELECT arrayJoin(blocks_ids)
      FROM tinybird.datasources_ops_log WHERE datasource_name IN ('hits', 'imported')) ORDER BY status, rows`;
    const done = { start_offset: null, end_offset: null, parser: null, processing_error: null };
    const job = {
      timestamp: AT_TEXT,
      import_id: 'job-1',
      job_id: 'job-1',
      block_id: expect.stringMatching(ULID),
    };
    const imported = {
      datasource_id: 't_imported',
      datasource_name: 'imported',
      source: 'https://example.com/a.csv',
    };
    expect(await found(blocks)).toEqual([
      {
        ...done,
        timestamp: AT_TEXT,
        import_id: '01JREQ00000000000000000001',
        job_id: null,
        request_id: '01JREQ00000000000000000001',
        source: 'stream',
        block_id: '01JBLOCK000000000000000001',
        status: 'done',
        datasource_id: 't_hits',
        datasource_name: 'hits',
        rows: 3,
        quarantine_lines: 2,
        empty_lines: null,
        bytes: 120,
        processing_time: 0.25,
      },
      {
        ...job,
        ...imported,
        request_id: '01JREQ00000000000000000003',
        status: 'done',
        start_offset: 0,
        end_offset: 5_000_000_000,
        rows: 2 ** 31 - 1,
        parser: 'block',
        quarantine_lines: null,
        empty_lines: 1,
        bytes: 2 ** 32 - 1,
        processing_time: 0.5,
        processing_error: null,
      },
      {
        ...done,
        ...job,
        ...imported,
        request_id: '01JREQ00000000000000000002',
        status: 'error',
        rows: null,
        quarantine_lines: null,
        empty_lines: null,
        bytes: null,
        processing_time: null,
        processing_error: expect.stringMatching(/^x{10000}$/),
      },
    ]);
  });

  test('[SVT-12] [SVT-14] [SVT-17] a job, of which a part failed', async () => {
    const rows = await found("SELECT * FROM tinybird.datasources_ops_log WHERE datasource_name = 'imported'");
    expect(rows).toEqual([
      expectedRow({
        timestamp: AT_TEXT,
        event_type: 'append',
        datasource_id: 't_imported',
        datasource_name: 'imported',
        result: 'partial-ok',
        elapsed_time: 1,
        error: 'one file of two',
        import_id: 'job-1',
        job_id: 'job-1',
        request_id: '01JREQ00000000000000000002',
        rows: 10,
        blocks_ids: [expect.stringMatching(ULID), expect.stringMatching(ULID)],
        'Options.Names': ['source', 'second'],
        'Options.Values': ['https://example.com/a.csv', expect.any(String)],
      }),
    ]);
  });

  test('a number that is none harms no other row', async () => {
    const rows = await found(
      "SELECT elapsed_time, event_type FROM tinybird.datasources_ops_log WHERE datasource_name = 'odd'",
    );
    expect(rows).toEqual([{ elapsed_time: 0, event_type: 'rename' }]);
  });

  test('[SVT-22] [SV-07] the same by day', async () => {
    const log = `SELECT toDate(timestamp) AS event_date, '${workspaces.mine}' AS workspace_id, event_type, pipe_id, pipe_name,
      countIf(result = 'error') AS error_count, count() AS executions, avg(elapsed_time) AS average,
      quantilesTiming(0.9, 0.95, 0.99)(toFloat64(elapsed_time) * 1000) AS quantiles, sum(read_bytes) AS rb, sum(read_rows) AS rr,
      sum(written_rows) AS wr, sum(written_bytes) AS wb, sum(written_rows_quarantine) AS wrq, sum(written_bytes_quarantine) AS wbq,
      arraySort(groupUniqArrayArray(resource_tags)) AS tags
      FROM tinybird.datasources_ops_log WHERE event_type LIKE 'append%' GROUP BY ALL ORDER BY ALL`;
    const stats = `SELECT event_date, workspace_id, event_type, pipe_id, pipe_name, sum(error_count) AS errors, sum(executions) AS e,
      avgMerge(avg_elapsed_time_state) AS average, quantilesTimingMerge(0.9, 0.95, 0.99)(quantiles_state) AS quantiles,
      sum(read_bytes), sum(read_rows), sum(written_rows), sum(written_bytes), sum(written_rows_quarantine),
      sum(written_bytes_quarantine), arraySort(groupUniqArrayArray(resource_tags)) AS tags
      FROM tinybird.datasources_ops_stats WHERE event_type LIKE 'append%'
      GROUP BY event_date, workspace_id, event_type, pipe_id, pipe_name ORDER BY ALL`;
    const rows = await server.rows(stats);
    expect(rows).toEqual(await server.rows(log));
    expect(rows.length).toBe(4);
  });
});

describe('[SVT-14] options', () => {
  test.each([
    ["Options.Values[indexOf(Options.Names, 'source')]", 'stream'],
    ["options.Values[indexOf(options.Names, 'source')]", 'stream'],
    ["o.Options.Values[indexOf(o.options.Names, 'source')]", 'stream'],
    ["arrayElement(Options.Values, indexOf(Options.Names, 'source'))", 'stream'],
    ['mapFromArrays(Options.Names, Options.Values)', { source: 'stream' }],
    ['options', [{ Names: 'source', Values: 'stream' }]],
  ])('%s', async (expression, value) => {
    const rows = await found(
      `SELECT ${expression} AS x FROM tinybird.datasources_ops_log o WHERE datasource_name = 'hits'`,
    );
    expect(rows).toEqual([{ x: value }]);
  });

  test('as rows', async () => {
    const rows = await found(
      `SELECT n, v FROM tinybird.datasources_ops_log ARRAY JOIN Options.Names AS n, Options.Values AS v
       WHERE datasource_name IN ('hits', 'synced') ORDER BY v`,
    );
    expect(rows).toEqual([
      { n: 'service', v: 'bigquery' },
      { n: 'source', v: 'stream' },
    ]);
  });
});

describe('[SV-05] a Workspace sees its own operations only, however it asks', () => {
  const LOG = 'tinybird.datasources_ops_log';

  test('each has its own', async () => {
    const theirs = await server.client(other).sql(`SELECT DISTINCT datasource_name FROM ${LOG} ORDER BY ALL`);
    expect(theirs.data).toEqual([{ datasource_name: 'first' }, { datasource_name: 'theirs' }]);
    const ids = (
      await server.client(other).sql('SELECT DISTINCT workspace_id FROM tinybird.datasources_ops_stats')
    ).data;
    expect(ids).toEqual([{ workspace_id: workspaces.theirs }]);
  });

  /** Each is 0 when no row of the other Workspace is read, and an error when one is looked at. */
  test.each([
    ['a plain question', `SELECT countIf(datasource_name = 'theirs') FROM ${LOG}`],
    [
      'a condition',
      `SELECT count() FROM ${LOG} WHERE datasource_name = 'theirs' OR has(Options.Values, 'theirs')`,
    ],
    ['the other name of options', `SELECT countIf(has(options.Values, 'theirs')) FROM ${LOG}`],
    ['blocks', "SELECT countIf(source = 'theirs') FROM tinybird.block_log"],
    [
      'days',
      `SELECT countIf(workspace_id = 'THEIRS' OR has(resource_tags, 'theirs')) FROM tinybird.datasources_ops_stats`,
    ],
    [
      'a join with its blocks',
      `SELECT countIf(b.source = 'theirs' OR o.request_id = 'theirs') FROM ${LOG} o FULL JOIN tinybird.block_log b USING request_id`,
    ],
    [
      'an error in a condition',
      `SELECT count() - count() FROM ${LOG} WHERE throwIf(datasource_name = 'theirs') = 0`,
    ],
    [
      'an error in a condition on the sorting key',
      `SELECT count() - count() FROM ${LOG} WHERE throwIf(datasource_id = 't_theirs') = 0 AND timestamp > 0`,
    ],
    [
      'an error in a condition on options',
      `SELECT count() - count() FROM ${LOG} WHERE throwIf(has(options.Values, 'theirs')) = 0`,
    ],
    [
      'an error in a join of options',
      `SELECT count() - count() FROM ${LOG} ARRAY JOIN Options.Names AS n WHERE throwIf(n = 'theirs') = 0`,
    ],
    [
      'an error in a condition on blocks',
      "SELECT count() - count() FROM tinybird.block_log WHERE throwIf(source = 'theirs') = 0",
    ],
    [
      'an error in a condition on days',
      "SELECT count() - count() FROM tinybird.datasources_ops_stats WHERE throwIf(workspace_id = 'THEIRS') = 0",
    ],
    [
      'an error in the order',
      `SELECT throwIf(datasource_name = 'theirs') AS e FROM ${LOG} ORDER BY e DESC LIMIT 1`,
    ],
  ])('%s', async (_title, text) => {
    const reply = await sql(`${text.replace('THEIRS', workspaces.theirs)} FORMAT CSV`);
    expect([reply.status, reply.body]).toEqual([200, 0]);
  });

  test.each([
    'goldcrest.datasources_ops_log',
    'goldcrest.datasources_ops_stats_feed',
    'goldcrest.block_log',
    "merge('tinybird', 'block_log')",
  ])('the rows of all, %s, can not be named', async (table) => {
    const reply = await sql(`SELECT count() FROM ${table}`);
    expect([400, 403]).toContain(reply.status);
    expect((await sql(`SELECT workspace_database FROM ${LOG}`)).status).toBe(400);
  });

  test('[SV-01] [SV-03] an endpoint over it is read by who may read the endpoint, and the table by ADMIN only', async () => {
    const nodes = [
      {
        name: 'ingested_node',
        sql: `% SELECT datasource_name, sum(rows) AS rows FROM ${LOG} WHERE event_type = {{String(kind)}} GROUP BY ALL`,
      },
    ];
    await server.client().createPipe({ name: 'ingested', nodes });
    const { token = '' } = await server.client().publish('ingested', 'ingested_node');
    const headers = { authorization: `Bearer ${token}` };
    const reply = await server.call('GET /v0/pipes/ingested.ndjson?kind=append', { headers });
    expect([reply.status, reply.body]).toEqual([200, { datasource_name: 'imported', rows: 10 }]);
    for (const table of [LOG, 'tinybird.block_log', 'tinybird.datasources_ops_stats'])
      expect((await sql(`SELECT * FROM ${table}`, token)).status).toBe(403);
  });
});

/** Queries of the documentation's pages on these tables, and what they find. */
const SAMPLES: [string, string, unknown][] = [
  [
    '[SVQ-09] percent failed and quarantined',
    `SELECT countIf(result != 'ok') / countIf(result == 'ok') * 100 percentage_failed, sum(rows_quarantine) / sum(rows) * 100 quarantined_rows
     FROM tinybird.datasources_ops_log WHERE datasource_name IN ('hits', 'imported')`,
    [{ percentage_failed: 100, quarantined_rows: (2 / 13) * 100 }],
  ],
  [
    '[SVQ-10] [SVT-15] [SVT-16] operations of a populate job',
    `SELECT event_type, pipe_name, result FROM tinybird.datasources_ops_log WHERE timestamp > now() - INTERVAL 1 DAY
     AND operation_id IN (SELECT operation_id FROM tinybird.datasources_ops_log WHERE timestamp > now() - INTERVAL 1 DAY
       and datasource_id = 't_filled' and job_id = 'job-2')
     ORDER BY timestamp ASC, event_type DESC, pipe_name`,
    [
      { event_type: 'populateview-queued', pipe_name: '', result: 'ok' },
      { event_type: 'populateview', pipe_name: '', result: 'ok' },
      { event_type: 'populateview', pipe_name: 'filled_by', result: 'error' },
    ],
  ],
  [
    '[SVQ-10] failed populates',
    `SELECT error FROM tinybird.datasources_ops_log WHERE datasource_id = 't_filled' AND pipe_name = 'filled_by'
     AND event_type LIKE 'populateview%' AND result = 'error' ORDER BY timestamp ASC`,
    [{ error: 'memory' }],
  ],
  [
    '[SVQ-11] resources that handle the most data',
    `WITH (SELECT sum(read_bytes + written_bytes) FROM tinybird.datasources_ops_log WHERE event_type NOT IN ('populateview', 'populateview-queued')
       AND timestamp >= now() - INTERVAL 24 HOUR) AS total, sum(read_bytes) AS processed_read, sum(written_bytes) AS processed_written
     SELECT datasource_name, pipe_name AS materializing_pipe, formatReadableSize(processed_read) AS read,
     formatReadableSize(processed_written) AS written, formatReadableSize(processed_read + processed_written) AS total_processed,
     (processed_read + processed_written) / total AS percentage FROM tinybird.datasources_ops_log
     WHERE event_type NOT IN ('populateview', 'populateview-queued') AND timestamp >= now() - INTERVAL 24 HOUR
     GROUP BY datasource_name, materializing_pipe HAVING percentage > 0.1 ORDER BY percentage DESC`,
    [
      {
        datasource_name: 'pages',
        materializing_pipe: 'by_page',
        read: '90.00 B',
        written: '20.00 B',
        total_processed: '110.00 B',
        percentage: expect.any(Number),
      },
      {
        datasource_name: 'hits',
        materializing_pipe: '',
        read: '0.00 B',
        written: '90.00 B',
        total_processed: '90.00 B',
        percentage: expect.any(Number),
      },
    ],
  ],
  [
    '[SVQ-12] Data Sources that are out of sync',
    `select datasource_id, argMax(datasource_name, timestamp) as datasource_name, max(case when result = 'ok' then timestamp end) as last_successful_sync
     from tinybird.datasources_ops_log where arrayExists(x -> x in ('bigquery','snowflake'), Options.Values)
     and toDate(timestamp) >= today() - interval 30 days and result = 'ok'
     group by datasource_id having max(event_type = 'delete') = false and last_successful_sync < now() - interval 1 hour`,
    [
      {
        datasource_id: 't_synced',
        datasource_name: 'synced',
        last_successful_sync: expect.stringMatching(SECOND),
      },
    ],
  ],
];

test.each(SAMPLES)('%s', async (_title, text, expected) => {
  expect(await found(text)).toEqual(expected);
});
