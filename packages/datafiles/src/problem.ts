/** A place in a file. `line` and `column` count from 1, columns in UTF-16 units. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

/** Something wrong in a file: where, what was found and what is allowed, and what may help. (DF-19) */
export interface Problem extends Position {
  message: string;
  hint?: string;
}

/** What a file says, as far as it can be read. Use the definition only when there are no problems. (DF-19) */
export interface Parsed<Definition> {
  definition: Definition;
  /** By their places; at most `PROBLEMS_MAX` and one that says that there are more. */
  problems: readonly Problem[];
}

/** Most problems reported for one file: nobody reads more, and a file that is no datafile at all has one per line. */
export const PROBLEMS_MAX = 100;

/** Collects the problems of one file and of what it includes. */
export class Problems {
  readonly #list: Problem[] = [];

  /** True once no more problems are taken; a reader may stop then. */
  get full(): boolean {
    return this.#list.length > PROBLEMS_MAX;
  }

  /** All problems by their places: the files in the order in which they first had one, then lines and columns. */
  sorted(): Problem[] {
    const files = [...new Set(this.#list.map(({ file }) => file))];
    return [...this.#list].sort(
      (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
    );
  }

  /** Adds a problem at a position. After `PROBLEMS_MAX` of them it adds one that says so, and then nothing. */
  add({ file, line, column }: Position, message: string, hint?: string): void {
    if (this.full) return;
    if (this.#list.length === PROBLEMS_MAX) {
      const more = `There are more than ${PROBLEMS_MAX} problems. Correct these first.`;
      this.#list.push({ file, line, column, message: more });
      return;
    }
    this.#list.push({ file, line, column, message, ...(hint === undefined ? {} : { hint }) });
  }
}
