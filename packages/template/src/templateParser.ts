import { TemplateError } from './errors.js';
import { lexExpression, syntaxError } from './expressionLexer.js';
import { parseExpression, parseLoop, parseName } from './expressionParser.js';
import { NESTING_MAX } from './limits.js';
import { positionAt } from './position.js';
import type { Statement } from './syntax.js';
import { TokenReader } from './tokenReader.js';

const OPENING_MARK = /\{\{|\{%|\{#/g;
const TAG_NAME = /\s*([A-Za-z_]\w*)?/y;
const END_TAGS: ReadonlyMap<string, 'if' | 'for'> = new Map([
  ['endif', 'if'],
  ['endfor', 'for'],
]);
const TAGS = 'if, elif, else, for, set, comment, break, continue and end';

/** An open block: where it began and where its statements go. */
interface Block {
  statement: Extract<Statement, { type: 'if' | 'for' }>;
  body: Statement[];
}

/**
 * Reads a template's statements. (TPL-03, TPL-04, TPL-05, TPL-07, TPL-08, TPL-11)
 *
 * @param start offset of the first character after `%`
 * @throws TemplateError for anything that is not well-formed, with its place
 */
export function parseTemplate(template: string, start: number): Statement[] {
  return new TemplateParser(template, start).parse();
}

class TemplateParser {
  private readonly statements: Statement[] = [];
  private readonly open: Block[] = [];

  constructor(
    private readonly template: string,
    private at: number,
  ) {}

  parse(): Statement[] {
    for (;;) {
      const mark = this.nextMark();
      this.addText(mark ?? this.template.length);
      if (mark === undefined) break;
      this.readMark(mark);
    }
    const block = this.open.at(-1);
    if (block !== undefined) {
      throw syntaxError(
        this.template,
        block.statement.at,
        `This ${block.statement.type} is not closed. Add {% end %}.`,
      );
    }
    return this.statements;
  }

  /** Of three braces the last two open a tag. */
  private nextMark(): number | undefined {
    OPENING_MARK.lastIndex = this.at;
    const found = OPENING_MARK.exec(this.template)?.index;
    if (found === undefined || !this.template.startsWith('{{{', found)) return found;
    let last = found;
    while (this.template[last + 2] === '{') last += 1;
    return last;
  }

  private addText(end: number): void {
    if (end > this.at) this.add({ type: 'text', at: this.at, text: this.template.slice(this.at, end) });
    this.at = end;
  }

  private add(statement: Statement): void {
    const body = this.open.at(-1)?.body ?? this.statements;
    body.push(statement);
  }

  private readMark(at: number): void {
    const mark = this.template.slice(at, at + 2);
    if (mark === '{{') this.readOutput(at);
    else if (mark === '{#') this.skipTo('#}', at);
    else this.readTag(at);
  }

  private skipTo(close: string, at: number): void {
    const end = this.template.indexOf(close, at + 2);
    if (end < 0) throw syntaxError(this.template, at, `This comment is not closed. Add ${close}.`);
    this.at = end + close.length;
  }

  private readOutput(at: number): void {
    const reader = this.tokens(at + 2, '}}', false);
    const value = parseExpression(reader);
    reader.expectEnd();
    this.add({ type: 'output', at, value });
  }

  private tokens(start: number, close: string, equalsSign: boolean): TokenReader {
    const tokens = lexExpression(this.template, start, close);
    this.at = tokens.at(-1)?.end ?? this.template.length;
    return new TokenReader(this.template, tokens, equalsSign);
  }

  private readTag(at: number): void {
    TAG_NAME.lastIndex = at + 2;
    const name = TAG_NAME.exec(this.template)?.[1] ?? '';
    if (name === 'comment') {
      this.skipTo('%}', at);
      return;
    }
    const reader = this.tokens(TAG_NAME.lastIndex, '%}', name === 'if' || name === 'elif');
    this.readStatement(name, at, reader);
    reader.expectEnd();
  }

  private readStatement(name: string, at: number, reader: TokenReader): void {
    if (name === 'set') this.readSet(at, reader);
    else if (name === 'if') this.readIf(at, reader);
    else if (name === 'for') this.readFor(at, reader);
    else if (name === 'elif' || name === 'else') this.readBranch(name, at, reader);
    else if (name === 'end' || END_TAGS.has(name)) this.readEnd(name, at, reader);
    else if (name === 'break' || name === 'continue') this.readJump(name, at);
    else throw syntaxError(this.template, at, refusal(name));
  }

  private readSet(at: number, reader: TokenReader): void {
    const name = parseName(reader);
    reader.expect('=', 'the name');
    this.add({ type: 'set', at, name, value: parseExpression(reader) });
  }

  private readIf(at: number, reader: TokenReader): void {
    const body: Statement[] = [];
    this.openBlock({
      statement: { type: 'if', at, branches: [{ condition: parseExpression(reader), body }] },
      body,
    });
  }

  private readFor(at: number, reader: TokenReader): void {
    const body: Statement[] = [];
    this.openBlock({ statement: { type: 'for', at, loop: parseLoop(reader), body }, body });
  }

  private openBlock(block: Block): void {
    if (this.open.length >= NESTING_MAX) {
      const reason = `Blocks are nested more than ${NESTING_MAX} levels deep.`;
      throw new TemplateError({ kind: 'limit', reason }, positionAt(this.template, block.statement.at));
    }
    this.add(block.statement);
    this.open.push(block);
  }

  private readBranch(name: 'elif' | 'else', at: number, reader: TokenReader): void {
    const block = this.open.at(-1);
    if (block?.statement.type !== 'if') {
      throw syntaxError(this.template, at, `This ${name} belongs to no if.`);
    }
    if (block.statement.branches.at(-1)?.condition === undefined) {
      throw syntaxError(this.template, at, `This ${name} comes after else.`);
    }
    block.body = [];
    const condition = name === 'elif' ? parseExpression(reader) : undefined;
    block.statement.branches.push({ condition, body: block.body });
  }

  private readEnd(name: string, at: number, reader: TokenReader): void {
    const block = this.open.pop();
    if (block === undefined) throw syntaxError(this.template, at, 'This end closes nothing.');
    const { type } = block.statement;
    const closed =
      name === 'end' ? (['if', 'for'] as const).find((word) => reader.takeIf(word)) : END_TAGS.get(name);
    if (closed !== undefined && closed !== type) {
      const { line } = positionAt(this.template, block.statement.at);
      throw syntaxError(
        this.template,
        at,
        `This closes ${closed}, but the ${type} of line ${line} is still open.`,
      );
    }
  }

  private readJump(type: 'break' | 'continue', at: number): void {
    if (!this.open.some(({ statement }) => statement.type === 'for')) {
      throw syntaxError(this.template, at, `This ${type} stands in no for.`);
    }
    this.add({ type, at });
  }
}

function refusal(name: string): string {
  if (name === '') return `A tag begins with its name: ${TAGS}.`;
  if (name === 'while')
    return 'The tag while is not supported, because it may never end. Use for … in range(…).';
  return `The tag ${name} is not supported. There are ${TAGS}; a function stands in {{ }}.`;
}
