import type { Position } from './problem.js';

/**
 * Text taken from a file, without the indentation that all its lines share. (DF-05)
 *
 * `locate` leads from an offset in `text` back to the file.
 */
export interface TextBlock {
  text: string;
  /** Where the first character of `text` stands. */
  position: Position;
  /** Characters of indentation that were taken away from every line after the first. */
  indent: number;
}

/**
 * Where a character of a block stands in its file, for errors that are found later, by the template or the engine.
 * In text from an include, a replaced variable may move columns on its own line, never lines. (DF-19)
 *
 * @param offset into `block.text`, in UTF-16 units; beyond the end means the end
 */
export function locate(block: TextBlock, offset: number): Position {
  const before = block.text.slice(0, Math.max(0, offset));
  const lastBreak = before.lastIndexOf('\n');
  const { file, line, column } = block.position;
  if (lastBreak < 0) return { file, line, column: column + before.length };
  const breaks = before.split('\n').length - 1;
  return { file, line: line + breaks, column: block.indent + before.length - lastBreak };
}

/**
 * Makes a block of the lines below an instruction: blank lines around are dropped, shared indentation is taken away,
 * and lines of white space become empty. The first line loses all its indentation, so that `%` is the first character
 * of a template however it is indented. (DF-05, DF-06, DFP-N5)
 *
 * @param line number of the first of the lines, from 1
 */
export function blockOfLines(lines: readonly string[], file: string, line: number): TextBlock {
  let [start, end] = [0, lines.length];
  while (start < end && isBlank(lines[start])) start += 1;
  while (end > start && isBlank(lines[end - 1])) end -= 1;
  const kept = lines.slice(start, end);
  const indent = sharedIndent(kept);
  const text = kept.map((each) => (isBlank(each) ? '' : each.slice(indent))).join('\n');
  const trimmed = text.trimStart();
  const column = indent + text.length - trimmed.length + 1;
  return { text: trimmed.trimEnd(), position: { file, line: line + start, column }, indent };
}

/** Makes a block of text that begins on the instruction's own line and of the lines below. */
export function blockWithFirstLine(
  first: { text: string; position: Position },
  below: readonly string[],
): TextBlock {
  const { text, position } = first;
  const indent = sharedIndent(below.filter((each) => !isBlank(each)));
  const rest = below.map((each) => (isBlank(each) ? '' : each.slice(indent)));
  return { text: [text, ...rest].join('\n').trimEnd(), position, indent };
}

/** True for a line that holds nothing but white space. */
export function isBlank(line: string | undefined): boolean {
  return line === undefined || line.trim() === '';
}

/** True for a line that begins with a space or a tab. */
export function isIndented(line: string): boolean {
  return line.startsWith(' ') || line.startsWith('\t');
}

/** Length of the white space that all lines begin with, the same characters in each. */
function sharedIndent(lines: readonly string[]): number {
  let shared: string | undefined;
  for (const line of lines) {
    if (isBlank(line)) continue;
    const own = indentOf(line);
    shared = shared === undefined ? own : commonStart(shared, own);
    if (shared === '') break;
  }
  return shared?.length ?? 0;
}

function indentOf(line: string): string {
  let end = 0;
  while (line[end] === ' ' || line[end] === '\t') end += 1;
  return line.slice(0, end);
}

function commonStart(left: string, right: string): string {
  let end = 0;
  while (end < left.length && left[end] === right[end]) end += 1;
  return left.slice(0, end);
}
