import type { ColumnDefinition } from '@goldcrest/sql';
import type { TextBlock } from './block.js';
import { instructionsOf } from './catalogue/index.js';
import { type EngineDefinition, printEngine, readEngine } from './engine.js';
import { Fields } from './fields.js';
import type { Include } from './includes.js';
import type { ParseOptions } from './options.js';
import { type Origin, printOrigin, readOrigin } from './origin.js';
import { Printer } from './printer.js';
import type { Parsed } from './problem.js';
import { checkRelations, relationsOf } from './relations.js';
import {
  printInclude,
  printShared,
  readFile,
  readIncludes,
  readShared,
  type SharedDefinition,
} from './resource.js';
import { formatSchemaBlock, readSchema } from './schema.js';
import { formatIndexes, readIndexes, type SkipIndex } from './skipIndex.js';

const RELATIONS = relationsOf(instructionsOf('datasource'));

/** What a `.datasource` file says. (DFD-01…DFD-25) */
export interface DatasourceDefinition extends SharedDefinition {
  kind: 'datasource';
  columns: readonly ColumnDefinition[];
  engine: EngineDefinition;
  indexes: readonly SkipIndex[];
  /** Names of Workspaces. (DFD-17) */
  sharedWith: readonly string[];
  /** SELECT that turns existing rows into rows of a changed schema. */
  forwardQuery: TextBlock | null;
  origin: Origin | null;
  /** Columns of the older KEY instruction. */
  joinKey: readonly string[];
  /** Only those that no function resolved; their place in the file does not matter. */
  includes: readonly Include[];
}

/**
 * Reads a `.datasource` file. Everything wrong is reported in one go; nothing is thrown. (DFD-01…DFD-25, DF-19)
 *
 * @param file path of the file, for messages, includes and the Data Source's name
 */
export function parseDatasource(
  text: string,
  file: string,
  options: ParseOptions = {},
): Parsed<DatasourceDefinition> {
  const read = readFile(text, file, 'datasource', options);
  const { problems } = read;
  const includes = readIncludes(read);
  const fields = new Fields(read.statements, read.start, problems);
  const schema = fields.block('SCHEMA');
  const indexes = fields.block('INDEXES');
  const definition: DatasourceDefinition = {
    kind: 'datasource',
    ...readShared(fields, read),
    columns: schema === null ? [] : readSchema(schema, problems),
    engine: readEngine(fields),
    indexes: indexes === null ? [] : readIndexes(indexes, problems),
    sharedWith: fields.list('SHARED_WITH'),
    forwardQuery: fields.block('FORWARD_QUERY'),
    origin: readOrigin(fields),
    joinKey: fields.list('KEY'),
    includes,
  };
  if (includes.length === 0) checkComplete(fields);
  return { definition, problems: problems.sorted() };
}

function checkComplete(fields: Fields): void {
  if (fields.block('SCHEMA') === null) {
    const message = fields.has('SCHEMA') ? 'The SCHEMA is empty.' : 'SCHEMA is missing.';
    fields.report('SCHEMA', message, 'Write SCHEMA > and the columns below, indented.');
  }
  checkRelations(fields, RELATIONS);
}

/** The text of a `.datasource` file; `parseDatasource` reads the same definition back, but for positions. */
export function printDatasource(definition: DatasourceDefinition): string {
  const printer = new Printer();
  printShared(printer, definition);
  if (definition.columns.length > 0) printer.block('SCHEMA', formatSchemaBlock(definition.columns));
  printEngine(printer, definition.engine);
  printer.list('KEY', definition.joinKey).part();
  if (definition.indexes.length > 0) printer.block('INDEXES', formatIndexes(definition.indexes));
  for (const include of definition.includes) printInclude(printer, include);
  if (definition.origin !== null) printOrigin(printer, definition.origin);
  printer.part().block('FORWARD_QUERY', definition.forwardQuery?.text ?? null);
  if (definition.sharedWith.length > 0) printer.block('SHARED_WITH', definition.sharedWith.join('\n'));
  return printer.toString();
}
