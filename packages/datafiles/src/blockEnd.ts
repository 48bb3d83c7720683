import { isIndented } from './block.js';
import {
  type FileKind,
  type Form,
  INSTRUCTIONS,
  type InstructionName,
  instructionNamed,
  nearestInstruction,
} from './catalogue/index.js';
import { type Head, readHead } from './source.js';

/** What a block is made of decides which lines may be its content. */
export interface OpenBlock {
  form: Form;
  kind: FileKind;
  /** Whether it has lines, all of them indented. */
  indented: boolean;
}

const SHAPES: Partial<Record<Form, RegExp>> = {
  word: /^(?:\S+|"[^"]*"|'[^']*')$/,
  choice: /^(?:\S+|"[^"]*"|'[^']*')$/,
  flag: /^['"]?(?:true|false)['"]?$/i,
  number: /^['"]?\d+['"]?$/,
  token: /\s['"]?(?:read|append|create)['"]?$/i,
  include: /^["'\u201c]/,
  prose: /^>/,
  sql: /^>/,
  schema: /^>/,
  indexes: /^>/,
};
const SHOUTED = /^[A-Z][A-Z0-9_]*$/;

/**
 * True when a line ends the block above it. Blocks are indented in most files, but SQL and descriptions also stand at
 * column 0, so a line at column 0 is the next instruction only when it looks like one. (DF-05, wild §5)
 *
 * - Indented and blank lines go on with the block.
 * - In a block at column 0, only the exact name of an instruction with a fitting value ends it: prose may say "SQL is".
 *   A name with an underscore is no word of prose.
 * - Below indented lines, any instruction ends it: in lower case only with a fitting value, and misspelt ones too, so
 *   that they are reported and not taken for content.
 */
export function endsBlock(line: string, block: OpenBlock): boolean {
  if (line === '' || isIndented(line)) return false;
  const head = readHead(line);
  if (head === undefined) return false;
  const exact = instructionNamed(head.word);
  if (exact !== undefined) return endsAsWritten(exact, head, block);
  if (!block.indented) return false;
  const lower = instructionNamed(head.word.toUpperCase());
  if (lower !== undefined) return fits(lower, head);
  return isMisspelt(head, block);
}

function endsAsWritten(name: InstructionName, head: Head, block: OpenBlock): boolean {
  if (name.includes('_') || (block.indented && block.form !== 'prose')) return true;
  return fits(name, head) || (INSTRUCTIONS[name].form === 'prose' && head.rest !== '');
}

/** True when the text behind the word looks like a value of the instruction. */
function fits(name: InstructionName, head: Head): boolean {
  return SHAPES[INSTRUCTIONS[name].form]?.test(head.rest) ?? head.rest !== '';
}

function isMisspelt(head: Head, block: OpenBlock): boolean {
  if (!SHOUTED.test(head.word)) return false;
  const nearest = nearestInstruction(head.word, block.kind);
  if (nearest !== undefined && fits(nearest, head)) return true;
  return block.form === 'schema' || block.form === 'indexes' || block.form === 'list';
}
