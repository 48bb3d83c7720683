import { INSTRUCTIONS, type InstructionName, takesBlock } from './catalogue/index.js';
import type { ParseOptions } from './options.js';
import { Printer } from './printer.js';
import type { Parsed, Position } from './problem.js';
import { readFile } from './resource.js';

/** One instruction of an include. Its value is text until it is inserted: it may hold `$VAR`. (DF-11) */
export interface IncludeStatement {
  name: InstructionName;
  /** Without quotes and comment, or the block without its indentation. */
  text: string;
  /** Where the value stands. */
  position: Position;
}

/** What an `.incl` file holds: nodes, settings of a connection, or both. (DF-13, DFI-01, DFI-02) */
export interface IncludeDefinition {
  kind: 'include';
  name: string;
  statements: readonly IncludeStatement[];
}

/**
 * Reads an `.incl` file by itself, to check it or to rewrite it. What its instructions need is checked where it is
 * included, because there its variables have values. (DFI-01…DFI-05)
 *
 * @param file path of the file, for messages and further includes
 */
export function parseInclude(
  text: string,
  file: string,
  options: ParseOptions = {},
): Parsed<IncludeDefinition> {
  const { name, statements, problems } = readFile(text, file, 'include', options);
  const plain = statements.map(({ name: instruction, value }) => {
    return { name: instruction, text: value.text, position: value.position };
  });
  return { definition: { kind: 'include', name, statements: plain }, problems: problems.sorted() };
}

/** The text of an `.incl` file; `parseInclude` reads the same definition back, but for positions. */
export function printInclude(definition: IncludeDefinition): string {
  const printer = new Printer();
  for (const { name, text } of definition.statements) {
    const { form } = INSTRUCTIONS[name];
    if (name === 'NODE') printer.part();
    if (form === 'token' || form === 'include') printer.line(name, text);
    else if (takesBlock(name)) printer.block(name, text);
    else printer.value(name, text);
  }
  return printer.toString();
}
