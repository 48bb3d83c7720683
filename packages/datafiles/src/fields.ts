import { checkExpression, nearestName, SqlTextError } from '@goldcrest/sql';
import { locate, type TextBlock } from './block.js';
import { INSTRUCTIONS, type InstructionName } from './catalogue/index.js';
import { withoutComment } from './lineValue.js';
import type { Position, Problems } from './problem.js';
import type { Statement } from './statement.js';

/** Where the values of a resource's or node's instructions stand, for errors that are found later. (DF-19) */
export type Positions = Readonly<Partial<Record<InstructionName, Position>>>;

/** A setting of a table, its value as written. (DFD-15) */
export interface Setting {
  name: string;
  value: string;
}

/** Longest piece of a value that a message repeats, in characters. */
const SHOWN_MAX = 40;
const SCHEDULE = /^(?:@[a-z-]+|[\w*/,\-?#]+(?:\s+[\w*/,\-?#]+){4})$/i;
const SETTING = /^(\w+)\s*=\s*([^\s].*)$/s;

/**
 * The statements of one place, a file's top or a node, each read by its form. What is wrong is reported and read as
 * absent, so that one pass finds every problem.
 */
export class Fields {
  readonly #byName = new Map<InstructionName, Statement>();

  /** @param position of what the statements belong to, for what is missing */
  constructor(
    statements: readonly Statement[],
    readonly position: Position,
    readonly problems: Problems,
  ) {
    for (const statement of statements) this.#add(statement);
  }

  /** A statement of the file counts more than one of an include, whichever comes first. */
  #add(statement: Statement): void {
    const { name, depth, position } = statement;
    if (INSTRUCTIONS[name].repeated === true) return;
    const other = this.#byName.get(name);
    if (other?.depth === depth) {
      this.problems.add(position, `${name} is there twice; the first is on line ${other.position.line}.`);
    } else if (other === undefined || depth < other.depth) this.#byName.set(name, statement);
  }

  /** True when the instruction is there. */
  has(name: InstructionName): boolean {
    return this.#byName.has(name);
  }

  /** The instructions that are there. */
  names(): InstructionName[] {
    return [...this.#byName.keys()];
  }

  /** Where every value stands. */
  positions(): Positions {
    const entries = [...this.#byName].map(([name, { value }]) => [name, value.position] as const);
    return Object.fromEntries(entries);
  }

  /** Reports something about an instruction that is there, at its value. */
  report(name: InstructionName, message: string, hint?: string): void {
    this.problems.add(this.#byName.get(name)?.value.position ?? this.position, message, hint);
  }

  /** The block or line of an instruction; null when it is absent or empty. */
  block(name: InstructionName): TextBlock | null {
    const value = this.#byName.get(name)?.value;
    return value === undefined || value.text === '' ? null : value;
  }

  /** Any text; null when absent or empty. */
  text(name: InstructionName): string | null {
    return this.block(name)?.text ?? null;
  }

  /** One word; null when absent. An empty one is a problem. */
  word(name: InstructionName): string | null {
    const text = this.#byName.get(name)?.value.text;
    if (text === undefined || /^\S+$/.test(text)) return text ?? null;
    this.report(name, `${name} needs one word, found ${JSON.stringify(text.slice(0, SHOWN_MAX))}.`);
    return null;
  }

  /** One of the values, in any case; null when absent. */
  choice<Value extends string>(name: InstructionName, values: readonly Value[]): Value | null {
    const text = this.#byName.get(name)?.value.text;
    if (text === undefined) return null;
    const value = values.find((each) => each.toLowerCase() === text.toLowerCase());
    if (value !== undefined) return value;
    const found = text === '' ? 'has no value' : `can't be ${JSON.stringify(text.slice(0, SHOWN_MAX))}`;
    const nearest = nearestName(text, values);
    const guess = nearest === undefined ? '' : `Did you mean ${nearest}? `;
    this.report(name, `${name} ${found}.`, `${guess}Allowed are ${values.join(', ')}.`);
    return null;
  }

  /** True or False in any case; null when absent. */
  flag(name: InstructionName): boolean | null {
    const value = this.choice(name, ['true', 'false']);
    return value === null ? null : value === 'true';
  }

  /** A whole number; null when absent. */
  number(name: InstructionName): number | null {
    const text = this.text(name);
    if (text === null || /^\d{1,9}$/.test(text)) return text === null ? null : Number(text);
    this.report(name, `${name} needs a whole number, found ${JSON.stringify(text.slice(0, SHOWN_MAX))}.`);
    return null;
  }

  /** Cron or `@word`; null when absent or empty. (DFD-21) */
  schedule(name: InstructionName): string | null {
    const text = this.text(name);
    if (text === null || SCHEDULE.test(text)) return text;
    const hint = 'Write five cron fields, as "0 * * * *", or @on-demand.';
    this.report(name, `${name} can't be ${JSON.stringify(text.slice(0, SHOWN_MAX))}.`, hint);
    return null;
  }

  /** SQL for a table's definition; null when absent, `''` when empty. (DFD-09…DFD-14) */
  expression(name: InstructionName): string | null {
    const value = this.#byName.get(name)?.value;
    if (value === undefined || value.text === '') return value?.text ?? null;
    const text = value.text.replace(/,$/, '');
    try {
      return checkExpression(text);
    } catch (error) {
      if (!(error instanceof SqlTextError)) throw error;
      this.problems.add(locate(value, error.position), `${name}: ${error.reason}`);
      return text;
    }
  }

  /** Words with commas or line breaks between; empty when absent. (DF-16, DFD-17) */
  list(name: InstructionName): string[] {
    return this.#items(name).flatMap((item) => {
      const text = /^"([^"]*)"$|^'([^']*)'$/.exec(item);
      const word = (text?.[1] ?? text?.[2] ?? item).trim();
      if (!/["'\u201c\u201d]/.test(word)) return word === '' ? [] : [word];
      this.report(
        name,
        `${name}: ${JSON.stringify(item.slice(0, SHOWN_MAX))} has a quote that is not closed.`,
      );
      return [];
    });
  }

  /** `name=value` with commas or line breaks between; empty when absent. (DFD-15) */
  settings(name: InstructionName): Setting[] {
    return this.#items(name).flatMap((item) => {
      const [, key, value] = SETTING.exec(item) ?? [];
      if (key !== undefined && value !== undefined) return [{ name: key, value }];
      this.report(
        name,
        `${name}: ${JSON.stringify(item.slice(0, SHOWN_MAX))} is no setting.`,
        'Write name=value.',
      );
      return [];
    });
  }

  #items(name: InstructionName): string[] {
    const lines = this.text(name)?.split('\n') ?? [];
    const items = lines.flatMap((line) => withoutComment(line.trim()).split(','));
    return items.map((item) => item.trim()).filter((item) => item !== '');
  }
}
