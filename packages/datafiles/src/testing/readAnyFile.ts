import { parseConnection, printConnection } from '../connection.js';
import { parseDatasource, printDatasource } from '../datasource.js';
import { parseInclude, printInclude } from '../include.js';
import type { ParseOptions } from '../options.js';
import { parsePipe, printPipe } from '../pipe.js';
import type { Problem } from '../problem.js';

/** What a file of any kind says, and its text printed again. */
export interface AnyFile {
  definition: object;
  problems: readonly Problem[];
  printed: string;
}

/** Reads a file as its extension says. */
export function readAnyFile(text: string, file: string, options: ParseOptions = {}): AnyFile {
  if (file.endsWith('.datasource')) {
    const parsed = parseDatasource(text, file, options);
    return { ...parsed, printed: printDatasource(parsed.definition) };
  }
  if (file.endsWith('.pipe')) {
    const parsed = parsePipe(text, file, options);
    return { ...parsed, printed: printPipe(parsed.definition) };
  }
  if (file.endsWith('.connection')) {
    const parsed = parseConnection(text, file, options);
    return { ...parsed, printed: printConnection(parsed.definition) };
  }
  const parsed = parseInclude(text, file, options);
  return { ...parsed, printed: printInclude(parsed.definition) };
}

const POSITIONS: ReadonlySet<string> = new Set(['position', 'positions', 'indent']);

/** A definition without its positions, for comparing meanings. */
export function withoutPositions(definition: object): unknown {
  return JSON.parse(
    JSON.stringify(definition, (key: string, value: unknown) => (POSITIONS.has(key) ? undefined : value)),
  );
}

/** A definition without positions and without what it does not say: null, empty lists, and a column's `nullable`. */
export function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !POSITIONS.has(key) && key !== 'nullable');
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === 'text') return only[1];
  const kept = entries.map(([key, each]) => [key, compact(each)] as const).filter(([, each]) => says(each));
  return Object.fromEntries(kept);
}

function says(value: unknown): boolean {
  if (value === null) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
