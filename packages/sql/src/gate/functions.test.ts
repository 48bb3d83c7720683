import { Session } from 'chdb';
import { afterAll, describe, expect, test } from 'vitest';
import {
  allowedFunctionNames,
  HIGHER_ORDER_FUNCTIONS,
  judgeFunction,
  refusedFunctionReasons,
} from './functions.js';
import {
  allowedTableFunctionNames,
  refusedTableFunctionReasons,
  tableFunctionFault,
} from './tableFunctions.js';

/** Names that the engine's parser makes and its list of functions lacks. */
const FROM_THE_PARSER = ['exists', 'grouping', 'lambda', 'untuple'];

const session = new Session();
afterAll(() => session.close());

function column(sql: string): string[] {
  return session.query(sql, 'TabSeparatedRaw').trim().toLowerCase().split('\n').sort();
}

function unique(names: Iterable<string>): string[] {
  return [...new Set([...names].map((name) => name.toLowerCase()))].sort();
}

describe('the lists against the running engine', () => {
  test('[PS-07] every function is either allowed or refused, and no other is listed', () => {
    const listed = unique([...allowedFunctionNames(), ...refusedFunctionReasons().keys()]);
    const engine = column('SELECT DISTINCT lower(name) FROM system.functions');
    expect(listed).toEqual([...engine, ...FROM_THE_PARSER].sort());
  });

  test('[PS-07] no function is both allowed and refused', () => {
    expect(unique(allowedFunctionNames()).filter((name) => refusedFunctionReasons().has(name))).toEqual([]);
  });

  test('[PS-07] an alias is allowed exactly when its function is', () => {
    const rows = session.query(
      "SELECT name, alias_to FROM system.functions WHERE alias_to != ''",
      'TabSeparatedRaw',
    );
    const unequal = rows
      .trim()
      .split('\n')
      .map((row) => row.split('\t'))
      .filter(([name = '', alias = '']) => judgeFunction(name).allowed !== judgeFunction(alias).allowed);
    expect(unequal).toEqual([]);
  });

  test('[PS-09] aggregate functions are known as such', () => {
    const aggregates = column('SELECT name FROM system.functions WHERE is_aggregate');
    const wrong = aggregates.filter((name) => {
      const verdict = judgeFunction(name);
      return verdict.allowed && !verdict.aggregate;
    });
    expect(wrong).toEqual([]);
  });

  test('[PS-08] every table function is either allowed or refused', () => {
    const listed = unique([...allowedTableFunctionNames(), ...refusedTableFunctionReasons().keys()]);
    expect(listed).toEqual(column('SELECT DISTINCT lower(name) FROM system.table_functions'));
    expect(listed.length).toBe(allowedTableFunctionNames().length + refusedTableFunctionReasons().size);
  });

  test('[PS-08] every table function that is allowed runs read-only, as queries do', () => {
    const writing = column('SELECT lower(name) FROM system.table_functions WHERE NOT allow_readonly');
    const allowed = allowedTableFunctionNames().map((name) => name.toLowerCase());
    expect(allowed.filter((name) => writing.includes(name))).toEqual([]);
  });

  test('[PS-07] functions that take functions are known', () => {
    const engine = column('SELECT name FROM system.functions WHERE higher_order = 1');
    expect([...HIGHER_ORDER_FUNCTIONS].sort()).toEqual(engine);
  });

  test('[PS-10] every combinator of the engine is known', () => {
    const combinators = session.query(
      'SELECT name FROM system.aggregate_function_combinators',
      'TabSeparatedRaw',
    );
    for (const combinator of combinators.trim().split('\n')) {
      expect(judgeFunction(`sum${combinator}`)).toEqual({ allowed: true, aggregate: true });
    }
  });
});

describe('judgeFunction', () => {
  // Every spelling of functions found in public projects, but table functions and names of types.
  const USED = `
    abs ABS addDays age any anyHeavy anyIf anyLast anySimpleState argMax argMaxIf argMaxMerge argMaxState argMin
    argMinIf argMinMerge argMinState arrayAll arrayConcat arrayCount arrayDistinct arrayElement arrayEnumerate
    arrayExists arrayFilter arrayFlatten arrayIntersect arrayJoin arrayMap arrayMax arrayReduce arrayReverseSort
    arraySlice arraySort arrayStringConcat arraySum arrayWithConstant arrayZip assumeNotNull avg AVG avgIf avgIfState
    avgMerge avgMergeState avgOrNull avgState base64Decode CAST cast ceil cityHash64 coalesce COALESCE concat CONCAT
    concatWithSeparator cosineDistance count COUNT countDistinct countDistinctIf countDistinctMerge
    countDistinctState COUNTDistinctState countIf countIfMerge countIfState countMerge CountMerge countState
    countStateIf Date date DATEDIFF date_add date_diff date_sub DATE_TRUNC dateAdd dateDiff dayOfWeek
    decodeURLComponent decodeURLFormComponent domain domainWithoutWWW empty encodeURLFormComponent endsWith exp10
    extract extractAll extractAllGroups extractURLParameter extractURLParameterNames floor formatDateTime
    formatDateTimeInJodaSyntax formatReadableSize formatReadableTimeDelta fromUnixTimestamp64Micro
    fromUnixTimestamp64Milli generateUUIDv4 geoDistance geoToH3 geohashDecode geohashEncode geohashesInBox
    getSubcolumn greatest groupArray groupArrayDistinctMerge groupArrayDistinctState groupArrayIf groupArrayMerge
    groupArrayMovingAvg groupArrayMovingSum groupArrayState groupUniqArray h3ToGeoBoundary has if IF ifNull indexOf
    intDiv intDivOrZero IPv4NumToString IPv4StringToNum isNaN isNotNull isNull joinGet JSON_VALUE JSONExtract
    JSONExtractArrayRaw JSONExtractBool JSONExtractFloat JSONExtractInt JSONExtractRaw JSONExtractString
    JSONExtractUInt L2Distance lagInFrame leadInFrame least length LENGTH log10 lower lowerUTF8 lpad makeDate map
    mapConcat mapKeys match max MAX max2 maxIf maxMerge maxOrNull maxSimpleState maxState median medianIf medianMerge
    medianState min minIf minMerge minOrNull minSimpleState MINSimpleState minState multiIf multiMatchAny
    multiSearchAny multiSearchAnyCaseInsensitive multiSearchFirstIndexUTF8 normalizeQuery notEmpty now NOW now64
    nullIf NULLIF parseDateTime parseDateTime32BestEffort parseDateTime64BestEffort parseDateTime64BestEffortOrZero
    parseDateTimeBestEffort parseDateTimeBestEffortOrNull path pointInPolygon position positionCaseInsensitive pow
    protocol quantile quantileExact quantileIf quantileMerge quantileState quantiles quantilesTiming
    quantilesTimingMerge rand range rank replace REPLACE replaceAll replaceOne replaceRegexpAll replaceRegexpOne
    round ROUND roundBankers row_number ROW_NUMBER rowNumberInAllBlocks rowNumberInBlock simpleJSONExtractRaw
    simpleJSONExtractUInt splitByChar splitByString sqrt startsWith stddevPop stddevPopMerge stddevPopState substr
    substring subtractMonths sum SUM sumIf sumIfMerge sumIfState sumMerge sumSimpleState SUMSimpleState sumState
    sumStateIf timeSlots timestampAdd timestamp_add toDate toDate32 toDateTime toDateTime64 toDayOfMonth
    toFixedString toFloat64OrZero toInt64OrNull toIntervalDay toIntervalMillisecond toJSONString toLowCardinality
    toMonday toNullable toStartOfFiveMinute toStartOfInterval toStartOfSecond toString toTime toTimeZone toTimezone
    toUnixTimestamp64Milli toUUID toYYYYMM today topK topKMerge topKState topKWeightedIf transform trim truncate
    tuple tupleElement uniq uniqCombined uniqCombinedIf uniqCombinedMerge uniqCombinedState uniqExact uniqExactIf
    uniqExactMerge uniqExactState uniqIf uniqIfState uniqMerge uniqState uniqStateIf upper upperUTF8 URLHierarchy
    varPop yesterday`;
  /** The parser turns these into other functions, so the tree never has them. */
  const REWRITTEN = new Set(['timestampadd', 'timestamp_add', 'date_add', 'date_sub', 'dateadd']);

  test.each(
    USED.trim()
      .split(/\s+/)
      .filter((name) => !REWRITTEN.has(name.toLowerCase())),
  )('[PS-11] allows %s', (name) => {
    expect(judgeFunction(name)).toMatchObject({ allowed: true });
  });

  test.each([
    ['sumIfIf', true],
    ['quantilesTDigestArrayIfOrNullState', true],
    ['uniqCombined64MergeState', true],
    ['SUMFOREACH', true],
    ['lower', false],
  ])('[PS-10] %s is allowed; aggregate: %s', (name, aggregate) => {
    expect(judgeFunction(name)).toEqual({ allowed: true, aggregate });
  });

  test.each([
    ['file', true, 'is not allowed: it reads a file of the server.'],
    ['HOSTNAME', true, 'is not allowed: it tells about the server or the cluster that runs the query.'],
    ['sleepEachRow', true, 'is not allowed: it only takes time.'],
    ['aggThrow', true, 'is not allowed: it exists only to test the engine.'],
    ['aggThrowIf', false, 'is not known. Did you mean throwIf?'],
    ['ifIf', false, 'is not known. Look up its name in the function reference.'],
    ['OrNullState', false, 'is not known. Look up its name in the function reference.'],
    ['toStrng', false, 'is not known. Did you mean toString?'],
    ['t.columns', false, 'is not known. Look up its name in the function reference.'],
  ])('[PS-07] refuses %s', (name, known, why) => {
    expect(judgeFunction(name)).toEqual({ allowed: false, known, why });
  });

  test('[PS-10] a long chain of combinators takes no time', () => {
    expect(judgeFunction(`x${'OrNullIfSimpleStateState'.repeat(500)}`).allowed).toBe(false);
    expect(judgeFunction(`sum${'OrNullIfSimpleStateState'.repeat(500)}`).allowed).toBe(true);
  });
});

test.each([
  ['NUMBERS', undefined],
  ['s3', 'reads from outside of this server; load the data into a Data Source first.'],
  ['Merge', 'reaches tables in a way that cannot be checked; name the table in FROM instead.'],
  ['nubmers', 'is not known. Did you mean numbers?'],
  ['my_view', 'is not known. To read a Data Source or Pipe, leave out the brackets.'],
])('[PS-08] judges the table function %s', (name, fault) => {
  expect(tableFunctionFault(name)).toBe(fault);
});
