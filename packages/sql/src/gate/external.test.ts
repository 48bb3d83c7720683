import { Session } from 'chdb';
import { afterAll, describe, expect, test } from 'vitest';
import { AddressList } from './address.js';
import { STANDARD_ALLOWANCE } from './allowance.js';
import { checkQuery, type PassedQuery } from './gate.js';
import { GateError } from './gateError.js';
import { fillSecrets, hideTexts } from './secrets.js';
import type { GatePolicy } from './tableRules.js';

const session = new Session();
afterAll(() => session.close());

const resources = new Set(['t', 'u', 'domain']);
const plain: GatePolicy = { resources, table: (name) => resources.has(name) };
const policy: GatePolicy = {
  ...plain,
  external: {
    functions: new Set(['postgresql', 'mysql', 'url', 's3', 'gcs']),
    addresses: AddressList.parse([
      'db.example.com:5432',
      'db.example.com:3306',
      '10.0.0.7:5432',
      '[::1]:5432',
      '*.files.example.com:443',
      'files.example.com:80',
      'bucket.s3.amazonaws.com:443',
      'storage.googleapis.com:443',
      'minio:9000',
    ]),
  },
};
const SECRETS = new Map([
  ['mark_password', "p'w\\d"],
  ['mark_host', 'db.example.com:5432'],
  ['mark_evil', 'evil.example.org:5432'],
]);

function check(sql: string, by: GatePolicy = policy): PassedQuery {
  return checkQuery(sql, session.query(`EXPLAIN AST ${sql}`, 'TabSeparatedRaw'), by, SECRETS);
}

function refusal(
  sql: string,
  by: GatePolicy = policy,
): { kind: string; subject: string; message: string } | null {
  try {
    check(sql, by);
    return null;
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    const { kind, subject, message } = error;
    return { kind, subject, message };
  }
}

const postgres = (host: string, rest = "'d', 't', 'u', 'p'"): string =>
  `SELECT * FROM postgresql(${host}, ${rest})`;

describe('[PS-08] table functions that read from other servers, where they are allowed', () => {
  test.each([
    [postgres("'db.example.com:5432'"), 'db.example.com:5432', ['p']],
    [postgres("'db.example.com'"), 'db.example.com:5432', ['p']],
    [postgres("'DB.Example.com:5432'"), 'db.example.com:5432', ['p']],
    [postgres("'10.0.0.7:5432'"), '10.0.0.7:5432', ['p']],
    [postgres("'[::1]:5432'"), '[::1]:5432', ['p']],
    [postgres("'db.example.com:5432'", "'d', 't', 'u', 'p', 'public'"), 'db.example.com:5432', ['p']],
    [
      postgres("'mark_host'", "'d', 't', 'u', 'mark_password'"),
      'db.example.com:5432',
      [SECRETS.get('mark_host'), SECRETS.get('mark_password'), SECRETS.get('mark_password')],
    ],
    ["SELECT * FROM mysql('db.example.com', 'd', 't', 'u', '')", 'db.example.com:3306', ['']],
    [
      "SELECT * FROM url('https://a.files.example.com/x.csv?a=1,2', CSV, 'a Int8, b String')",
      'a.files.example.com:443',
      [],
    ],
    ["SELECT * FROM url('http://files.example.com/x', 'JSONEachRow')", 'files.example.com:80', []],
    [
      "SELECT * FROM url('https://a.b.files.example.com:443/x', Parquet, 'auto', 'gzip')",
      'a.b.files.example.com:443',
      [],
    ],
    ["SELECT * FROM s3('s3://bucket/{a,b}/*.parquet')", 'bucket.s3.amazonaws.com:443', []],
    [
      "SELECT * FROM s3('https://bucket.s3.amazonaws.com/x.csv', NOSIGN, CSV)",
      'bucket.s3.amazonaws.com:443',
      [],
    ],
    [
      "SELECT * FROM s3('http://minio:9000/b/x.csv', 'AKIA', 'k/e+y=', 'CSVWithNames', 'a Int8')",
      'minio:9000',
      ['AKIA', 'k/e+y='],
    ],
    ["SELECT * FROM gcs('gs://bucket/x.parquet', NOSIGN)", 'storage.googleapis.com:443', []],
    [
      "WITH x AS (SELECT * FROM url('http://files.example.com/x', CSV)) SELECT * FROM x JOIN t USING a",
      'files.example.com:80',
      [],
    ],
  ])('passes %s', (sql, address, hidden) => {
    expect(check(sql)).toMatchObject({ addresses: [address], hidden, tablesAfterIn: false });
  });

  test.each([
    postgres("'evil.example.com:5432'"),
    postgres("'db.example.com:5433'"),
    postgres("'db.example.com:05432x'"),
    postgres("'db.example.com.:5432'"),
    postgres("'xdb.example.com:5432'"),
    postgres("'u@db.example.com:5432'"),
    postgres("'db.example.com:5432,evil.org:5432'"),
    postgres("'db.example.com:5432|evil.org:5432'"),
    postgres("'{db.example.com,evil.org}:5432'"),
    postgres("'db.example.com:5432 host=evil.org'"),
    postgres("'/var/run/postgresql:5432'"),
    postgres("''"),
    postgres("'10.7:5432'"),
    postgres("'10.0.0.07:5432'"),
    postgres("'0x0a000007:5432'"),
    postgres("'167772167:5432'"),
    postgres("'[0:0::1]:5432'"),
    postgres("'[::ffff:10.0.0.7]:5432'"),
    postgres("'mark_evil'"),
    postgres("concat('db.example.com', ':5432')"),
    postgres("'db.example.com:5432' AS a"),
    postgres('5432'),
    postgres("(SELECT 'db.example.com:5432')"),
    postgres("'db.example.com:5432'", "'d', 't', 'u'"),
    postgres("'db.example.com:5432'", "'d', 't', 'u', 'p', 'public', 'ON CONFLICT DO NOTHING'"),
    postgres("'db.example.com:5432'", "'d\\' host=\\'evil.org', 't', 'u', 'p'"),
    postgres("'db.example.com:5432'", "'d', 't\"', 'u', 'p'"),
    postgres("'db.example.com:5432'", "'d', 't', 'u', concat('p', 'q')"),
    postgres("'db.example.com:5432'", "'d', 't', 'u', 'p' AS pw"),
    postgres("'db.example.com:5432'", "'d', (SELECT 1), 'u', 'p'"),
    'SELECT * FROM postgresql(my_collection)',
    "SELECT * FROM postgresql(my_collection, host = 'evil.org')",
    "WITH 'evil.org:5432' AS h SELECT * FROM postgresql(h, 'd', 't', 'u', 'p')",
    'SELECT * FROM postgresql()',
    "SELECT * FROM mysql('db.example.com:3306', 'd', 't', 'u', 'p', 1)",
    "SELECT * FROM mysql('db.example.com:3307', 'd', 't', 'u', 'p')",
    "SELECT * FROM url('https://files.example.com/x')",
    "SELECT * FROM url('https://files.example.com@evil.org/x')",
    "SELECT * FROM url('http://files.example.com:80@evil.org/x')",
    "SELECT * FROM url('http://u:p@files.example.com/x')",
    "SELECT * FROM url('http://files.example.com\\\\@evil.org/x')",
    "SELECT * FROM url('http://files.example.com#@evil.org/x')",
    "SELECT * FROM url('http://files.example.com?@evil.org/x')",
    "SELECT * FROM url('http://files.example.com%2eevil.org/x')",
    "SELECT * FROM url('http://files.example.com/{1},http://evil.org/{2}')",
    "SELECT * FROM url('http://files.example.com/x|http://evil.org/x')",
    "SELECT * FROM url('http://{files.example.com,evil.org}/x')",
    "SELECT * FROM url('http://files.example.com/*')",
    "SELECT * FROM url(' http://files.example.com/x')",
    "SELECT * FROM url('http://files.example.com/x\\ny')",
    "SELECT * FROM url('http:files.example.com/x')",
    "SELECT * FROM url('//files.example.com/x')",
    "SELECT * FROM url('file:///etc/passwd')",
    "SELECT * FROM url('file://files.example.com/etc/passwd')",
    "SELECT * FROM url('ftp://files.example.com/x')",
    "SELECT * FROM url('s3://bucket/x')",
    "SELECT * FROM url('HTTP://files.example.com/x')",
    "SELECT * FROM url('http://169.254.169.254/latest/meta-data')",
    "SELECT * FROM url('http://127.0.0.1:7181/tokens')",
    "SELECT * FROM url('http://files.example.com/x', CSV, 'a String, b String ALIAS file(\\'/etc/passwd\\')')",
    "SELECT * FROM url('http://files.example.com/x', CSV, 'a ALIAS(hostName())')",
    "WITH 'a String ALIAS hostName()' AS CSV SELECT * FROM url('http://files.example.com/x', CSV, CSV)",
    "SELECT * FROM url('http://files.example.com/x', Template)",
    "SELECT * FROM url('http://files.example.com/x', CSV, 'a Int8', headers('Host' = 'evil.org'))",
    "SELECT * FROM url('http://files.example.com/x', CSV, 'a Int8', method = 'DELETE')",
    "SELECT * FROM url('http://files.example.com/x', format = CSV)",
    "SELECT * FROM url('http://files.example.com/x' AS x, CSV)",
    "SELECT * FROM s3('https://evil.s3.amazonaws.com/x.csv')",
    "SELECT * FROM s3('s3://evil/x.csv')",
    "SELECT * FROM s3('s3://bucket@evil/x.csv')",
    "SELECT * FROM s3('s3://{bucket,evil}/x.csv')",
    "SELECT * FROM s3('http://minio:9000/b/x.csv', 'k', 's', 'CSV', 'a Int8 DEFAULT file(\\'/etc/passwd\\')')",
    "SELECT * FROM s3('http://minio:9000/b/x.csv', extra_credentials(role_arn = 'x'))",
    "SELECT * FROM s3('http://minio:9000/b/x.csv', access_key_id = 'x')",
    "SELECT * FROM gcs('http://169.254.169.254/x')",
    "SELECT a FROM t WHERE a IN (SELECT * FROM url('http://evil.org/x'))",
    "SELECT (SELECT * FROM url('http://evil.org/x', CSV, 'a Int8'))",
  ])('refuses %s', (sql) => {
    expect(refusal(sql)?.kind).toBe('tableFunction');
  });

  test.each([
    ["SELECT * FROM iceberg('s3://bucket/x')"],
    ["SELECT * FROM s3Cluster('c', 's3://bucket/x')"],
    ["SELECT * FROM deltaLake('s3://bucket/x')"],
    ["SELECT * FROM remote('db.example.com:5432', 'd', 't')"],
    ["SELECT * FROM mongodb('db.example.com:5432', 'd', 'c', 'u', 'p', 'a Int8')"],
    ["SELECT * FROM redis('db.example.com:5432', 'k', 'a Int8')"],
    ["SELECT * FROM azureBlobStorage('https://a.files.example.com/', 'c', 'x')"],
    ["SELECT * FROM file('/etc/passwd')"],
    ["SELECT * FROM urlCluster('c', 'http://files.example.com/x')"],
  ])('no Workspace can allow %s', (sql) => {
    expect(refusal(sql)?.kind).toBe('tableFunction');
  });

  test('SETTINGS in a call are refused', () => {
    expect(
      refusal("SELECT * FROM url('http://files.example.com/x', CSV, SETTINGS http_max_tries = 9)"),
    ).toMatchObject({
      kind: expect.stringMatching(/setting|tableFunction/),
    });
  });

  test('a function is refused where the Workspace allows another one, or none', () => {
    const sql = "SELECT * FROM url('http://files.example.com/x')";
    const addresses = policy.external?.addresses ?? AddressList.none;
    const message =
      'The table function url reads from outside of this server; load the data into a Data Source first. Or an admin allows url for this Workspace, see docs/security.md.';
    const expected = { kind: 'tableFunction', subject: 'url', message };
    expect(refusal(sql, plain)).toEqual(expected);
    expect(refusal(sql, { ...plain, external: { functions: new Set(['s3']), addresses } })).toEqual(expected);
    expect(
      refusal(sql, { ...plain, external: { functions: new Set(['url']), addresses: AddressList.none } })
        ?.message,
    ).toBe(
      'The table function url may not read from files.example.com:80: the address is not among those that this Workspace allows.',
    );
  });

  test('a message does not show an address that is a secret', () => {
    expect(refusal(postgres("'mark_evil'"))?.message).toBe(
      'The table function postgresql may not read from the address in that secret: the address is not among those that this Workspace allows.',
    );
  });
});

describe('[PB-05] secrets', () => {
  test.each([
    "SELECT 'mark_password'",
    "SELECT concat('mark_password', 'x')",
    "SELECT 'x_mark_password_y'",
    "SELECT ['mark_password'], ('mark_password', 1), map('a', 'mark_password')",
    'SELECT `mark_password` FROM t',
    'SELECT 1 AS mark_password',
    "SELECT a FROM t WHERE a = 'mark_password'",
    "SELECT a FROM t WHERE a < 'mark_password' AND length('mark_password') > 3",
    "SELECT a FROM t GROUP BY a HAVING a = 'mark_password'",
    "SELECT a FROM t ORDER BY a = 'mark_password'",
    "SELECT a IN ('mark_password', 'b') FROM t",
    "WITH 'mark_password' AS s SELECT s",
    "WITH x AS (SELECT 'mark_password' AS s) SELECT * FROM x",
    "SELECT * FROM values('a String', 'mark_password')",
    "SELECT * FROM view(SELECT 'mark_password')",
    "SELECT * APPLY(x -> concat(x, 'mark_password')) FROM t",
    "SELECT COLUMNS('mark_password') FROM t",
    "SELECT 'mark_password' BETWEEN 'a' AND 'b'",
    `${postgres("'db.example.com:5432'", "'d', 't', 'u', 'mark_password'")} WHERE a = 'mark_password'`,
    `SELECT 'mark_password', * FROM (${postgres("'db.example.com:5432'", "'d', 't', 'u', 'mark_password'")})`,
    `SELECT * APPLY(x -> concat(x, 'mark_password')) FROM (${postgres("'db.example.com:5432'", "'d', 't', 'u', 'mark_password'")})`,
  ])('cannot stand in %s', (sql) => {
    expect(refusal(sql)).toMatchObject({ kind: 'secret', subject: 'tb_secret' });
  });

  test('replace their marks only as whole arguments of a call that reads from another server', () => {
    const sql = `SELECT 'mark_password', ['mark_password'] /* 'mark_password' */ FROM postgresql('mark_host', 'd', f('mark_password'), "u", ['mark_password'], 'mark_password') WHERE s = 'mark_password'`;
    const filled = `SELECT 'mark_password', ['mark_password'] /* 'mark_password' */ FROM postgresql('db.example.com:5432', 'd', f('mark_password'), "u", ['mark_password'], 'p\\'w\\\\d') WHERE s = 'mark_password'`;
    expect(fillSecrets(sql, SECRETS)).toBe(filled);
    expect(fillSecrets(sql, new Map())).toBe(sql);
  });

  test('are hidden in messages, plain and as they stand in SQL', () => {
    const message = "no login with p'w\\d in postgresql('p\\'w\\\\d') nor AKIA";
    expect(hideTexts(message, ["p'w\\d", 'AKIA', ''])).toBe(
      "no login with [HIDDEN] in postgresql('[HIDDEN]') nor [HIDDEN]",
    );
  });
});

describe('[DM-07] aliases that are also names of resources', () => {
  test.each([
    "SELECT ['a'] AS domain, 'a' IN domain",
    "WITH ['a'] AS domain SELECT 'a' IN domain",
    'SELECT a AS domain FROM t WHERE b NOT IN domain',
  ])('refuses %s, which could mean either', (sql) => {
    expect(refusal(sql)).toMatchObject({ kind: 'alias', subject: 'domain' });
  });

  test.each([
    'SELECT domain(a) AS domain, count() AS u FROM t GROUP BY domain',
    'SELECT a AS domain FROM t WHERE a IN (SELECT a FROM domain)',
    'WITH x AS (SELECT a AS domain FROM t) SELECT * FROM x WHERE a IN domain',
    'SELECT a FROM t AS domain WHERE a IN domain',
    'WITH domain AS (SELECT 1) SELECT 1 IN domain',
    'WITH [1] AS list SELECT 1 IN list',
  ])('passes %s', (sql) => {
    expect(refusal(sql)).toBeNull();
  });
});

describe('[PS-08] what a kind of query may use is data', () => {
  const allowance = {
    tableFunctions: new Set(['numbers', 'file']),
    refusedFunctions: new Map([['rand', 'is different each time']]),
    settings: STANDARD_ALLOWANCE.settings,
  };
  test.each([
    [
      'SELECT * FROM primes(3)',
      'The table function primes is not allowed with this token.',
      'SELECT * FROM numbers(3)',
    ],
    ["SELECT * FROM file('x')", 'The table function file reads files of the server.', 'SELECT file FROM t'],
    ['SELECT rand()', 'The function rand is not allowed: it is different each time.', 'SELECT now()'],
    ['SELECT arrayMap(rand, [1])', undefined, 'SELECT arrayMap(negate, [1])'],
    ['SELECT * APPLY(rand) FROM t', undefined, 'SELECT * APPLY(negate) FROM t'],
  ])('refuses %s', (sql, message, twin) => {
    const narrow = { ...plain, allowance };
    const found = refusal(sql, narrow);
    expect(found).not.toBeNull();
    if (message !== undefined) expect(found?.message).toBe(message);
    expect(refusal(sql.includes('file') ? twin : sql, plain)).toBeNull();
    expect(refusal(twin, narrow)).toBeNull();
  });

  test('[QY-14] tables of other databases can be let in by their whole name', () => {
    const open = { ...plain, qualified: (name: string) => name === 'tinybird.pipe_stats' };
    expect(refusal('SELECT * FROM tinybird.pipe_stats', open)).toBeNull();
    expect(refusal('SELECT * FROM tinybird.pipe_stats', plain)?.kind).toBe('table');
    expect(refusal('SELECT * FROM tinybird.secrets', open)?.kind).toBe('table');
    expect(refusal("SELECT joinGet(tinybird.pipe_stats, 'a', 1)", open)?.kind).toBe('table');
    expect(refusal('SELECT 1 IN tinybird.pipe_stats', open)?.kind).toBe('table');
  });
});
