import type { JsonPathStep } from '@goldcrest/sql';
import { QUARANTINE_COLUMNS } from '../datasources/index.js';

/** Longest name that is made for a column, in characters. */
const NAME_LENGTH_MAX = 128;

/** Words that the engine takes for something else where a column's name stands, and the columns that quarantine adds. */
const TAKEN: ReadonlySet<string> = new Set([
  ...'all cube distinct false inf nan not null rollup top true'.split(' '),
  ...Object.values(QUARANTINE_COLUMNS),
]);

/** The column that keeps whole events. */
const ROOT = 'root';

/** Names for columns from their JSONPaths, each only once (FM-20, AN-N2). */
export class ColumnNames {
  private readonly given: Set<string>;

  /** @param taken names that no column may get */
  constructor(taken: Iterable<string>) {
    this.given = new Set(taken);
  }

  /**
   * The steps' keys with `_` between them, where `[:]` before a key is one more `_` (EV-21): `$.records[:].data` is
   * `records__data`. What can't be in a name becomes `_`; a name that is there already gets a number.
   */
  next(steps: readonly JsonPathStep[]): string {
    const wanted = cleaned(steps);
    let name = wanted;
    for (let n = 2; this.given.has(name); n++) name = `${wanted}_${n}`;
    this.given.add(name);
    return name;
  }
}

function cleaned(steps: readonly JsonPathStep[]): string {
  if (steps.length === 0) return ROOT;
  const parts = steps.map((step) => (step.kind === 'key' ? step.key : ''));
  if (parts.at(-1) === '' && steps.at(-1)?.kind === 'each') parts.pop();
  const name = parts
    .join('_')
    .replace(/[^A-Za-z0-9_]/g, '_')
    .slice(0, NAME_LENGTH_MAX);
  return /^\d/.test(name) || TAKEN.has(name.toLowerCase()) ? `_${name}` : name;
}
