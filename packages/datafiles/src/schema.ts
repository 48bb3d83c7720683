import {
  type ColumnDefinition,
  formatSchema,
  parseSchema,
  SCHEMA_COLUMNS_MAX,
  SchemaError,
} from '@goldcrest/sql';
import { locate, type TextBlock } from './block.js';
import type { Problems } from './problem.js';

/** What is not closed reaches to the end, so that the text is gone over once. */
const QUOTED_OR_COMMENT =
  /'[^'\\]*(?:\\[\s\S][^'\\]*)*(?:'|$)|`[^`]*(?:`|$)|"[^"]*(?:"|$)|--[^\n]*|#[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;
/** Longest SCHEMA, in characters: 2,000 for each of the most columns that a Data Source may have. */
const SCHEMA_LENGTH_MAX = 2000 * SCHEMA_COLUMNS_MAX;
const NEWLINE_BEFORE_COLUMN = /([^,\s])([ \t]*)\n(?=\s*\S)/g;

/**
 * Reads the block of SCHEMA. Comments are allowed, and commas may be missing at the ends of lines when every line is a
 * column. A problem is reported at its place in the file. (DFD-01…DFD-06, DF-N3)
 */
export function readSchema(block: TextBlock, problems: Problems): ColumnDefinition[] {
  if (block.text.length > SCHEMA_LENGTH_MAX) {
    problems.add(block.position, `The SCHEMA has more than ${SCHEMA_LENGTH_MAX} characters.`);
    return [];
  }
  const text = withoutComments(block.text);
  try {
    return parseSchema(text);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    const repaired = parseOneColumnPerLine(text);
    if (repaired !== undefined) return repaired;
    problems.add(locate(block, error.position), `SCHEMA: ${error.reason}`);
    return [];
  }
}

/** The block of SCHEMA, one column per line. */
export function formatSchemaBlock(columns: readonly ColumnDefinition[]): string {
  return columns.map((column) => formatSchema([column])).join(',\n');
}

/** Puts spaces in place of comments, so that positions stay. A comment that is not closed is left to be refused. */
function withoutComments(text: string): string {
  return text.replace(QUOTED_OR_COMMENT, (piece) =>
    /^(?:--|#|\/\*[\s\S]*\*\/$)/.test(piece) ? piece.replace(/[^\n]/g, ' ') : piece,
  );
}

function parseOneColumnPerLine(text: string): ColumnDefinition[] | undefined {
  try {
    return parseSchema(text.replace(NEWLINE_BEFORE_COLUMN, '$1$2,'));
  } catch (error) {
    if (error instanceof SchemaError) return undefined;
    throw error;
  }
}
