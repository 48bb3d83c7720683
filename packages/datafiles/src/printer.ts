import { INSTRUCTIONS, type InstructionName } from './catalogue/index.js';
import type { Setting } from './fields.js';
import { formatLineValue } from './lineValue.js';
import { quoteRuleOf } from './statementReader.js';

const INDENT = '    ';

/** Writes the lines of a file, each value in the form that the table of instructions gives it. */
export class Printer {
  readonly #parts: string[][] = [[]];

  /** The whole text, with one line break at its end. */
  toString(): string {
    const parts = this.#parts.filter((lines) => lines.length > 0);
    return parts.length === 0 ? '' : `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
  }

  /** Starts a part: an empty line goes between two parts that have lines. */
  part(): this {
    this.#parts.push([]);
    return this;
  }

  /** A value on one line, or as a block when no line can hold it; nothing for null. */
  value(name: InstructionName, value: string | number | boolean | null): this {
    if (value === null) return this;
    const text = typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
    const { form } = INSTRUCTIONS[name];
    const isQuoted = form === 'expression' || form === 'settings' || name === 'ENGINE';
    const line = formatLineValue(text, quoteRuleOf(form), isQuoted);
    return line === undefined ? this.block(name, text) : this.line(name, line);
  }

  /** Words with commas between; nothing when there are none. */
  list(name: InstructionName, items: readonly string[]): this {
    return items.length === 0 ? this : this.value(name, items.join(', '));
  }

  /** Settings with commas between; nothing when there are none. */
  settings(name: InstructionName, settings: readonly Setting[]): this {
    return this.list(
      name,
      settings.map((setting) => `${setting.name}=${setting.value}`),
    );
  }

  /** A block, which ends its part; nothing for null. */
  block(name: InstructionName, text: string | null): this {
    if (text === null) return this;
    const lines = text.split('\n').map((line) => (line === '' ? '' : INDENT + line));
    this.#parts.at(-1)?.push(`${name} >\n${lines.join('\n')}`);
    return this.part();
  }

  /** A line as it is. */
  line(name: InstructionName, text: string): this {
    this.#parts.at(-1)?.push(`${name} ${text}`);
    return this;
  }
}
