import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMetadata } from '../metadata/index.js';
import { type Reply, TestServer } from '../testing/harness.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

const TIME = expect.stringMatching(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{6}$/);
const ID = expect.stringMatching(/^t_[0-9a-f]{32}$/);

function create(fields: Record<string, string>): Promise<Reply> {
  return server.form('POST /v0/datasources', fields);
}

/** Asserts that there is neither a Data Source nor a table of that name: a valid one can be made and taken away again. */
async function expectNothing(name: string): Promise<void> {
  expect((await server.call(`GET /v0/datasources/${name}`)).status).toBe(404);
  const query = await server.call('POST /v0/sql', { body: `SELECT count() FROM ${name}` });
  expect([query.status, query.headers.get('x-db-exception-code')]).toEqual([400, '60']);
  if (name.endsWith('_quarantine')) return;
  expect((await create({ name, schema: 'a Int32' })).status).toBe(200);
  expect((await server.call(`DELETE /v0/datasources/${name}`)).status).toBe(204);
}

function column(name: string, type: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const common = { codec: null, default_value: null, jsonpath: null, nullable: false };
  return { name, type, ...common, normalized_name: name, ...more };
}

describe('creating', () => {
  test('[DS-01] [DS-28] [DS-41] [DS-42] [DS-N4] from a schema: the reply shows the whole Data Source', async () => {
    const reply = await create({ name: 'stocks', schema: 'symbol String, date Date, close Float32' });
    expect([reply.status, reply.body]).toEqual([
      200,
      {
        datasource: {
          id: ID,
          name: 'stocks',
          cluster: 'goldcrest',
          tags: {},
          created_at: TIME,
          updated_at: TIME,
          replicated: false,
          version: 0,
          project: null,
          headers: {},
          shared_with: [],
          engine: {
            engine: 'MergeTree',
            engine_sorting_key: 'date',
            engine_partition_key: '',
            engine_primary_key: 'date',
          },
          description: '',
          used_by: [],
          type: 'csv',
          columns: [column('symbol', 'String'), column('date', 'Date'), column('close', 'Float32')],
          statistics: { bytes: 0, row_count: 0 },
          new_columns_detected: {},
          quarantine_rows: 0,
        },
        quarantine_rows: 0,
        invalid_lines: 0,
      },
    ]);
  });

  test('[DS-11] [JP-01] [JP-02] [JP-04] [EN-19] with JSONPaths, defaults and codecs', async () => {
    const schema = [
      'ts DateTime64(3) `json:$.ts` CODEC(DoubleDelta, ZSTD(1))',
      "`city` LowCardinality(String) `json:$.place.city` DEFAULT 'nowhere'",
      'tags Array(String) `json:$.tags[:]`',
      'note Nullable(String) `json:$.note`',
      'raw String `json:$`',
    ].join(',\n');
    const reply = await create({ name: 'paths', format: 'ndjson', schema });
    expect(reply.body).toMatchObject({
      datasource: {
        type: 'ndjson',
        columns: [
          column('ts', 'DateTime64(3)', { jsonpath: '$.ts', codec: 'CODEC(DoubleDelta, ZSTD(1))' }),
          column('city', 'LowCardinality(String)', {
            jsonpath: '$.place.city',
            default_value: "DEFAULT 'nowhere'",
          }),
          column('tags', 'Array(String)', { jsonpath: '$.tags[:]' }),
          column('note', 'Nullable(String)', { jsonpath: '$.note', nullable: true }),
          column('raw', 'String', { jsonpath: '$' }),
        ],
      },
    });
  });

  test('[DS-12] [DS-13] [EN-03] with an engine and its options, which the engine then has', async () => {
    const reply = await create({
      schema: 'pk UInt64, insert_date Date, close Float32',
      engine: 'ReplacingMergeTree',
      engine_sorting_key: 'pk',
      engine_ver: 'insert_date',
      engine_partition_key: 'toYYYYMM(insert_date)',
      engine_ttl: 'insert_date + toIntervalDay(60)',
      name: 'test123',
      engine_settings: 'index_granularity=2048, ttl_only_drop_parts=false',
    });
    expect(reply.body).toMatchObject({
      datasource: {
        engine: {
          engine: 'ReplacingMergeTree',
          engine_sorting_key: 'pk',
          engine_partition_key: 'toYYYYMM(insert_date)',
          engine_primary_key: 'pk',
          engine_ttl: 'insert_date + toIntervalDay(60)',
          engine_ver: 'insert_date',
          engine_settings: 'index_granularity=2048, ttl_only_drop_parts=0',
        },
      },
    });
  });

  test('[EN-03] ReplacingMergeTree takes its version by the name of the other engine, too', async () => {
    const engine = { engine: 'ReplacingMergeTree', engine_sorting_key: 'id' };
    const reply = await create({
      name: 'by_version',
      schema: 'id UInt8, v UInt8',
      ...engine,
      engine_version: 'v',
    });
    expect(reply.body).toMatchObject({ datasource: { engine: { ...engine, engine_ver: 'v' } } });
  });

  test('[EN-01] rows of the engine Join are found by joinGet, and are there after a restart', async () => {
    const options = { engine_join_strictness: 'any', engine_join_type: 'left', engine_key_columns: 'sku' };
    const schema = 'sku UInt32, `shown name` String';
    expect((await create({ name: 'products', schema, engine: 'Join', ...options })).status).toBe(200);
    await server.client().events('products', [{ sku: 7, 'shown name': 'feeder' }], { wait: true });
    await server.restart();
    const sql =
      "SELECT joinGet('products', 'shown name', toUInt32(n)) FROM (SELECT 7 + number AS n FROM numbers(2))";
    expect(await server.rows(sql)).toEqual([['feeder'], ['']]);
    expect((await server.client().dataSource('products')).statistics.row_count).toBe(1);
  });

  test.each([
    ['MergeTree', {}],
    ['SummingMergeTree', { engine_sorting_key: 'id, day' }],
    ['AggregatingMergeTree', { engine_sorting_key: '(id, day)' }],
    ['CollapsingMergeTree', { engine_sign: 'sign' }],
    ['VersionedCollapsingMergeTree', { engine_sign: 'sign', engine_version: 'version' }],
    ['ReplacingMergeTree', { engine_ver: 'version', engine_is_deleted: 'deleted' }],
    ['Join', { engine_join_strictness: 'ANY', engine_join_type: 'LEFT', engine_key_columns: 'id, sign' }],
    ['Null', {}],
  ])('[EN-01] [EN-02] [EN-04] [EN-05] [EN-06] [EN-07] the engine %s can be had', async (engine, options) => {
    const schema =
      'id UInt64, day Nullable(Date), sign Int8, version UInt32, deleted UInt8, lc LowCardinality(UInt64)';
    const name = `engine_${engine}`;
    const reply = await create({ name, schema, engine, ...options });
    expect([reply.status, reply.body]).toMatchObject([
      200,
      { datasource: { engine: { engine, ...options } } },
    ]);
    expect(
      (
        await server
          .client()
          .events(name, [{ id: 1, sign: 1, version: 1, deleted: 0, lc: 1 }], { wait: true })
      ).successful_rows,
    ).toBe(1);
  });

  test.each([
    ['DateTime before numbers and text', 'a String, b Int32, c DateTime', 'c'],
    ['a number before text', 'a String, b Int32', 'b'],
    ['text', 'a String', 'a'],
    ['nothing when all is Nullable', 'a Nullable(String)', 'tuple()'],
  ])('[EN-10] the default sorting key is %s', async (_title, schema, key) => {
    const reply = await create({ schema });
    expect(reply.body).toMatchObject({ datasource: { engine: { engine_sorting_key: key } } });
  });

  test('[DS-04] without a name one is generated', async () => {
    const reply = await create({ schema: 'a Int32' });
    expect(reply.body).toMatchObject({
      datasource: { name: expect.stringMatching(/^datasource_[0-9a-z]{26}$/) },
    });
  });
});

describe('reading', () => {
  test('[DS-40] [DS-43] the list, with only the attributes asked for', async () => {
    await create({ name: 'listed', schema: 'a Int32' });
    const reply = await server.call('GET /v0/datasources?attrs=name,type');
    expect(reply.body).toMatchObject({
      datasources: expect.arrayContaining([{ name: 'listed', type: 'csv' }]),
    });
  });

  test('[DS-46] [GN-25] [GN-26] one by name, by id and by decorated id', async () => {
    const { id } = await server.client().createDataSource('by_id', 'a Int32');
    const byName = await server.call('GET /v0/datasources/by_id');
    const decorated = `t_a_label.${id.slice(2)}`;
    expect(byName.body).toMatchObject({ id, name: 'by_id' });
    expect((await server.call(`GET /v0/datasources/${id}`)).body).toEqual(byName.body);
    expect((await server.call(`GET /v0/datasources/${decorated}`)).body).toEqual(byName.body);
    expect((await server.call(`GET /v0/datasources/${id}?attrs=name`)).body).toEqual({ name: 'by_id' });
  });

  test('[DS-44] statistics count rows and bytes, and quarantine_rows what did not fit', async () => {
    const client = server.client();
    await client.createDataSource('counted', 'a Int32 `json:$.a`');
    await client.events('counted', [{ a: 1 }, { a: 2 }, { a: 'x' }], { wait: true });
    const { statistics, quarantine_rows } = await client.dataSource('counted');
    expect([statistics.row_count, quarantine_rows]).toEqual([2, 1]);
    expect(statistics.bytes).toBeGreaterThan(0);
  });

  test('[DS-46] used_by names the Pipes that read it', async () => {
    const client = server.client();
    await client.createDataSource('used', 'a Int32');
    const pipe = await client.createPipe({
      name: 'uses_it',
      nodes: [{ name: 'n', sql: 'SELECT a FROM used' }],
    });
    expect((await client.dataSource('used')).used_by).toEqual([{ id: pipe.id, name: 'uses_it' }]);
  });

  test('[DS-46] an unknown one is answered with 404 and the nearest name', async () => {
    await create({ name: 'page_views', schema: 'a Int32' });
    const reply = await server.call('GET /v0/datasources/page_view');
    const error = 'There is no Data Source `page_view` in this Workspace. Did you mean `page_views`?';
    expect([reply.status, reply.body]).toEqual([404, { error }]);
  });
});

describe('removing', () => {
  test('[DS-49] takes its rows and its quarantine with it and frees the name', async () => {
    const client = server.client();
    await client.createDataSource('gone', 'a Int32 `json:$.a`');
    await client.events('gone', [{ a: 1 }, { a: 'x' }], { wait: true });
    expect((await server.call('DELETE /v0/datasources/gone')).status).toBe(204);
    await expectNothing('gone');
    await expectNothing('gone_quarantine');
    await client.createDataSource('gone', 'b String');
    expect(await server.rows('SELECT count() FROM gone')).toEqual([[0]]);
  });

  test('[DS-52] that is only to be tried removes nothing', async () => {
    const client = server.client();
    await client.createDataSource('stays', 'a Int32 `json:$.a`');
    await client.events('stays', [{ a: 1 }], { wait: true });
    const { status, body } = await server.call('DELETE /v0/datasources/stays?dry_run=true&force=true');
    expect([status, body]).toEqual([
      501,
      {
        error:
          'dry_run is not available in this version of Goldcrest. Nothing was removed. GET /v0/datasources/{name} has the Pipes that read it in `used_by`.',
      },
    ]);
    expect(await server.rows('SELECT count() FROM stays')).toEqual([[1]]);
  });
});

test.each(['creating', 'dropping'])('what a crash leaves %s is removed at the next start', async (status) => {
  const name = `crashed_${status}`;
  const client = server.client();
  await client.createDataSource(name, 'a Int32 `json:$.a`');
  await client.events(name, [{ a: 1 }], { wait: true });
  const { id } = await client.dataSource(name);
  await server.restart({}, async () => {
    const metadata = await openMetadata({
      kind: 'sqlite',
      path: join(server.directory, 'data', 'metadata.sqlite'),
    });
    await metadata.db.updateTable('datasources').set({ status }).where('id', '=', id).execute();
    await metadata.close();
  });
  await expectNothing(name);
});

describe('bad input', () => {
  const cases: [string, Record<string, string>, number, string | RegExp][] = [
    [
      'no schema',
      {},
      400,
      'The parameter `schema` is missing. Describe the columns, e.g. schema=id Int32, name String.',
    ],
    ['an empty schema', { schema: ' ' }, 400, /^The schema is not valid: /],
    [
      'an unknown column type',
      { schema: 'a Integr' },
      400,
      /^The schema is not valid: .*Integr.*\(UNKNOWN_TYPE\)$/s,
    ],
    ['a duplicate column', { schema: 'a Int32, a String' }, 400, /^The schema is not valid: .*`?a`?/],
    ['a bad JSONPath', { schema: 'a Int32 `json:a.b`', format: 'ndjson' }, 400, /^The schema is not valid: /],
    [
      'two array steps in a JSONPath',
      { schema: 'a Int32 `json:$.a[:].b[:]`', format: 'ndjson' },
      400,
      /^The schema is not valid: /,
    ],
    [
      'no JSONPath in an NDJSON schema',
      { schema: 'a Int32', format: 'ndjson' },
      400,
      /has no JSONPath, which the format ndjson needs/,
    ],
    [
      'an unknown format',
      { schema: 'a Int32', format: 'xml' },
      400,
      'The parameter `format` is not valid: `xml` is not one of csv, ndjson, parquet.',
    ],
    [
      'an unknown engine',
      { schema: 'a Int32', engine: 'Log' },
      400,
      /^The engine options are not valid: `Log` is not an engine\. Use one of: MergeTree, /,
    ],
    [
      'an unknown engine option',
      { schema: 'a Int32', engine_order: 'a' },
      400,
      /there is no option `engine_order`/,
    ],
    [
      'a sorting key of an unknown column',
      { schema: 'a Int32', engine_sorting_key: 'b' },
      400,
      /^The schema is not valid: .*\(UNKNOWN_IDENTIFIER\)|Missing columns/,
    ],
    [
      'a version that is no column',
      { schema: 'a Int32', engine: 'ReplacingMergeTree', engine_ver: 'b' },
      400,
      /`engine_ver` is `b`, which is not a column/,
    ],
    [
      'a missing sign',
      { schema: 'a Int8', engine: 'CollapsingMergeTree' },
      400,
      /the engine CollapsingMergeTree needs engine_sign/,
    ],
    [
      'a Join without what it joins by',
      { schema: 'a Int8', engine: 'Join', engine_join_type: 'LEFT' },
      400,
      /the engine Join needs engine_join_strictness and engine_key_columns/,
    ],
    [
      'a Join by what is no column',
      {
        schema: 'a Int8',
        engine: 'Join',
        engine_join_strictness: 'ANY',
        engine_join_type: 'LEFT',
        engine_key_columns: 'a, b',
      },
      400,
      /`engine_key_columns` is `b`, which is not a column/,
    ],
    [
      'a Join of an unknown kind',
      { schema: 'a Int8', engine: 'Join', engine_join_strictness: 'ANY) --' },
      400,
      /`engine_join_strictness` is `ANY\) --`. Use one of: ANY, ALL, SEMI, ANTI\./,
    ],
    [
      'a Join with settings of a MergeTree',
      { schema: 'a Int8', engine: 'Join', engine_settings: 'index_granularity=8' },
      400,
      /the engine Join takes no `engine_settings`/,
    ],
    [
      'a sorted Join',
      { schema: 'a Int8', engine: 'Join', engine_sorting_key: 'a' },
      400,
      /the engine Join takes no `engine_sorting_key`/,
    ],
    [
      'an engine that every object has',
      { schema: 'a Int32', engine: 'constructor' },
      400,
      /`constructor` is not an engine/,
    ],
    [
      'a column of the quarantine',
      { schema: 'a Int32, insertion_date DateTime' },
      400,
      /the column name `insertion_date` is reserved for quarantine/,
    ],
    [
      'a codec that encrypts',
      { schema: 'a String CODEC(AES_128_GCM_SIV)' },
      400,
      /the codec of `a` encrypts/,
    ],
    [
      'an unknown engine setting',
      { schema: 'a Int32', engine_settings: 'storage_policy=1' },
      400,
      /`storage_policy` in engine_settings is not one of/,
    ],
    [
      'a default that reads a file',
      { schema: "a String DEFAULT file('/etc/passwd')" },
      400,
      /the default of `a` can not be used: .*file/,
    ],
    [
      'a default that reads a table',
      { schema: 'a UInt64 DEFAULT (SELECT count() FROM system.tables)' },
      400,
      /The schema is not valid/,
    ],
    [
      'a sorting key with a subquery',
      { schema: 'a Int32', engine_sorting_key: '(SELECT 1)' },
      400,
      /The engine options are not valid: `engine_sorting_key`/,
    ],
    [
      'a sorting key that closes its bracket',
      { schema: 'a Int32', engine_sorting_key: 'a) AS SELECT (1' },
      400,
      /The engine options are not valid: `engine_sorting_key`/,
    ],
    [
      'a second statement in a type',
      { schema: 'a Int32); DROP TABLE stocks; --' },
      400,
      /^The schema is not valid: /,
    ],
    [
      'a mode that does not exist',
      { schema: 'a Int32', mode: 'merge' },
      400,
      /`merge` is not one of create, append, replace/,
    ],
    [
      'an import from a URL',
      { url: 'http://example.com/x.csv' },
      501,
      /^Importing from a URL is not available/,
    ],
    ['an append', { mode: 'append' }, 501, /^mode=append is not available/],
  ];

  test.each(cases)('[ERR-03] %s is refused and leaves nothing', async (title, fields, status, error) => {
    const name = `bad_${title.replace(/\W/g, '_')}`;
    const reply = await create({ name, ...fields });
    const text = typeof error === 'string' ? error : expect.stringMatching(error);
    expect([reply.status, reply.body]).toEqual([status, { error: text }]);
    await expectNothing(name);
  });

  test.each([
    ['[DM-01] a type', 'String'],
    ['[DM-01] a type in another case', 'datetime64'],
    ['[DM-02] an SQL word', 'select'],
    ['[DM-03] a word of the platform', 'tinybird'],
    ['a digit at the beginning', '1st'],
    ['a dash', 'a-b'],
    ['the sign for a Pipe', '_'],
    ['an id', 't_0123456789abcdef0123456789abcdef'],
    ['too many letters', 'x'.repeat(169)],
    ['a quote', 'a`b'],
    ['nothing', ''],
  ])('%s can not be its name', async (_title, name) => {
    const reply = await create({ name, schema: 'a Int32' });
    const error = expect.stringMatching(/^The name /);
    expect([reply.status, reply.body]).toEqual([400, { error }]);
  });

  test('[DM-05] [DM-09] a taken name is answered with 409', async () => {
    const client = server.client();
    await client.createDataSource('taken', 'a Int32');
    await client.createPipe({ name: 'taken_pipe', nodes: [{ name: 'taken_node', sql: 'SELECT 1' }] });
    const kinds = {
      taken: 'Data Source',
      taken_pipe: 'Pipe',
      taken_node: 'node of a Pipe',
      taken_quarantine: 'quarantine table',
    };
    for (const [name, kind] of Object.entries(kinds)) {
      const reply = await create({ name, schema: 'a Int32' });
      const error = `The name \`${name}\` is taken by a ${kind} of this Workspace. Choose another one.`;
      expect([reply.status, reply.body]).toEqual([409, { error }]);
    }
  });

  test('[DM-09] a Data Source and one named like its quarantine, made at once, do not harm each other', async () => {
    for (let round = 0; round < 10; round++) {
      const names = [`pair_${round}`, `pair_${round}_quarantine`];
      const replies = await Promise.all(names.map((name) => create({ name, schema: 'a Int32 `json:$.a`' })));
      const made = names.filter((_, i) => replies[i]?.status === 200);
      expect(replies.map((reply) => reply.status).sort()).toEqual([200, 409]);
      for (const name of made) {
        const counts = await server.client().events(name, [{ a: 1 }, { a: 'x' }], { wait: true });
        expect(counts).toEqual({ successful_rows: 1, quarantined_rows: 1 });
      }
    }
  });

  test('[DM-05] of twenty requests for one name at the same time one wins', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => create({ name: 'raced', schema: 'a Int32' })),
    );
    expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1);
    expect(replies.filter((reply) => reply.status === 409)).toHaveLength(19);
    expect((await server.client().events('raced', [{ a: 1 }], { wait: true })).successful_rows).toBe(1);
  });
});
