import {
  type ColumnDefinition,
  checkExpression,
  parseColumnType,
  quoteIdentifier,
  SqlExpressionError,
  unwrap,
} from '@goldcrest/sql';
import { ApiError } from '../errors/index.js';
import type { StoredEngine } from './store.js';

/** The options of `POST /v0/datasources` that begin with `engine` (DS-12, DS-13), and where they are kept. */
const OPTIONS = {
  engine_sorting_key: 'sortingKey',
  engine_partition_key: 'partitionKey',
  engine_primary_key: 'primaryKey',
  engine_sampling_key: 'samplingKey',
  engine_ttl: 'ttl',
  engine_ver: 'ver',
  engine_is_deleted: 'isDeleted',
  engine_sign: 'sign',
  engine_version: 'version',
  engine_join_strictness: 'joinStrictness',
  engine_join_type: 'joinType',
  engine_key_columns: 'keyColumns',
} as const satisfies Record<string, keyof StoredEngine>;

type OptionName = keyof typeof OPTIONS;

/** What only Join takes, and all of it: how its rows are found again by `joinGet` and JOIN (wild §2). */
const JOIN_OPTIONS: readonly OptionName[] = [
  'engine_join_strictness',
  'engine_join_type',
  'engine_key_columns',
];

/** What the words of Join may be. */
const JOIN_WORDS: Partial<Record<OptionName, readonly string[]>> = {
  engine_join_strictness: ['ANY', 'ALL', 'SEMI', 'ANTI'],
  engine_join_type: ['LEFT', 'INNER', 'RIGHT', 'FULL'],
};

/** The engines (EN-01…EN-07) with the options of their own: which they take and which of them they need. */
const ENGINES: Record<string, { takes: readonly OptionName[]; needs: readonly OptionName[] }> = {
  MergeTree: { takes: [], needs: [] },
  ReplacingMergeTree: { takes: ['engine_ver', 'engine_is_deleted'], needs: [] },
  SummingMergeTree: { takes: [], needs: [] },
  AggregatingMergeTree: { takes: [], needs: [] },
  CollapsingMergeTree: { takes: ['engine_sign'], needs: ['engine_sign'] },
  VersionedCollapsingMergeTree: {
    takes: ['engine_sign', 'engine_version'],
    needs: ['engine_sign', 'engine_version'],
  },
  Join: { takes: JOIN_OPTIONS, needs: JOIN_OPTIONS },
  Null: { takes: [], needs: [] },
};

/** Engines whose tables are no MergeTree: they have no keys, no partitions and no settings. */
const PLAIN_ENGINES = ['Join', 'Null'];

const COLUMN_OPTIONS: readonly OptionName[] = [
  'engine_ver',
  'engine_is_deleted',
  'engine_sign',
  'engine_version',
];

/** Table settings that a Data Source may set (EN-15). */
const TABLE_SETTINGS = [
  'index_granularity',
  'index_granularity_bytes',
  'merge_with_ttl_timeout',
  'ttl_only_drop_parts',
];

/**
 * Reads the engine of a new Data Source from the request's `engine…` parameters.
 * @param columns the schema, for the default sorting key (EN-10) and for the columns that options name
 * @throws ApiError invalid_engine
 */
export function readEngine(
  parameters: readonly [string, string][],
  columns: readonly ColumnDefinition[],
): StoredEngine {
  const options = new Map(parameters.map(([name, value]) => [name.toLowerCase(), value.trim()]));
  const engine = options.get('engine') || 'MergeTree';
  const rules = Object.hasOwn(ENGINES, engine) ? ENGINES[engine] : undefined;
  if (rules === undefined)
    throw wrong(`\`${engine}\` is not an engine. Use one of: ${Object.keys(ENGINES).join(', ')}.`);
  const stored: StoredEngine = {
    engine,
    sortingKey: '',
    partitionKey: '',
    primaryKey: '',
    ttl: '',
    settings: {},
  };
  for (const [given, value] of options) {
    if (given === 'engine' || value === '') continue;
    // Some projects call it so; the engine has one version column, whatever its option is called.
    const name = engine === 'ReplacingMergeTree' && given === 'engine_version' ? 'engine_ver' : given;
    if (name === 'engine_settings') stored.settings = readSettings(engine, value);
    else
      stored[OPTIONS[optionName(name)]] = readOption(optionName(name), value, columns, engine, rules.takes);
  }
  const missing = rules.needs.filter((name) => !options.get(name));
  if (missing.length > 0) throw wrong(`the engine ${engine} needs ${missing.join(' and ')}.`);
  if (!PLAIN_ENGINES.includes(engine) && stored.sortingKey === '')
    stored.sortingKey = defaultSortingKey(columns);
  return stored;
}

function wrong(reason: string): ApiError {
  return ApiError.of('invalid_engine', { reason });
}

function optionName(name: string): OptionName {
  if (Object.hasOwn(OPTIONS, name)) return name as OptionName;
  throw wrong(
    `there is no option \`${name}\`. Use: engine, engine_settings, ${Object.keys(OPTIONS).join(', ')}.`,
  );
}

function readOption(
  name: OptionName,
  value: string,
  columns: readonly ColumnDefinition[],
  engine: string,
  takes: readonly OptionName[],
): string {
  if (engine === 'Null') throw wrong(`the engine Null stores nothing and takes no \`${name}\`.`);
  const own = COLUMN_OPTIONS.includes(name) || JOIN_OPTIONS.includes(name);
  if (!takes.includes(name) && (own || PLAIN_ENGINES.includes(engine)))
    throw wrong(`the engine ${engine} takes no \`${name}\`.`);
  if (!own) return expressionOf(name, value);
  const words = JOIN_WORDS[name];
  if (words !== undefined) return readWord(name, value, words);
  const named = name === 'engine_key_columns' ? value.split(',').map((column) => column.trim()) : [value];
  const unknown = named.find((each) => !columns.some((column) => column.name === each));
  if (unknown === undefined) return named.join(', ');
  throw wrong(`\`${name}\` is \`${unknown}\`, which is not a column of the schema.`);
}

function readWord(name: string, value: string, words: readonly string[]): string {
  if (words.includes(value.toUpperCase())) return value.toUpperCase();
  throw wrong(`\`${name}\` is \`${value}\`. Use one of: ${words.join(', ')}.`);
}

function expressionOf(name: string, value: string): string {
  try {
    return checkExpression(value);
  } catch (error) {
    if (error instanceof SqlExpressionError) throw wrong(`\`${name}\` can not be read: ${error.message}`);
    throw error;
  }
}

/** `a=1, b=2` (DS-13). */
function readSettings(engine: string, text: string): Record<string, string> {
  if (PLAIN_ENGINES.includes(engine)) throw wrong(`the engine ${engine} takes no \`engine_settings\`.`);
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(pairs.map(readSetting));
}

function readSetting(pair: string): [string, string] {
  const [, name = '', value = ''] = /^\s*(\w+)\s*=\s*(\d+|true|false)\s*$/i.exec(pair) ?? [];
  if (name === '') throw wrong(`\`${pair.trim()}\` in engine_settings is not of the form name=number.`);
  if (!TABLE_SETTINGS.includes(name)) {
    throw wrong(`\`${name}\` in engine_settings is not one of: ${TABLE_SETTINGS.join(', ')}.`);
  }
  return [name, { true: '1', false: '0' }[value.toLowerCase()] ?? value];
}

const KINDS_IN_ORDER = [/^Date/, /^(U?Int|Float|Decimal)/, /^(String|FixedString|UUID)/];

/** The first column of a date type, else of a numeric type, else of a text type; else nothing sorts the table (EN-10). */
function defaultSortingKey(columns: readonly ColumnDefinition[]): string {
  for (const kind of KINDS_IN_ORDER) {
    const column = columns.find(
      ({ type, nullable }) => !nullable && kind.test(unwrap(parseColumnType(type)).name),
    );
    if (column !== undefined)
      return /^[A-Za-z_]\w*$/.test(column.name) ? column.name : quoteIdentifier(column.name);
  }
  return 'tuple()';
}
