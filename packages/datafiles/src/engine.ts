import { ENGINES } from './choices.js';
import type { Fields, Setting } from './fields.js';
import type { Printer } from './printer.js';

/** The table behind a Data Source, as far as the file says it. Expressions are checked SQL. (DFD-08…DFD-15) */
export interface EngineDefinition {
  /** Null means MergeTree, or what the import chooses. */
  type: (typeof ENGINES)[number] | null;
  sortingKey: string | null;
  /** `''` asks for one partition, null leaves it open. */
  partitionKey: string | null;
  primaryKey: string | null;
  samplingKey: string | null;
  /** `''` asks for rows that stay, null leaves it open. */
  ttl: string | null;
  ver: string | null;
  isDeleted: string | null;
  sign: string | null;
  version: string | null;
  settings: readonly Setting[];
  joinStrictness: string | null;
  joinType: string | null;
  keyColumns: readonly string[];
}

/** Reads the ENGINE instructions of a file or a node. (DFD-08…DFD-15) */
export function readEngine(fields: Fields): EngineDefinition {
  if (fields.has('SORTING_KEY') && fields.has('ENGINE_SORTING_KEY')) {
    fields.report('SORTING_KEY', 'SORTING_KEY is another spelling of ENGINE_SORTING_KEY. Keep one of them.');
  }
  return {
    type: fields.choice('ENGINE', ENGINES),
    sortingKey: fields.expression('ENGINE_SORTING_KEY') ?? fields.expression('SORTING_KEY'),
    partitionKey: fields.expression('ENGINE_PARTITION_KEY'),
    primaryKey: fields.expression('ENGINE_PRIMARY_KEY'),
    samplingKey: fields.expression('ENGINE_SAMPLING_KEY'),
    ttl: fields.expression('ENGINE_TTL'),
    ver: fields.expression('ENGINE_VER'),
    isDeleted: fields.expression('ENGINE_IS_DELETED'),
    sign: fields.expression('ENGINE_SIGN'),
    version: fields.expression('ENGINE_VERSION'),
    settings: fields.settings('ENGINE_SETTINGS'),
    joinStrictness: fields.word('ENGINE_JOIN_STRICTNESS'),
    joinType: fields.word('ENGINE_JOIN_TYPE'),
    keyColumns: fields.list('ENGINE_KEY_COLUMNS'),
  };
}

/** Prints what `readEngine` reads. */
export function printEngine(printer: Printer, engine: EngineDefinition): void {
  printer
    .part()
    .value('ENGINE', engine.type)
    .value('ENGINE_SORTING_KEY', engine.sortingKey)
    .value('ENGINE_PARTITION_KEY', engine.partitionKey)
    .value('ENGINE_PRIMARY_KEY', engine.primaryKey)
    .value('ENGINE_SAMPLING_KEY', engine.samplingKey)
    .value('ENGINE_TTL', engine.ttl)
    .value('ENGINE_VER', engine.ver)
    .value('ENGINE_IS_DELETED', engine.isDeleted)
    .value('ENGINE_SIGN', engine.sign)
    .value('ENGINE_VERSION', engine.version)
    .settings('ENGINE_SETTINGS', engine.settings)
    .value('ENGINE_JOIN_STRICTNESS', engine.joinStrictness)
    .value('ENGINE_JOIN_TYPE', engine.joinType)
    .list('ENGINE_KEY_COLUMNS', engine.keyColumns)
    .part();
}
