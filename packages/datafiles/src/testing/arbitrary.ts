import fc from 'fast-check';
import {
  COPY_MODES,
  ENGINES,
  EXPORT_COMPRESSIONS,
  EXPORT_FORMATS,
  IMPORT_STRATEGIES,
  OFFSET_RESETS,
  TOKEN_SCOPES,
  WRITE_STRATEGIES,
} from '../choices.js';
import { type DatasourceDefinition, parseDatasource } from '../datasource.js';
import { type PipeDefinition, parsePipe } from '../pipe.js';

/** Characters that could be taken for syntax. */
const hostile = fc.constantFrom(
  ...`"'\`#>,=$%{}()\\- \t\u201c\u201d\u2018\u2019aé\u{1f600}`,
  ' #',
  '" #',
  "' #",
);
const lineText = fc
  .array(hostile, { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join('').trim())
  .filter((text) => text !== '');
const blockLine = fc.oneof(
  lineText,
  fc.constantFrom('', '# x', '-- y', 'NODE n', 'SQL >', 'TYPE endpoint', '\tFROM t', '  a '),
);
const blockText = fc
  .tuple(lineText, fc.array(blockLine, { maxLength: 4 }))
  .map(([first, rest]) => [first, ...rest].join('\n').trim());
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const word = fc.constantFrom('a', 'b_1', 'my_name', 'events');
const expression = fc.constantFrom('a', 'a, b', '"a", "b"', 'lower(\'x\' || "y")', "'a' , `b`", 'f(a,\n b)');
const schedule = fc.constantFrom('@on-demand', '@auto', '*/5 * * * *', '0 1 1-5 JAN mon,tue');
const block = blockText.map((text) => ({ text, position: NOWHERE, indent: 0 }));
const token = fc.record({ name: lineText.filter(isTokenName), scope: fc.constantFrom(...TOKEN_SCOPES) });

const NOWHERE = { file: '', line: 0, column: 0 };

/** A token's name in quotes may not hold both kinds of them, nor runs of spaces at its ends. */
function isTokenName(name: string): boolean {
  return /^[^"'\s\u201c\u201d\u2018\u2019#]+(?: [^"'\s\u201c\u201d\u2018\u2019#]+)*$/.test(name);
}

const shared = {
  description: maybe(blockText),
  version: maybe(fc.nat({ max: 99 })),
  tags: fc.array(word, { maxLength: 3 }),
  tokens: fc.array(token, { maxLength: 2 }),
};

const engine = fc.record({
  type: maybe(fc.constantFrom(...ENGINES).filter((name) => name !== 'Join' && !name.includes('Collapsing'))),
  sortingKey: maybe(expression),
  partitionKey: maybe(fc.oneof(expression, fc.constant(''))),
  primaryKey: maybe(expression),
  samplingKey: maybe(expression),
  ttl: maybe(fc.oneof(expression, fc.constant(''))),
  ver: maybe(expression),
  sign: maybe(expression),
  version: maybe(expression),
  settings: fc.array(fc.record({ name: word, value: fc.constantFrom('1', "'x'", 'a b') }), { maxLength: 2 }),
  keyColumns: fc.array(word, { maxLength: 2 }),
});

const kafka = fc.record({
  connectionName: lineText,
  topic: lineText,
  groupId: lineText,
  autoOffsetReset: fc.constantFrom(...OFFSET_RESETS),
  storeRawValue: fc.boolean(),
  targetPartitions: maybe(lineText),
});
const bucket = fc.record({
  connectionName: lineText,
  bucketUri: lineText,
  schedule: maybe(schedule),
  strategy: maybe(fc.constantFrom(...IMPORT_STRATEGIES)),
  from: maybe(lineText),
});
const table = fc.record({
  connectionName: maybe(lineText),
  externalDatasource: lineText,
  schedule: maybe(schedule),
  query: maybe(block),
});

const emptyDatasource = parseDatasource('', 'a.datasource').definition;
const emptyKafka = parseDatasource('KAFKA_TOPIC x', 'a.datasource').definition.origin;
const emptyBucket = parseDatasource('IMPORT_BUCKET_URI x', 'a.datasource').definition.origin;
const emptyTable = parseDatasource('IMPORT_QUERY x', 'a.datasource').definition.origin;

/** Definitions of Data Sources whose values try to break the file. */
export const datasourceDefinition: fc.Arbitrary<DatasourceDefinition> = fc
  .record({
    ...shared,
    engine: engine.map((part) => ({ ...emptyDatasource.engine, ...part })),
    origin: maybe(
      fc.oneof(
        kafka.map((part) => ({ ...emptyKafka, ...part })),
        bucket.map((part) => ({ ...emptyBucket, ...part })),
        table.map((part) => ({ ...emptyTable, ...part })),
      ),
    ),
    sharedWith: fc.array(word, { maxLength: 2 }),
    forwardQuery: maybe(block),
    joinKey: fc.array(word, { maxLength: 2 }),
  })
  .map((part) => {
    const columns = parseDatasource('SCHEMA > a String, b Int8', 'a.datasource').definition.columns;
    // The parts are those of the empty definitions with some values replaced, which the types can't follow.
    return { ...emptyDatasource, name: 'a', columns, ...part } as DatasourceDefinition;
  });

const node = fc.oneof(
  fc.constant({ type: 'default' }),
  fc.constant({ type: 'endpoint' }),
  fc.record({ type: fc.constant('materialized'), datasource: word, engine: fc.constant(null) }),
  fc.record({
    type: fc.constant('copy'),
    targetDatasource: word,
    schedule,
    mode: fc.constantFrom(...COPY_MODES),
  }),
  fc.record({
    type: fc.constant('sink'),
    sink: fc.record({
      kind: fc.constant('kafka'),
      connectionName: lineText,
      topic: lineText,
      schedule,
      format: fc.constantFrom(...EXPORT_FORMATS),
      compression: fc.constantFrom(...EXPORT_COMPRESSIONS),
      writeStrategy: fc.constantFrom(...WRITE_STRATEGIES),
    }),
  }),
);

const emptyPipe = parsePipe('', 'a.pipe').definition;

/** Definitions of Pipes whose values try to break the file. */
export const pipeDefinition: fc.Arbitrary<PipeDefinition> = fc
  .record({
    ...shared,
    first: fc.record({ description: maybe(blockText), sql: block }),
    last: fc.tuple(fc.record({ description: maybe(blockText), sql: block }), node),
  })
  .map(({ first, last: [base, typed], ...part }) => {
    const nodes = [
      { name: 'first_node', type: 'default', ...first },
      { name: 'last_node', ...base, ...typed },
    ];
    // Each node is one of the union by construction, which the types can't follow through fast-check.
    return { ...emptyPipe, ...part, nodes } as unknown as PipeDefinition;
  });
