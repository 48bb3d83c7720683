import { blockOfLines, blockWithFirstLine, isBlank, isIndented, type TextBlock } from './block.js';
import { endsBlock } from './blockEnd.js';
import {
  EXTENSIONS,
  type FileKind,
  type Form,
  INSTRUCTIONS,
  type InstructionName,
  instructionNamed,
  instructionsOf,
  isAllowedIn,
  nearestInstruction,
  takesBlock,
} from './catalogue/index.js';
import { type QuoteRule, readLineValue } from './lineValue.js';
import type { Position, Problems } from './problem.js';
import { type Head, readHead, type Source } from './source.js';
import type { Statement } from './statement.js';

/** Longest piece of a file that a message repeats, in characters. */
const SHOWN_MAX = 40;

/** How a value of each form is quoted on its line. */
export function quoteRuleOf(form: Form): QuoteRule {
  if (form === 'token' || form === 'include') return 'raw';
  return form === 'expression' || form === 'list' || form === 'settings' ? 'expression' : 'value';
}

/** Cuts one file into statements, and reports what is no instruction of its kind. (DF-02…DF-07, DF-19) */
export class StatementReader {
  /** Index of the next line. */
  #at = 0;

  constructor(
    private readonly source: Source,
    private readonly kind: FileKind,
    private readonly depth: number,
    private readonly problems: Problems,
  ) {}

  /** The next statement, or undefined at the end of the file or when nobody reads more problems. */
  next(): Statement | undefined {
    while (this.#at < this.source.lines.length && !this.problems.full) {
      const line = this.source.lines[this.#at] ?? '';
      const statement = isBlank(line) || isComment(line) ? this.#skip() : this.#read(line);
      if (statement !== undefined) return statement;
    }
    return undefined;
  }

  #skip(): undefined {
    this.#at += 1;
  }

  #read(line: string): Statement | undefined {
    const head = readHead(line);
    const name = head === undefined ? undefined : this.#identify(head);
    if (head === undefined || name === undefined) {
      if (head === undefined) this.#reportStray(line);
      return this.#skipWithBlock();
    }
    const position = this.#position(head.start);
    const value = this.#readValue(name, head);
    if (isAllowedIn(name, this.kind)) return value && { name, position, value, depth: this.depth };
    this.#reportWrongKind(name, position);
    return undefined;
  }

  /** The instruction that a word is, or that it is misspelt for: the rest of the file then makes more sense. */
  #identify(head: Head): InstructionName | undefined {
    const known = instructionNamed(head.word.toUpperCase());
    if (known !== undefined) return known;
    const nearest = nearestInstruction(head.word, this.kind);
    const hint =
      nearest === undefined
        ? `Allowed are ${instructionsOf(this.kind).join(', ')}.`
        : `Did you mean ${nearest}?`;
    this.problems.add(this.#position(head.start), `${shown(head.word)} is no instruction.`, hint);
    return nearest;
  }

  #reportStray(line: string): void {
    const position = this.#position(line.length - line.trimStart().length);
    const hint = 'A line begins with an instruction; the text of a block is indented below "INSTRUCTION >".';
    this.problems.add(position, `Expected an instruction, found ${shown(line.trim())}.`, hint);
  }

  #reportWrongKind(name: InstructionName, position: Position): void {
    const extensions = (['datasource', 'pipe', 'connection'] as const)
      .filter((kind) => isAllowedIn(name, kind))
      .map((kind) => EXTENSIONS[kind]);
    const message = `${name} is not allowed in ${EXTENSIONS[this.kind]} files.`;
    this.problems.add(position, message, `It belongs in ${extensions.join(' and ')} files.`);
  }

  #readValue(name: InstructionName, head: Head): TextBlock | undefined {
    const { form } = INSTRUCTIONS[name];
    if (head.rest === '>') return this.#readBlock(form, head);
    if (takesBlock(name)) return this.#readBlockFrom(form, head);
    return this.#readLine(form, head);
  }

  #readLine(form: Form, { rest, restStart }: Head): TextBlock | undefined {
    const value = readLineValue(rest, quoteRuleOf(form));
    const position = this.#position(restStart + value.offset);
    this.#at += 1;
    if (value.kind === 'value') return { text: value.text, position, indent: 0 };
    const hint = 'Close it on the same line, or write the value without quotes.';
    this.problems.add(position, `The quote ${rest.charAt(0)} is not closed.`, hint);
    return undefined;
  }

  #readBlock(form: Form, head: Head): TextBlock {
    const position = this.#position(head.restStart);
    const first = this.#at + 1;
    const lines = this.#takeBlock(form, true);
    if (lines.every(isBlank)) return { text: '', position, indent: 0 };
    return blockOfLines(lines, this.source.file, first + 1);
  }

  /** A block whose text begins on the instruction's own line, with or without the `>`. */
  #readBlockFrom(form: Form, head: Head): TextBlock {
    const marked = head.rest.startsWith('>');
    const text = marked ? head.rest.slice(1).trimStart() : head.rest;
    const start = head.restStart + head.rest.length - text.length;
    const position = this.#position(start);
    const first = this.#at + 1;
    const lines = this.#takeBlock(form, marked);
    if (lines.every(isBlank)) return this.#inline(form, { text, position }, marked);
    if (text === '') return blockOfLines(lines, this.source.file, first + 1);
    return blockWithFirstLine({ text, position }, lines);
  }

  /** Only prose is written in quotes on its line: in SQL they mean something. */
  #inline(form: Form, first: { text: string; position: Position }, marked: boolean): TextBlock {
    const value = readLineValue(first.text, 'value');
    if (form !== 'prose' || marked || value.kind !== 'value' || !value.quoted) return { ...first, indent: 0 };
    const column = first.position.column + value.offset;
    return { text: value.text, position: { ...first.position, column }, indent: 0 };
  }

  /**
   * Takes the lines below an instruction up to the next one.
   *
   * @param open false when only indented lines can belong to it, because no `>` opened a block
   */
  #takeBlock(form: Form, open: boolean): string[] {
    const first = this.#at + 1;
    const block = { form, kind: this.kind, indented: false };
    let [end, atColumn0] = [first, false];
    for (; end < this.source.lines.length; end += 1) {
      const line = this.source.lines[end] ?? '';
      if (isBlank(line)) continue;
      if (open ? endsBlock(line, block) : !isIndented(line)) break;
      atColumn0 ||= !isIndented(line) && !isComment(line);
      block.indented = !atColumn0 && (block.indented || isIndented(line));
    }
    this.#at = end;
    const lines = this.source.lines.slice(first, end);
    return block.indented ? withoutTrailingComments(lines) : lines;
  }

  /** Passes over a line that is nothing, and over the block below it when it opens one. */
  #skipWithBlock(): undefined {
    const opensBlock = this.source.lines[this.#at]?.trimEnd().endsWith('>') === true;
    this.#at += 1;
    while (opensBlock && this.#at < this.source.lines.length) {
      const line = this.source.lines[this.#at] ?? '';
      if (!isBlank(line) && !isIndented(line)) return;
      this.#at += 1;
    }
  }

  #position(index: number): Position {
    return { file: this.source.file, line: this.#at + 1, column: index + 1 };
  }
}

/** Lines beginning with `#` or `--` outside blocks are for people. (DF-07) */
function isComment(line: string): boolean {
  const start = line.trimStart();
  return start.startsWith('#') || start.startsWith('--');
}

/** Comments at column 0 between an indented block and the next instruction belong to neither. (DF-07) */
function withoutTrailingComments(lines: readonly string[]): string[] {
  let end = lines.length;
  for (; end > 0; end -= 1) {
    const line = lines[end - 1] ?? '';
    if (!isBlank(line) && (isIndented(line) || !isComment(line))) break;
  }
  return lines.slice(0, end);
}

/** A piece of the file for a message, cut short. */
function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text);
}
