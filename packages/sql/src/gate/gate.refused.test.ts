import { Session } from 'chdb';
import { afterAll, describe, expect, test } from 'vitest';
import { checkQuery } from './gate.js';
import { GateError, type GateErrorKind } from './gateError.js';
import type { GatePolicy } from './tableRules.js';

const session = new Session();
afterAll(() => session.close());

const READABLE = new Set(['t', 'u', 'j', 'events']);
const policy: GatePolicy = {
  table: (name) => READABLE.has(name),
  resources: new Set([...READABLE, 'secret', 'secrets', 'secret_join']),
};

/** The engine's tree, or nothing for what the engine can't read without the values of parameters. */
function explain(sql: string): string {
  try {
    return session.query(`EXPLAIN AST ${sql}`, 'TabSeparatedRaw');
  } catch (error) {
    if (/Substitution .* is not set|Syntax error|Max query/.test(String(error))) return '';
    throw error;
  }
}

function errorOf(sql: string): { kind: GateErrorKind; subject: string } | null {
  try {
    checkQuery(sql, explain(sql), policy);
    return null;
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    return { kind: error.kind, subject: error.subject };
  }
}

/** A refused query, what the error names, and a query like it that passes. */
type Case = readonly [sql: string, subject: string, twin?: string];

function refuses(kind: GateErrorKind, cases: readonly Case[]): void {
  test.each(cases.map(([sql, subject]) => [sql, subject] as const))('refuses %j', (sql, subject) => {
    expect(errorOf(sql)).toEqual({ kind, subject });
  });
  test.each(cases.flatMap(([, , twin]) => (twin === undefined ? [] : [twin])))(
    'passes its twin %j',
    (twin) => {
      expect(explain(twin)).not.toBe('');
      expect(errorOf(twin)).toBeNull();
    },
  );
}

describe('[QY-14] tables of the engine and of other databases', () => {
  refuses('table', [
    ['SELECT * FROM system.users', 'system.users', 'SELECT * FROM t'],
    ['SELECT * FROM system.numbers_mt LIMIT 3', 'system.numbers_mt', 'SELECT * FROM system.numbers LIMIT 3'],
    ['SELECT * FROM system.ones', 'system.ones', 'SELECT * FROM system.one'],
    ['SELECT * FROM SYSTEM.one', 'SYSTEM.one', 'SELECT * FROM numbers(3)'],
    ['SELECT 1 IN system.one', 'system.one', 'SELECT 1 IN (SELECT dummy FROM system.one)'],
    ["SELECT joinGet(system.one, 'v', 1)", 'system.one', "SELECT joinGet(j, 'v', 1)"],
    ['SELECT * FROM SYSTEM.USERS', 'SYSTEM.USERS'],
    ['SELECT * FROM system . users', 'system.users'],
    ['SELECT * FROM system/**/./**/users', 'system.users', 'SELECT * FROM/**/t'],
    ['SELECT * FROM -- t\n system.users', 'system.users', 'SELECT * FROM -- system.users\n t'],
    ['SELECT * FROM `system`.`users`', 'system.users', 'SELECT * FROM `t`'],
    ['SELECT * FROM "system"."users"', 'system.users', 'SELECT * FROM "t"'],
    ['SELECT * FROM `system.users`', 'system.users'],
    ['SELECT * FROM “system”.users', 'system.users'],
    ['SELECT * FROM information_schema.tables', 'information_schema.tables'],
    ['SELECT * FROM other.t', 'other.t', 'SELECT other.a FROM t AS other'],
    ['SELECT * FROM t, system.users', 'system.users', 'SELECT * FROM t, u'],
    ['SELECT * FROM t JOIN system.users AS s ON 1', 'system.users', 'SELECT * FROM t JOIN u AS s ON 1'],
    ['SELECT * FROM t LEFT JOIN (SELECT * FROM system.users) s ON 1', 'system.users'],
    [
      'SELECT * FROM (SELECT * FROM (SELECT * FROM system.users))',
      'system.users',
      'SELECT * FROM (SELECT * FROM t)',
    ],
    ['SELECT 1 UNION ALL SELECT * FROM system.users', 'system.users', 'SELECT 1 UNION ALL SELECT a FROM t'],
    ['SELECT 1 INTERSECT SELECT * FROM system.users', 'system.users', 'SELECT 1 INTERSECT SELECT a FROM t'],
    ['SELECT 1 EXCEPT SELECT * FROM system.users', 'system.users', 'SELECT 1 EXCEPT SELECT a FROM t'],
    ['(SELECT 1) UNION DISTINCT (SELECT * FROM system.users)', 'system.users'],
    ['SELECT (SELECT count() FROM system.users)', 'system.users', 'SELECT (SELECT count() FROM t)'],
    [
      'SELECT a IN (SELECT * FROM system.users) FROM t',
      'system.users',
      'SELECT a IN (SELECT a FROM u) FROM t',
    ],
    ['SELECT a FROM t WHERE EXISTS (SELECT 1 FROM system.users)', 'system.users'],
    ['SELECT a FROM t WHERE a = ANY (SELECT 1 FROM system.users)', 'system.users'],
    ['SELECT a FROM t WHERE a > ALL (SELECT 1 FROM system.users)', 'system.users'],
    [
      'WITH x AS (SELECT * FROM system.users) SELECT * FROM x',
      'system.users',
      'WITH x AS (SELECT 1) SELECT * FROM x',
    ],
    [
      'WITH (SELECT 1 FROM system.users) AS x SELECT x',
      'system.users',
      'WITH (SELECT 1 FROM t) AS x SELECT x',
    ],
    ['WITH x AS MATERIALIZED (SELECT 1 FROM system.users) SELECT 1', 'system.users'],
    ['WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 2 FROM system.users) SELECT * FROM x', 'system.users'],
    [
      'SELECT arrayMap(x -> (SELECT 1 FROM system.users), [1])',
      'system.users',
      'SELECT arrayMap(x -> (SELECT 1), [1])',
    ],
    ['SELECT if(1, 2, (SELECT 1 FROM system.users))', 'system.users'],
    ['SELECT [(SELECT 1 FROM system.users)]', 'system.users'],
    [
      'SELECT quantile((SELECT 0.5 FROM system.users))(a) FROM t',
      'system.users',
      'SELECT quantile(0.5)(a) FROM t',
    ],
    ['SELECT CASE a WHEN 1 THEN (SELECT 1 FROM system.users) END FROM t', 'system.users'],
    ['SELECT CAST((SELECT 1 FROM system.users) AS String)', 'system.users'],
    ['SELECT (SELECT 1 FROM system.users)::String', 'system.users', 'SELECT (SELECT 1)::String'],
    ['SELECT INTERVAL (SELECT 1 FROM system.users) DAY', 'system.users'],
    ['SELECT EXTRACT(YEAR FROM (SELECT now() FROM system.users))', 'system.users'],
    ['SELECT sum(a) FILTER (WHERE (SELECT 1 FROM system.users)) FROM t', 'system.users'],
    ['SELECT sum(a) OVER (PARTITION BY (SELECT 1 FROM system.users)) FROM t', 'system.users'],
    [
      'SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN (SELECT 1 FROM system.users) PRECEDING AND CURRENT ROW) FROM t',
      'system.users',
    ],
    ['SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY (SELECT 1 FROM system.users))', 'system.users'],
    [
      'SELECT * REPLACE ((SELECT 1 FROM system.users) AS a) FROM t',
      'system.users',
      'SELECT * REPLACE (1 AS a) FROM t',
    ],
    ['SELECT DISTINCT ON ((SELECT 1 FROM system.users)) a FROM t', 'system.users'],
    ['SELECT a FROM t PREWHERE (SELECT 1 FROM system.users)', 'system.users'],
    ['SELECT a FROM t HAVING (SELECT 1 FROM system.users)', 'system.users'],
    ['SELECT a FROM t QUALIFY (SELECT 1 FROM system.users)', 'system.users'],
    ['SELECT a FROM t GROUP BY GROUPING SETS ((a), ((SELECT 1 FROM system.users)))', 'system.users'],
    ['SELECT a FROM t ORDER BY (SELECT 1 FROM system.users)', 'system.users'],
    ['SELECT a FROM t ORDER BY a WITH FILL FROM (SELECT 1 FROM system.users) TO 9', 'system.users'],
    ['SELECT a FROM t ORDER BY a WITH FILL INTERPOLATE (b AS (SELECT 1 FROM system.users))', 'system.users'],
    ['SELECT a FROM t LIMIT 1 BY (SELECT 1 FROM system.users)', 'system.users'],
    ['SELECT a FROM t LIMIT (SELECT 1 FROM system.users)', 'system.users'],
    ['SELECT a FROM t LIMIT 1 OFFSET (SELECT 1 FROM system.users)', 'system.users'],
    ['SELECT a FROM t ARRAY JOIN (SELECT [1] FROM system.users) AS x', 'system.users'],
    ['SELECT * FROM t JOIN u ON (SELECT 1 FROM system.users)', 'system.users'],
    [
      'SELECT * FROM numbers((SELECT 1 FROM system.users))',
      'system.users',
      'SELECT * FROM numbers((SELECT 1 FROM t))',
    ],
    ['SELECT * FROM view(SELECT * FROM system.users)', 'system.users', 'SELECT * FROM view(SELECT * FROM t)'],
    ['FROM system.users SELECT 1', 'system.users', 'FROM t SELECT 1'],
    ["SELECT * FROM values('a Int8', (SELECT 1 FROM system.users))", 'system.users'],
    [
      'SELECT * FROM (VALUES (1), ((SELECT 1 FROM system.users)))',
      'system.users',
      'SELECT * FROM (VALUES (1), (2))',
    ],
  ]);
});

describe('[QY-14] Data Sources that the policy refuses, by any way to name them', () => {
  refuses('table', [
    ['SELECT * FROM secret', 'secret'],
    ['SELECT * FROM unknown', 'unknown'],
    ['SELECT * FROM T', 'T'],
    ['SELECT * FROM secret AS t', 'secret', 'SELECT * FROM t AS secret'],
    ['SELECT a FROM t WHERE a IN secret', 'secret', 'SELECT a FROM t WHERE a IN u'],
    ['SELECT a FROM t WHERE a NOT IN secret', 'secret', 'SELECT a FROM t WHERE a NOT IN u'],
    ['SELECT a FROM t WHERE a GLOBAL IN secret', 'secret', 'SELECT a FROM t WHERE a GLOBAL IN u'],
    ['SELECT a FROM t WHERE a GLOBAL NOT IN secret', 'secret'],
    ['SELECT a IN (secret) FROM t', 'secret', 'SELECT a IN (arr) FROM t'],
    ['SELECT a IN ((secret AS q)) FROM t', 'secret'],
    ['SELECT a IN `secret` FROM t', 'secret', 'SELECT a IN `u` FROM t'],
    ['SELECT in(a, secret), 1 FROM t', 'secret', 'SELECT in(a, u), 1 FROM t'],
    ['SELECT `in`(a, secret) FROM t', 'secret'],
    ['SELECT nullIn(a, secret) FROM t', 'secret'],
    ['SELECT notNullIn(a, secret) FROM t', 'secret'],
    ['SELECT globalNotNullInIgnoreSet(a, secret) FROM t', 'secret'],
    ['SELECT notInIgnoreSet(a, secret) FROM t', 'secret'],
    ['SELECT countIf(a IN secret) FROM t', 'secret'],
    [
      'SELECT arrayExists(x -> x IN secret, arr) FROM t',
      'secret',
      'SELECT arrayExists(x -> x IN u, arr) FROM t',
    ],
    ['WITH secret AS q SELECT 42 IN q', 'secret', 'WITH u AS q SELECT 42 IN q'],
    ['WITH secret AS q, q AS r SELECT 42 IN r', 'secret', 'WITH u AS q, q AS r SELECT 42 IN r'],
    ['WITH [1] AS secret SELECT 1 IN secret', 'secret', 'WITH [1] AS list SELECT 1 IN list'],
    ['SELECT (WITH secret AS (SELECT 7) SELECT 1), 42 IN secret', 'secret'],
    [
      'WITH secret AS (SELECT 1) SELECT * FROM secret',
      'secret',
      'WITH mine AS (SELECT 1) SELECT * FROM mine',
    ],
    [
      'WITH secret (a) AS (SELECT 1) SELECT * FROM secret',
      'secret',
      'WITH mine (a) AS (SELECT 1) SELECT * FROM mine',
    ],
    [
      'WITH "secret" AS (SELECT 1) SELECT * FROM secret',
      'secret',
      'WITH "mine" AS (SELECT 1) SELECT * FROM mine',
    ],
    ['SELECT (WITH secret AS (SELECT 7 AS a) SELECT a FROM secret), b FROM secret', 'secret'],
    ['WITH `system.users` AS (SELECT 1) SELECT * FROM system.users', 'system.users'],
    ['WITH (SELECT 1) AS z SELECT * FROM z', 'z', 'WITH z AS (SELECT 1) SELECT * FROM z'],
    ['WITH 1 AS z SELECT * FROM z', 'z'],
    ['SELECT 43 IN other.t', 'other.t', 'SELECT 43 IN (SELECT a FROM t)'],
    ['SELECT 0 IN system.users FROM numbers(1) AS system', 'system.users'],
    ['SELECT (SELECT 1 FROM t AS other), 43 IN other.t', 'other.t'],
    ['SELECT a IN t.arr FROM t', 't.arr', 'SELECT has(t.arr, a) FROM t'],
    ['WITH other.t AS q SELECT 43 IN q', 'other.t'],
    ["SELECT joinGet('secret_join', 'v', 1)", 'secret_join', "SELECT joinGet('j', 'v', 1)"],
    ["SELECT joinGet(secret_join, 'v', 1)", 'secret_join', "SELECT joinGet(j, 'v', 1)"],
    ["SELECT joinGet(other.j, 'v', 1)", 'other.j'],
    ["SELECT joinGetOrNull('secret_join', 'v', 1)", 'secret_join', "SELECT joinGetOrNull('j', 'v', 1)"],
    ["WITH mine AS (SELECT 1) SELECT joinGet('mine', 'v', 1)", 'mine'],
    ['SELECT * FROM t AS x JOIN secret USING (a)', 'secret', 'SELECT * FROM t AS x JOIN u USING (a)'],
    ['SELECT * FROM t AS x ASOF JOIN secret AS y ON x.a = y.a AND x.b > y.b', 'secret'],
  ]);
});

describe('[PS-08] table functions', () => {
  refuses('tableFunction', [
    ["SELECT * FROM file('/etc/passwd', 'LineAsString')", 'file'],
    ["SELECT * FROM FILE('/etc/passwd')", 'FILE'],
    ["SELECT * FROM `file`('/etc/passwd')", 'file', 'SELECT * FROM `numbers`(3)'],
    ["SELECT * FROM url('http://localhost/', CSV, 'a Int')", 'url'],
    ["SELECT * FROM s3('https://b.example/x.csv')", 's3'],
    ["SELECT * FROM s3Cluster('c', 'https://b.example/x.csv')", 's3Cluster'],
    ["SELECT * FROM gcs('https://b.example/x.csv')", 'gcs'],
    ["SELECT * FROM hdfs('hdfs://h/x', 'CSV')", 'hdfs'],
    ["SELECT * FROM azureBlobStorage('x', 'y', 'z')", 'azureBlobStorage'],
    ["SELECT * FROM iceberg('x')", 'iceberg'],
    ["SELECT * FROM deltaLakeLocal('/x')", 'deltaLakeLocal'],
    ["SELECT * FROM postgresql('h:5432', 'd', 't', 'u', 'p')", 'postgresql'],
    ["SELECT * FROM mysql('h:3306', 'd', 't', 'u', 'p')", 'mysql'],
    ["SELECT * FROM mongodb('h', 'd', 'c', 'u', 'p', 'a Int')", 'mongodb'],
    ["SELECT * FROM redis('h', 'k', 'a Int')", 'redis'],
    ["SELECT * FROM sqlite('/x', 't')", 'sqlite'],
    ["SELECT * FROM odbc('x', 'y', 'z')", 'odbc'],
    ["SELECT * FROM jdbc('x', 'y', 'z')", 'jdbc'],
    ["SELECT * FROM remote('h', system.users)", 'remote'],
    ["SELECT * FROM remoteSecure('h', system, one)", 'remoteSecure'],
    ["SELECT * FROM cluster('c', t)", 'cluster'],
    ["SELECT * FROM clusterAllReplicas('c', t)", 'clusterAllReplicas'],
    ["SELECT * FROM merge('.*')", 'merge'],
    ["SELECT * FROM merge('system', 'one')", 'merge'],
    ["SELECT * FROM dictionary('d')", 'dictionary'],
    ["SELECT * FROM executable('x.sh', CSV, 'a Int', (SELECT 1))", 'executable'],
    ["SELECT * FROM eval('SELECT 1')", 'eval'],
    ["SELECT * FROM viewExplain('EXPLAIN', '', (SELECT 1))", 'viewExplain'],
    ['SELECT * FROM (EXPLAIN SELECT 1)', 'viewExplain', 'SELECT * FROM (SELECT 1)'],
    ['SELECT * FROM (EXPLAIN AST SELECT 1)', 'viewExplain'],
    ['SELECT * FROM loop(t)', 'loop'],
    ['SELECT * FROM loop(system, one)', 'loop'],
    ['SELECT * FROM mergeTreeIndex(currentDatabase(), t)', 'mergeTreeIndex'],
    ["SELECT * FROM mergeTreeProjection('d', 't', 'p')", 'mergeTreeProjection'],
    ['SELECT * FROM format(JSONEachRow, \'{"a": 1}\')', 'format', "SELECT * FROM values('a Int8', 1)"],
    ["SELECT * FROM input('a Int')", 'input'],
    ['SELECT * FROM fuzzJSON(c, random_seed = 1)', 'fuzzJSON'],
    ["SELECT * FROM fileCluster('c', 'x')", 'fileCluster'],
    ["SELECT * FROM timeSeriesData('t')", 'timeSeriesData'],
    ['SELECT * FROM my_view(a = 1)', 'my_view', 'SELECT * FROM t WHERE a = 1'],
    ['SELECT * FROM lower(1)', 'lower', 'SELECT lower(a) FROM t'],
    ["SELECT * FROM t JOIN url('http://localhost/') AS x ON 1", 'url'],
    ["SELECT * FROM (SELECT * FROM url('http://localhost/'))", 'url'],
    ["SELECT a FROM t WHERE a IN (SELECT * FROM url('http://localhost/'))", 'url'],
    ["SELECT (SELECT * FROM file('x'))", 'file', 'SELECT (SELECT number FROM numbers(1))'],
    ["WITH x AS (SELECT * FROM file('x')) SELECT 1", 'file'],
    ["SELECT 1 UNION ALL SELECT * FROM file('x')", 'file'],
    ["SELECT arrayMap(x -> (SELECT * FROM file('x')), [1])", 'file'],
    ["SELECT * FROM view(SELECT * FROM file('x'))", 'file'],
    ["WITH file AS (SELECT 1) SELECT * FROM file('x')", 'file', 'WITH file AS (SELECT 1) SELECT * FROM file'],
  ]);
});

describe('[PS-08] expressions hidden in the structure of a table function', () => {
  const hidden = "b String ALIAS file(\\'/etc/passwd\\')";
  refuses('tableFunction', [
    [`SELECT b FROM values('a String, ${hidden}', 'x')`, 'values', "SELECT a FROM values('a String', 'x')"],
    [`SELECT b FROM VALUES('a String, ${hidden}', 'x')`, 'VALUES', "SELECT a FROM VALUES('a String', 'x')"],
    [`SELECT b FROM values($$a String, b ALIAS(file('/x'))$$, 'x')`, 'values'],
    ["SELECT b FROM values('a String, b alias(hostName())', 'x')", 'values'],
    ["SELECT b FROM values('a/**/String,b/**/ALIAS(hostName())', 'x')", 'values'],
    ["SELECT b FROM values('a/**/String,b/**/ALIAS/**/currentDatabase', 'x')", 'values'],
    ["SELECT b FROM values('a String, b String MATERIALIZED hostName()', 'x')", 'values'],
    ["SELECT b FROM values('a String, b String DEFAULT hostName()', 'x')", 'values'],
    ["SELECT b FROM values('a String, b String EPHEMERAL hostName()', 'x')", 'values'],
    ["SELECT b FROM values('a String, `b c` Nullable(String) ALIAS hostName()', 'x')", 'values'],
    [
      "WITH 'a String, b String ALIAS hostName()' AS q SELECT b FROM values(q, 'x')",
      'values',
      "WITH 'x' AS q SELECT a FROM values('a String', q)",
    ],
    ["SELECT b FROM (SELECT * FROM values('a String, b String ALIAS hostName()', 'x'))", 'values'],
    [
      `SELECT b FROM generateRandom('a String, ${hidden}') LIMIT 1`,
      'generateRandom',
      "SELECT a FROM generateRandom('a String, b Map(String, Array(UInt8))', 1) LIMIT 1",
    ],
    [
      "SELECT b FROM generateRandom(concat('a String, b String', ' ALIAS hostName()')) LIMIT 1",
      'generateRandom',
      'SELECT * FROM generateRandom(1) LIMIT 1',
    ],
    ["WITH 'a String' AS q SELECT a FROM generateRandom(q) LIMIT 1", 'generateRandom'],
    ["SELECT b FROM null('a String, b String ALIAS hostName()')", 'null', "SELECT a FROM null('a String')"],
    ["SELECT b FROM null(concat('a String, b String', ' ALIAS hostName()'))", 'null'],
    ["SELECT * FROM values('Rome and Oslo', 'Bern')", 'values', "SELECT * FROM values('Rome', 'Bern')"],
    ["SELECT * FROM values(q, 'x')", 'values', "SELECT * FROM values((1, 'a'), (2, 'b'))"],
  ]);
});

describe('[PS-07] functions', () => {
  refuses('function', [
    ["SELECT file('/etc/passwd')", 'file', 'SELECT file FROM t'],
    ["SELECT `file`('/etc/passwd')", 'file'],
    ["SELECT FILE('/etc/passwd')", 'FILE'],
    ["SELECT/**/file/**/('/etc/passwd')", 'file'],
    ["SELECT 'x' IN file('/etc/passwd')", 'file', "SELECT 'x' IN splitByChar(',', s) FROM t"],
    ["SELECT * FROM numbers(toUInt64(file('/x')))", 'file', "SELECT * FROM numbers(toUInt64('3'))"],
    [
      "SELECT * FROM values('a String', hostName())",
      'hostName',
      "SELECT * FROM values('a String', upper('x'))",
    ],
    ["SELECT arrayMap(file, ['/etc/passwd'])", 'file', "SELECT arrayMap(lower, ['A'])"],
    ['SELECT arrayMap(`file`, names) FROM t', 'file', 'SELECT arrayMap(x -> upper(x), t.file) FROM t'],
    ['SELECT arrayFilter(file, names) FROM t', 'file'],
    ["SELECT arrayMap(x -> file(x), ['/etc/passwd'])", 'file', "SELECT arrayMap(x -> lower(x), ['A'])"],
    [
      "WITH x -> file(x) AS g SELECT arrayMap(g, ['/x'])",
      'file',
      "WITH x -> lower(x) AS g SELECT arrayMap(g, ['A'])",
    ],
    ["WITH x -> x AS file SELECT file('/x')", 'file', "WITH x -> x AS same SELECT same('/x')"],
    ['WITH x -> 1 AS hostName SELECT hostName(1)', 'hostName'],
    ["SELECT getSetting('max_threads')", 'getSetting'],
    ["SELECT getServerSetting('x')", 'getServerSetting'],
    ["SELECT getMacro('x')", 'getMacro'],
    ['SELECT @@version', 'globalVariable'],
    ['SELECT hostName()', 'hostName'],
    ['SELECT FQDN()', 'FQDN'],
    ['SELECT version()', 'version', 'SELECT version FROM t'],
    ['SELECT uptime()', 'uptime'],
    ['SELECT currentUser()', 'currentUser'],
    ['SELECT currentUser', 'currentUser', 'SELECT user FROM t'],
    ['SELECT current_user', 'current_user'],
    ['SELECT Current_Database', 'Current_Database'],
    ['SELECT user()', 'user'],
    ['SELECT currentDatabase()', 'currentDatabase'],
    ['SELECT queryID()', 'queryID'],
    ["SELECT getClientHTTPHeader('x')", 'getClientHTTPHeader'],
    ["SELECT hasColumnInTable('system', 'one', 'dummy')", 'hasColumnInTable'],
    ["SELECT dictGet('d', 'a', 1)", 'dictGet', "SELECT joinGet('j', 'a', 1)"],
    ["SELECT DICTGET('d', 'a', 1)", 'DICTGET'],
    ["SELECT dictGetOrDefault('d', 'a', 1, 0)", 'dictGetOrDefault'],
    ["SELECT dictHas('d', 1)", 'dictHas'],
    ['SELECT regionToName(1)', 'regionToName'],
    ["SELECT catboostEvaluate('/m', 1)", 'catboostEvaluate'],
    ["SELECT naiveBayesClassifier('m', 'x')", 'naiveBayesClassifier'],
    ["SELECT aiGenerate('c', 'x')", 'aiGenerate'],
    ['SELECT addressToLine(1)', 'addressToLine'],
    ['SELECT sleep(3)', 'sleep'],
    ['SELECT sleepEachRow(1) FROM t', 'sleepEachRow'],
    ["SELECT logTrace('x')", 'logTrace'],
    ['SELECT filesystemAvailable()', 'filesystemAvailable'],
    ['SELECT serverUUID(), tcpPort()', 'serverUUID'],
    ["SELECT formatRow('CSV', 1)", 'formatRow', "SELECT toJSONString(map('a', 1))"],
    ['SELECT aggThrow(0.1)(a) FROM t', 'aggThrow'],
    ['SELECT my_udf(1)', 'my_udf', 'SELECT lower(1)'],
    ['SELECT system.lower(1)', 'system.lower'],
    ['SELECT a FROM t WHERE hostName() = s', 'hostName', 'SELECT a FROM t WHERE hostname = s'],
    ['SELECT a FROM t ORDER BY sleep(1)', 'sleep'],
    ['SELECT a FROM t GROUP BY hostName()', 'hostName'],
    ["SELECT joinGet('other.j', 'v', 1)", 'joinGet'],
    ["SELECT joinGet('`j`', 'v', 1)", 'joinGet'],
    ["SELECT joinGet(concat('secret', '_join'), 'v', 1)", 'joinGet'],
    ["WITH 'other.j' AS n SELECT joinGet(n, 'v', 1)", 'joinGet'],
    [
      "WITH 'other.j' AS j SELECT joinGet(j, 'v', 1)",
      'joinGet',
      "WITH 'other.j' AS n SELECT joinGet(j, 'v', 1)",
    ],
    ['SELECT joinGet()', 'joinGet'],
    ['SELECT * APPLY(file) FROM t', 'file', 'SELECT * APPLY(toString) FROM t'],
    ['SELECT * APPLY file FROM t', 'file', 'SELECT * APPLY toString FROM t'],
    ['SELECT * APPLY `file` FROM t', 'file', 'SELECT * APPLY `toString` FROM t'],
    ['SELECT * /**/ APPLY /**/ ( /**/ file ) FROM t', 'file'],
    ['SELECT * APPLY(toString) APPLY(file) FROM t', 'file', 'SELECT * APPLY(toString) APPLY(lower) FROM t'],
    ["SELECT COLUMNS('x') APPLY(file) FROM t", 'file', "SELECT COLUMNS('x') APPLY(lower) FROM t"],
    [
      'SELECT t.* EXCEPT (a) apply(x -> hostName()) FROM t',
      'hostName',
      'SELECT t.* apply(x -> lower(x)) FROM t',
    ],
    ['SELECT * APPLY(x -> `hostName`()) FROM t', 'hostName'],
    [
      'SELECT * APPLY(x -> arrayMap(file, [x])) FROM t',
      'file',
      'SELECT * APPLY(x -> arrayMap(lower, [x])) FROM t',
    ],
    ["SELECT * APPLY(x -> joinGet('secret_join', 'v', x)) FROM t", 'joinGet'],
    ['SELECT * APPLY(x -> `in`(x, secret)) FROM t', 'in', 'SELECT * APPLY(x -> has(arr, x)) FROM t'],
    ['SELECT * APPLY(currentUser) FROM t', 'currentUser'],
    ['SELECT * APPLY(quantile(hostName())) FROM t', 'hostName', 'SELECT * APPLY(quantile(0.9)) FROM t'],
    ['SELECT * APPLY quantile(hostName()) FROM t', 'hostName', 'SELECT * APPLY quantile(0.9) FROM t'],
  ]);
});

describe('[QY-15] other statements and clauses that write', () => {
  refuses('statement', [
    ['INSERT INTO t SELECT 1', 'InsertQuery'],
    ["INSERT INTO FUNCTION file('x') SELECT 1", 'InsertQuery'],
    ['WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x', 'InsertQuery'],
    ['SHOW TABLES', 'ShowTables'],
    ['DESCRIBE TABLE t', 'DescribeQuery'],
    ["DESCRIBE file('x')", 'DescribeQuery'],
    ['EXISTS t', 'ExistsTableQuery', 'SELECT EXISTS(SELECT 1 FROM t)'],
    ['EXPLAIN SELECT 1', 'Explain', 'SELECT 1 AS EXPLAIN'],
    ['KILL QUERY WHERE 1', 'KillQueryQuery'],
    ['SET readonly = 0', 'Set'],
    ['USE system', 'UseQuery'],
    ['SYSTEM FLUSH LOGS', 'SYSTEM'],
    ['ALTER TABLE t DROP COLUMN a', 'AlterQuery'],
    ['CREATE TABLE x (a Int8) ENGINE = Memory', 'CreateQuery'],
    ['CREATE VIEW v AS SELECT 1', 'CreateQuery'],
    ['CREATE FUNCTION f AS x -> x', 'CreateSQLFunctionQuery'],
    ['DROP TABLE t', 'DropQuery'],
    ['TRUNCATE TABLE t', 'TruncateQuery'],
    ['RENAME TABLE t TO x', 'Rename'],
    ['EXCHANGE TABLES t AND u', 'Rename'],
    ['OPTIMIZE TABLE t', 'OptimizeQuery'],
    ['ATTACH TABLE t', 'AttachQuery'],
    ['DETACH TABLE t', 'DetachQuery'],
    ['CHECK TABLE t', 'CheckQuery'],
    ['GRANT SELECT ON t TO x', 'GrantQuery'],
    ['BEGIN TRANSACTION', 'ASTTransactionControl'],
    ["BACKUP TABLE t TO Disk('a', 'b')", 'BackupQuery'],
    ['EXECUTE AS x SELECT 1', 'ExecuteAsQuery'],
    ['SELECT 1 PARALLEL WITH SELECT 2', 'ParallelWithQuery', 'SELECT 1 UNION ALL SELECT 2'],
    ['SELECT 1; SELECT 2', ';', "SELECT '; SELECT 2'"],
    ['SELECT 1;; SELECT 2', ';', 'SELECT 1; -- SELECT 2'],
    ["SELECT 1 INTO OUTFILE '/tmp/x'", 'INTO OUTFILE'],
    ["SELECT 1 INTO OUTFILE '/tmp/x' APPEND AND STDOUT COMPRESSION 'gz' LEVEL 3", 'INTO OUTFILE'],
    ["SELECT 1 UNION ALL SELECT 2 INTO OUTFILE '/tmp/x' FORMAT CSV", 'INTO OUTFILE'],
    ['SELECT 1 FORMAT JSON', 'FORMAT', 'SELECT 1 AS format'],
  ]);
});

describe('[EN-22] SETTINGS anywhere but at the end of the whole query', () => {
  refuses('setting', [
    ['SELECT * FROM (SELECT 1 SETTINGS max_threads = 1)', 'SETTINGS', 'SELECT * FROM (SELECT 1 AS settings)'],
    ['SELECT 1 SETTINGS join_use_nulls = 1', 'SETTINGS'],
    ['SELECT 1 SETTINGS readonly = 0', 'SETTINGS'],
    ['SELECT 1 SETTINGS max_threads = 1 UNION ALL SELECT 2', 'SETTINGS'],
    ['SELECT 1 UNION ALL (SELECT 2 SETTINGS max_threads = 1)', 'SETTINGS'],
    ['WITH x AS (SELECT 1 SETTINGS max_threads = 1) SELECT * FROM x', 'SETTINGS'],
    ['SELECT (SELECT 1 SETTINGS max_threads = 1)', 'SETTINGS'],
    ['SELECT a IN (SELECT 1 SETTINGS max_threads = 1) FROM t', 'SETTINGS'],
  ]);
});

describe('[QY-15] syntax that hides something or forges the tree', () => {
  refuses('syntax', [
    ['SELECT 1 AS `x\n TableIdentifier y`', '`x\n TableIdentifier y`', 'SELECT 1 AS `x TableIdentifier y`'],
    ['SELECT 1 AS "x\\n TableIdentifier y"', '"x\\n TableIdentifier y"'],
    ['SELECT 1 AS `x\\x0a y`', '`x\\x0a y`', "SELECT '\\x0a' AS x"],
    ['SELECT `f\n`(1)', '`f\n`'],
    ['SELECT 1 ORDER BY 1 WITH FILL INTERPOLATE (`x\ny` AS 1)', '`x\ny`'],
    ['SELECT * FROM `t\n`', '`t\n`'],
    ['WITH `c\nd` AS (SELECT 1) SELECT * FROM `c\nd`', '`c\nd`'],
    ['SELECT “a\nb”', '“a\nb”'],
    ['SELECT 1 AS `a\r`', '`a\r`'],
    ['SELECT 1 AS "a (children 3)"', '"a (children 3)"', 'SELECT 1 AS "a (3 children)"'],
    ['SELECT x AS `a) (children 3` FROM t', '`a) (children 3`', 'SELECT x AS `a) (3` FROM t'],
    ['SELECT secret AS "x (alias q" FROM t', '"x (alias q"', 'SELECT a AS "count (total)" FROM t'],
    ['SELECT * FROM `t (alias q)`', '`t (alias q)`'],
    ['SELECT {a:UInt8}', '{', "SELECT '{a:UInt8}'"],
    ['SELECT * FROM {t:Identifier}', '{', 'SELECT * FROM /* {t:Identifier} */ t'],
    ['SELECT a IN {t:Identifier} FROM t', '{'],
    ["SELECT 'a", "'a"],
    ['SELECT 1 /* a', '/* a', 'SELECT 1 /* a */'],
    ['SELECT 1 \0', '\0'],
    ['SELECT * FROM t STREAM', 'ASTStreamSettings', 'SELECT * FROM t AS stream'],
    [
      'SELECT * APPLY(x -> (SELECT 1 FROM system.users)) FROM t',
      'APPLY',
      'SELECT * APPLY(x -> (x + 1)) FROM t',
    ],
    ['SELECT * APPLY(x -> x IN system.users) FROM t', 'APPLY', 'SELECT * APPLY(x -> x = 1) FROM t'],
    ['SELECT * APPLY(x -> x NOT IN secret) FROM t', 'APPLY'],
    ['SELECT * APPLY(x -> EXISTS(SELECT 1 FROM secret)) FROM t', 'APPLY'],
    ['SELECT * APPLY(x -> (WITH q AS (FROM secret SELECT *) FROM q SELECT 1)) FROM t', 'APPLY'],
    ['SELECT * APPLY x -> hostName() FROM t', 'APPLY', 'SELECT * APPLY(x -> lower(x)) FROM t'],
    ['SELECT * APPLY(x -> @@version) FROM t', 'APPLY'],
    ['SELECT * APPLY(quantile((SELECT 0.5 FROM secret))) FROM t', 'APPLY'],
    ['SELECT * APPLY(x -> (* APPLY(file))) FROM t', 'APPLY'],
  ]);
});

describe('[QY-15] trees that were never a query', () => {
  const select = (children: string) =>
    `SelectWithUnionQuery (children 1)\n ExpressionList (children 1)\n  SelectQuery (children 1)\n   ${children}\n`;
  test.each([
    ['', 'AST'],
    ['SelectWithUnionQuery', 'SELECT'],
    ['SelectWithUnionQuery (children 1)\n SelectQuery', 'SelectQuery'],
    ['SelectWithUnionQuery (children 2)\n ExpressionList\n Brandnew', 'Brandnew'],
    [select('ExpressionList (children 1)\n    QueryParameter x:Identifier'), 'QueryParameter'],
    [select('Brandnew'), 'Brandnew'],
    [select('Columns definition'), 'Columns'],
    [select('ColumnsApplyTransformer'), 'APPLY'],
    [select('ExpressionList (children 2)\n    Asterisk'), 'AST'],
  ])('refuses %j', (ast, subject) => {
    expect(() => checkQuery('SELECT 1', ast, policy)).toThrow(
      expect.objectContaining({ name: 'GateError', kind: 'syntax', subject }),
    );
  });

  test('refuses what is nested too deep to check', () => {
    const deep = `SELECT ${'('.repeat(90)}${'negate('.repeat(490)}a${')'.repeat(580)} FROM t`;
    const ast = explain(deep);
    const deeper = Array.from({ length: 1100 }, (_, at) => `${' '.repeat(at)}ExpressionList (children 1)`);
    expect(errorOf(deep)).toEqual(ast === '' ? { kind: 'syntax', subject: 'AST' } : null);
    expect(() => checkQuery('SELECT 1', deeper.join('\n'), policy)).toThrow(GateError);
  });
});

describe('messages', () => {
  test.each([
    [
      'SELECT * FROM event',
      "There is no Data Source or Pipe 'event' that may be read. Did you mean 'events'?",
    ],
    [
      'SELECT * FROM secre',
      "There is no Data Source or Pipe 'secre' that may be read. Check its name and the scopes of the token.",
    ],
    [
      'SELECT * FROM secret',
      "There is no Data Source or Pipe 'secret' that may be read. Check its name and the scopes of the token.",
    ],
    [
      'SELECT * FROM other.events',
      "Tables may not be named with their database (other.events); write 'events'.",
    ],
    [
      'SELECT * FROM other.secret',
      'Tables may not be named with their database (other.secret); write the bare name of a Data Source or Pipe.',
    ],
    ['SELECT * FROM system.users', 'The system table system.users may not be read.'],
    ["SELECT file('x')", 'The function file is not allowed: it reads a file of the server.'],
    ['SELECT toStrng(1)', 'The function toStrng is not known. Did you mean toString?'],
    [
      "SELECT * FROM url('x')",
      'The table function url reads from outside of this server; load the data into a Data Source first.',
    ],
    ['DROP TABLE t', 'Only a SELECT is allowed; this is a DropQuery.'],
  ])('[QY-14] %s', (sql, message) => {
    expect(() => checkQuery(sql, explain(sql), policy)).toThrow(message);
  });
});
