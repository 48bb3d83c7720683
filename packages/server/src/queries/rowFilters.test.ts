import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';
import { makePipe } from '../testing/pipes.js';

const SCHEMA = 'team String `json:$.team`, name String `json:$.name`, size Int32 `json:$.size`';
const RED = { team: 'red', name: 'ann', size: 1 };
const BLUE = { team: 'blue', name: 'bob', size: 2 };
const GREEN = { team: 'green', name: 'cid', size: 3 };

let server: TestServer;
let tokens: Record<keyof typeof SCOPES, string>;

/** All read `staff`; `newest` keeps the last row of each size. */
const SCOPES = {
  red: [
    "DATASOURCES:READ:staff:team = 'red'",
    "DATASOURCES:READ:newest:team = 'red'",
    'DATASOURCES:READ:teams',
  ],
  blue: [
    "DATASOURCES:READ:staff:team == 'blue' AND size IN (2, 3)",
    'PIPES:READ:everybody',
    'PIPES:READ:kept',
  ],
  two: ["DATASOURCES:READ:staff:team = 'red'", 'DATASOURCES:READ:staff:size > 2 OR 0'],
  all: ["DATASOURCES:READ:staff:team = 'red'", 'DATASOURCES:READ:staff'],
  none: ['DATASOURCES:READ:staff:NULL'],
  admin: ['ADMIN', "DATASOURCES:READ:staff:team = 'red'"],
  pipes: [
    "DATASOURCES:READ:staff:team = 'red'",
    "DATASOURCES:READ:newest:team = 'red'",
    'PIPES:READ:everybody',
    'PIPES:READ:above',
    'PIPES:READ:careful',
    'PIPES:READ:merged',
    'PIPES:READ:kept',
    'PIPES:READ:rejects',
    'PIPES:READ:by_size',
    'PIPES:READ:first',
  ],
  reader: ['PIPES:READ:everybody', 'PIPES:READ:kept'],
  gone: ['DATASOURCES:READ:staff:nowhere = 1', 'DATASOURCES:READ:teams', 'PIPES:READ:everybody'],
  joined: ['DATASOURCES:READ:lookup:size = 1', 'PIPES:READ:looks', 'DATASOURCES:READ:teams'],
  sized: ['DATASOURCES:READ:staff:size = 1'],
  quoted: ["DATASOURCES:READ:staff:name IN ('it''s', 'back\\\\slash', 'ann')"],
} as const;

beforeAll(async () => {
  server = await TestServer.start();
  const client = server.client();
  await client.createDataSource('staff', SCHEMA);
  await client.events('staff', [RED, BLUE, GREEN], { wait: true });
  await client.events(
    'staff',
    [
      { ...RED, size: 'x' },
      { ...BLUE, size: 'y' },
    ],
    { wait: true },
  );
  await server.form('POST /v0/datasources', {
    name: 'newest',
    schema: SCHEMA,
    engine: 'ReplacingMergeTree',
    engine_sorting_key: 'size',
  });
  await client.events('newest', [RED, BLUE], { wait: true });
  // Ann has left the team since: her row of before is not to be seen with FINAL.
  await client.events(
    'newest',
    [
      { ...RED, team: 'blue' },
      { ...GREEN, team: 'red' },
    ],
    { wait: true },
  );
  await client.createDataSource('teams', 'team String `json:$.team`');
  await client.events('teams', [{ team: 'red' }, { team: 'blue' }], { wait: true });
  await server.form('POST /v0/datasources', {
    name: 'lookup',
    schema: 'size Int32 `json:$.size`, name String `json:$.name`',
    engine: 'Join',
    engine_join_strictness: 'ANY',
    engine_join_type: 'LEFT',
    engine_key_columns: 'size',
  });
  await client.events('lookup', [{ size: 2, name: 'bob' }], { wait: true });
  await makePipe(server, 'everybody', { rows: 'SELECT name FROM staff ORDER BY name' }, { publish: 'rows' });
  await makePipe(server, 'above', { above_rows: 'SELECT name FROM everybody' }, { publish: 'above_rows' });
  const careful = 'SELECT name FROM staff PREWHERE size > 0 ORDER BY name';
  await makePipe(server, 'careful', { careful_rows: careful }, { publish: 'careful_rows' });
  const merged = 'SELECT name FROM newest FINAL ORDER BY name';
  await makePipe(server, 'merged', { merged_rows: merged }, { publish: 'merged_rows' });
  const kept = '% {{cache_ttl("1h")}} SELECT name FROM staff ORDER BY name';
  await makePipe(server, 'kept', { kept_rows: kept }, { publish: 'kept_rows' });
  const rejects = 'SELECT team FROM staff_quarantine';
  await makePipe(server, 'rejects', { rejects_rows: rejects }, { publish: 'rejects_rows' });
  const bySize = '% SELECT name FROM staff WHERE size >= {{Int32(least, 0)}} ORDER BY name';
  await makePipe(server, 'by_size', { by_size_rows: bySize }, { publish: 'by_size_rows' });
  const first = 'SELECT name FROM staff LIMIT 1';
  await makePipe(server, 'first', { first_row: first }, { publish: 'first_row' });
  const looks = "SELECT joinGet('lookup', 'name', toInt32(2)) AS name";
  await makePipe(server, 'looks', { looks_rows: looks }, { publish: 'looks_rows' });
  tokens = await server.makeTokens(SCOPES);
});
afterAll(() => server.stop());

type Who = keyof typeof SCOPES;

function ask(who: Who, call: string, init: RequestInit = {}): Promise<Reply> {
  return server.call(call, { ...init, headers: { authorization: `Bearer ${tokens[who]}`, ...init.headers } });
}

/** What a query answers: its rows as CSV, or its error. */
async function rows(who: Who, sql: string): Promise<unknown> {
  const { status, body } = await ask(who, 'POST /v0/sql', { body: `${sql} FORMAT CSV` });
  return status === 200 ? String(body).trim().replaceAll('"', '').split('\n') : [status, body];
}

/** The rows that an endpoint answers with. */
async function endpoint(who: Who, name: string, query = ''): Promise<unknown> {
  const { status, body } = await ask(who, `GET /v0/pipes/${name}.csv${query}`);
  return status === 200 ? String(body).trim().replaceAll('"', '').split('\n').slice(1) : [status, body];
}

describe('[QY-17] [AU-06] [TK-10] a token reads the rows that meet its filter', () => {
  test.each<[Who, string[]]>([
    ['red', ['ann']],
    ['blue', ['bob']],
    ['two', ['ann', 'cid']],
    ['all', ['ann', 'bob', 'cid']],
    ['none', ['']],
    ['admin', ['ann', 'bob', 'cid']],
    ['sized', ['ann']],
    ['quoted', ['ann']],
  ])('%s', async (who, names) => {
    expect(await rows(who, 'SELECT name FROM staff ORDER BY name')).toEqual(names);
  });

  test.each([
    ['a count', 'SELECT count() FROM staff', ['1']],
    ['an alias', 'SELECT s.name FROM staff AS s', ['ann']],
    ['its own name', 'SELECT staff.name FROM staff', ['ann']],
    ['all columns', 'SELECT * FROM staff', ['red,ann,1']],
    ['a subquery', 'SELECT name FROM (SELECT * FROM staff)', ['ann']],
    ['a scalar subquery', 'SELECT (SELECT max(name) FROM staff)', ['ann']],
    ['WITH', 'WITH s AS (SELECT * FROM staff) SELECT name FROM s', ['ann']],
    ['WITH inside', 'SELECT * FROM (WITH s AS (SELECT name FROM staff) SELECT * FROM s)', ['ann']],
    [
      'WITH RECURSIVE',
      'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT name FROM n JOIN staff ON toInt32(n.i) = staff.size',
      ['ann'],
    ],
    ['IN', "SELECT 'bob' IN (SELECT name FROM staff), 'ann' IN (SELECT name FROM staff)", ['0,1']],
    ['IN without a SELECT', "SELECT ('blue', 'bob', 2) IN staff, ('red', 'ann', 1) IN staff", ['0,1']],
    ['UNION ALL', 'SELECT name FROM staff UNION ALL SELECT name FROM staff', ['ann', 'ann']],
    ['brackets', '(SELECT name FROM staff) UNION ALL (SELECT name FROM staff)', ['ann', 'ann']],
    ['EXCEPT', "SELECT name FROM staff EXCEPT SELECT 'x'", ['ann']],
    ['a join', 'SELECT name FROM teams JOIN staff USING team', ['ann']],
    ['a join from the left', 'SELECT name FROM staff RIGHT JOIN teams USING team ORDER BY name', ['', 'ann']],
    ['a join with itself', 'SELECT b.name FROM staff AS a, staff AS b', ['ann']],
    ['a template', "% SELECT name FROM {{table('staff')}}", ['ann']],
    ['FINAL', 'SELECT name, team FROM newest FINAL ORDER BY name', ['cid,red']],
    ['FINAL and an alias', 'SELECT n.name FROM newest AS n FINAL', ['cid']],
    ['with FINAL and without', 'SELECT f.name FROM newest AS f FINAL JOIN newest AS n USING size', ['cid']],
    ['the quarantine', 'SELECT team, size FROM staff_quarantine', ['red,x']],
    ['a Data Source without a filter', 'SELECT count() FROM teams', ['2']],
  ])('through %s', async (_title, sql, found) => {
    expect(await rows('red', sql)).toEqual(found);
  });

  test.each<[string, Who, string]>([
    ['the Query API', 'red', 'GET /v0/sql?q=SELECT+name+FROM+staff+LIMIT+1+FORMAT+JSON'],
    ['an endpoint', 'pipes', 'GET /v0/pipes/first.json'],
  ])('and no number of others in a reply of %s', async (_title, who, call) => {
    const { status, body } = await ask(who, call);
    const rest = { rows: 1, rows_before_limit_at_least: 1, statistics: expect.anything() };
    const meta = [{ name: 'name', type: 'String' }];
    expect([status, body]).toEqual([200, { meta, data: [{ name: 'ann' }], ...rest }]);
  });

  test('a Data Source by its id', async () => {
    const list = await server.client().dataSources();
    const id = list.find(({ name }) => name === 'staff')?.id;
    expect(await rows('red', `SELECT name FROM ${id}`)).toEqual(['ann']);
  });
});

describe('[QY-17] [AU-15] [AU-17] [AU-26] a filter holds inside the Pipes that the token reads', () => {
  test.each([
    ['everybody', ['ann']],
    ['above', ['ann']],
    ['careful', ['ann']],
    ['merged', ['cid']],
    ['kept', ['ann']],
    ['rejects', ['red']],
    ['by_size', ['ann']],
    ['by_size?least=2', []],
  ])('%s', async (call, found) => {
    const [name = '', query] = call.split('?');
    expect(await endpoint('pipes', name, query && `?${query}`)).toEqual(found);
  });

  test.each([
    ['of the Query API', 'SELECT * FROM everybody', ['ann']],
    ['over Pipes of Pipes', 'SELECT * FROM above', ['ann']],
    [
      'beside the Data Source',
      'SELECT e.name FROM everybody AS e JOIN staff AS s ON e.name = s.name',
      ['ann'],
    ],
    ['that read FINAL, beside the Data Source', 'SELECT count() FROM merged, newest', ['2']],
  ])('%s', async (_title, sql, found) => {
    expect(await rows('pipes', sql)).toEqual(found);
  });

  test('and of the Query API of an endpoint', async () => {
    const body = new URLSearchParams({ q: 'SELECT _.name FROM _, staff' });
    const { body: found } = await ask('pipes', 'POST /v0/pipes/everybody.csv', { body });
    expect(found).toBe('"name"\n"ann"\n');
  });

  test('and not for a token without one', async () => {
    expect(await endpoint('reader', 'everybody')).toEqual(['ann', 'bob', 'cid']);
  });

  test('and when the Pipe has been asked by others before', async () => {
    const asked: Who[] = ['reader', 'pipes', 'blue', 'reader', 'pipes', 'blue'];
    const found = await Promise.all(asked.map((who) => endpoint(who, 'everybody')));
    const [all, ann, bob] = [['ann', 'bob', 'cid'], ['ann'], ['bob']];
    expect(found).toEqual([all, ann, bob, all, ann, bob]);
  });
});

describe('[QY-17] what is kept of a result is for the same filter only', () => {
  test('[EP-15] by the server, with cache_ttl()', async () => {
    const asked: Who[] = ['reader', 'pipes', 'blue', 'reader', 'pipes', 'blue'];
    const found: unknown[] = [];
    for (const who of asked) found.push(await endpoint(who, 'kept'));
    const [all, ann, bob] = [['ann', 'bob', 'cid'], ['ann'], ['bob']];
    expect(found).toEqual([all, ann, bob, all, ann, bob]);
  });

  test('by the client, with an ETag of another token', async () => {
    const { headers } = await ask('reader', 'GET /v0/pipes/kept.json');
    const known = { 'if-none-match': headers.get('etag') ?? '' };
    expect((await ask('reader', 'GET /v0/pipes/kept.json', { headers: known })).status).toBe(304);
    const other = await ask('pipes', 'GET /v0/pipes/kept.json', { headers: known });
    expect([other.status, other.headers.get('vary')]).toEqual([200, 'Authorization, Accept-Encoding']);
    expect(other.body).toMatchObject({ data: [{ name: 'ann' }], rows: 1 });
  });
});

describe('[QY-17] what could be got around a filter is refused', () => {
  const taken = "The WITH name 'staff' is taken by a resource; choose another one.";
  test.each([
    ['WITH staff AS (SELECT * FROM staff WHERE throwIf(size = 2) = 0) SELECT * FROM staff', taken],
    ['SELECT * FROM (WITH staff AS (SELECT * FROM staff) SELECT * FROM staff)', taken],
    ['SELECT * FROM view(SELECT * FROM staff)', 'The table function view is not allowed with this token.'],
    [
      "SELECT * FROM merge(currentDatabase(), '^staff$')",
      'The table function merge reaches tables in a way that cannot be checked; name the table in FROM instead.',
    ],
    [
      "SELECT * FROM staff SETTINGS additional_table_filters = '{}'",
      expect.stringMatching(/^The setting 'additional_table_filters' is not allowed in a query\./),
    ],
    [
      "SELECT * FROM (SELECT * FROM staff SETTINGS additional_table_filters = '{}')",
      expect.stringMatching(/^SETTINGS can only stand at the end of the whole query/),
    ],
    [
      'SELECT * FROM lookup',
      "There is no Data Source or Pipe 'lookup' that may be read. Check its name and the scopes of the token.",
    ],
  ])('%s', async (sql, error) => {
    const { status, body } = await ask('red', 'POST /v0/sql', { body: sql });
    expect([status, body]).toEqual([403, { error }]);
  });

  test('a table that is named like another one, whose filter the engine would take for it', async () => {
    const { u: id } = JSON.parse(Buffer.from(tokens.red.split('.')[1] ?? '', 'base64url').toString());
    const alias = `w_${id.replaceAll('-', '')}.newest`;
    expect(await rows('red', `SELECT count() FROM staff AS \`${alias}\``)).toEqual([
      403,
      { error: `A table can not be named '${alias}'; choose a name without a dot.` },
    ]);
  });

  test('[QY-13] explain=true', async () => {
    const { status, body } = await ask('red', 'GET /v0/sql?explain=true&q=SELECT+*+FROM+staff');
    expect([status, body]).toEqual([403, { error: expect.stringMatching(/admin/i) }]);
  });

  test('and the description of the Data Source, with the number of all rows', async () => {
    const error = 'The token `red` may not do this: it needs the scope DATASOURCES:READ:staff.';
    const one = await ask('red', 'GET /v0/datasources/staff');
    expect([one.status, one.body]).toEqual([403, { error }]);
    const { body } = await ask('red', 'GET /v0/datasources?attrs=name');
    expect(body).toEqual({ datasources: [{ name: 'teams' }] });
  });
});

describe('[QY-17] a filter that does not fit its Data Source lets nothing be read', () => {
  const sorry = 'Nothing is read until the token has another filter.';
  const gone = `The token \`gone\` may read some rows of \`staff\` only. The filter for rows of the Data Source \`staff\` can not be used: There is no column 'nowhere'. ${sorry}`;
  const joined = `The token \`joined\` may read some rows of \`lookup\` only. The filter for rows of the Data Source \`lookup\` can not be used: a Data Source with the engine Join is always read whole. ${sorry}`;
  const sized = `The token \`sized\` may read some rows of \`staff_quarantine\` only. All columns are texts there, and its filter compares others. ${sorry}`;

  test.each<[Who, string, string]>([
    ['gone', 'SELECT * FROM staff', gone],
    ['gone', 'SELECT count() FROM staff', gone],
    ['gone', 'SELECT 1 IN (SELECT size FROM staff)', gone],
    ['gone', 'SELECT * FROM everybody', gone],
    ['gone', 'SELECT * FROM staff_quarantine', gone.replace('`staff` only', '`staff_quarantine` only')],
    ['joined', "SELECT joinGet('lookup', 'name', toInt32(2))", joined],
    ['joined', 'SELECT * FROM lookup', joined],
    ['joined', 'SELECT * FROM looks', joined],
    ['sized', 'SELECT * FROM staff_quarantine', sized],
  ])('%s: %s', async (who, sql, error) => {
    expect(await rows(who, sql)).toEqual([403, { error }]);
  });

  test.each<[Who, string, string]>([
    ['gone', 'everybody', gone],
    ['joined', 'looks', joined],
  ])('%s: the endpoint %s', async (who, name, error) => {
    expect(await endpoint(who, name)).toEqual([403, { error }]);
  });

  test('and keeps nobody from what it is not about', async () => {
    expect(await rows('gone', 'SELECT count() FROM teams')).toEqual(['2']);
    expect(await rows('joined', 'SELECT count() FROM teams')).toEqual(['2']);
  });
});
