import { type FileKind, takesBlock } from './catalogue/index.js';
import { splitWords } from './lineValue.js';
import type { ParseOptions } from './options.js';
import type { Position, Problems } from './problem.js';
import { resolvePath, sourceOf } from './source.js';
import type { Statement } from './statement.js';
import { StatementReader } from './statementReader.js';
import { replaceEnvironment, replaceVariables } from './variables.js';

/** Most files that include one another in a chain. */
export const INCLUDE_DEPTH_MAX = 10;

/** Longest text of a file together with everything that it includes, in characters: far beyond any project, and read in about a second. */
export const TEXT_LENGTH_MAX = 32 * 1024 * 1024;

/** An INCLUDE line that is not resolved. (DF-10, DF-11) */
export interface Include {
  /** As written, relative to the file. */
  path: string;
  variables: readonly { name: string; value: string }[];
}

/** Reads the statements of a file with those of its includes in their places. (DF-10…DF-13) */
export class StatementCollector {
  readonly statements: Statement[] = [];
  #room = TEXT_LENGTH_MAX;

  constructor(
    private readonly kind: FileKind,
    private readonly options: ParseOptions,
    private readonly problems: Problems,
  ) {}

  /**
   * Adds the statements of one text.
   *
   * @param stack paths of the files that are being read, the outermost first and this one last
   */
  read(text: string, stack: readonly string[]): void {
    const file = stack.at(-1) ?? '';
    this.#room -= text.length;
    if (this.#room < 0) {
      this.#reportLength({ file, line: 1, column: 1 });
      return;
    }
    const depth = stack.length - 1;
    const reader = new StatementReader(sourceOf(file, text), this.kind, depth, this.problems);
    for (let each = reader.next(); each !== undefined; each = reader.next()) {
      const statement = this.#expanded(each);
      if (statement.name === 'INCLUDE') this.#include(statement, stack);
      else this.statements.push(statement);
    }
  }

  /** Values take environment variables everywhere, blocks only in included files: SQL may hold `${`. (DF-12) */
  #expanded(statement: Statement): Statement {
    const { value, depth } = statement;
    if (depth === 0 && takesBlock(statement.name)) return statement;
    const report = { problems: this.problems, position: value.position };
    const text = replaceEnvironment(value.text, this.options.expand, report);
    return text === value.text ? statement : { ...statement, value: { ...value, text } };
  }

  #include(statement: Statement, stack: readonly string[]): void {
    const include = readInclude(statement, this.problems);
    if (include === undefined) return;
    if (this.options.include === undefined) {
      this.statements.push(statement);
      return;
    }
    const path = resolvePath(stack.at(-1) ?? '', include.path);
    if (this.#refuses(path, stack, statement.value.position)) return;
    const variables = new Map(include.variables.map(({ name, value }) => [name, value]));
    const text = this.options.include(path, variables);
    const replaced = text === undefined ? undefined : replaceVariables(text, variables, this.#room);
    if (replaced !== undefined) this.read(replaced, [...stack, path]);
    else if (text !== undefined) this.#reportLength(statement.value.position);
    else {
      const hint = 'The path is relative to the file that includes it.';
      this.problems.add(statement.value.position, `There is no file ${path}.`, hint);
    }
  }

  #refuses(path: string, stack: readonly string[], position: Position): boolean {
    const circle = stack.includes(path);
    if (circle) this.problems.add(position, `The file includes itself: ${[...stack, path].join(' → ')}.`);
    else if (stack.length > INCLUDE_DEPTH_MAX)
      this.problems.add(position, `More than ${INCLUDE_DEPTH_MAX} files include one another.`);
    return circle || stack.length > INCLUDE_DEPTH_MAX;
  }

  #reportLength(position: Position): void {
    const message = `The file and what it includes have more than ${TEXT_LENGTH_MAX} characters.`;
    this.problems.add(position, message, 'Split it into several files.');
  }
}

/** Reads the value of an INCLUDE line; what is wrong with it is reported. (DF-10, DF-11) */
export function readInclude({ value }: Statement, problems: Problems): Include | undefined {
  const [path, ...rest] = splitWords(value.text);
  const unclosed = [path, ...rest].find((word) => word?.closed === false);
  if (path === undefined || path.text === '' || unclosed !== undefined) {
    const message = unclosed === undefined ? 'INCLUDE needs a path.' : 'A quote of INCLUDE is not closed.';
    problems.add(value.position, message, 'Write INCLUDE "../includes/name.incl" "VAR=value".');
    return undefined;
  }
  const variables = rest.flatMap(({ text, offset }) => {
    const [, name, content] = /^(\w+)=(.*)$/s.exec(text) ?? [];
    if (name !== undefined && content !== undefined) return [{ name, value: content }];
    const at = { ...value.position, column: value.position.column + offset };
    problems.add(at, `${JSON.stringify(text)} is no variable of INCLUDE.`, 'Write "VAR=value".');
    return [];
  });
  return { path: path.text, variables };
}

/** The value of an INCLUDE line, as `readInclude` reads it. */
export function formatInclude({ path, variables }: Include): string {
  return [path, ...variables.map(({ name, value }) => `${name}=${value}`)].map(quoteWord).join(' ');
}

function quoteWord(word: string): string {
  if (!word.includes('"')) return `"${word}"`;
  return word.includes("'") ? `\u201c${word}\u201d` : `'${word}'`;
}
