import { type JsonPath, parseColumnType, parseJsonPath } from '@goldcrest/sql';
import type { StoredColumn } from '../datasources/index.js';
import { checkOf } from './checks.js';
import { type Check, FITS, stringify, type TimeQuestion } from './verdict.js';

/** How much of a line that can't be read is kept in its error, in characters. */
const LINE_KEPT_MAX = 10_000;

/** One event: its document and the text that it was read from. */
export interface EventDocument {
  text: string;
  /** The parsed document, or undefined when the text is no JSON object; `problem` says why. */
  document: Readonly<Record<string, unknown>> | undefined;
  problem?: string;
}

/** What is wrong with one column of a row. */
export interface ColumnProblem {
  column: string;
  reason: string;
}

/** A row that has been checked against the schema. */
export interface CheckedRow {
  event: EventDocument;
  /** The row as a line of JSON for the table, of which values that take their default are left out. */
  line: string;
  problems: ColumnProblem[];
  /** What the engine has to be asked before the row is known to be good. */
  questions: { column: string; questions: readonly TimeQuestion[] }[];
}

interface CompiledColumn {
  name: string;
  /** `"name":`, as it stands in a line. */
  prefix: string;
  path: string;
  read: (event: EventDocument) => unknown;
  check: Check;
  mayBeMissing: boolean;
}

/** A Data Source's columns, compiled once to read and check events. */
export class RowSchema {
  private readonly columns: readonly CompiledColumn[];

  constructor(columns: readonly StoredColumn[]) {
    this.columns = columns.map(compile);
  }

  /** The columns' names. */
  get names(): string[] {
    return this.columns.map((column) => column.name);
  }

  /** Reads one event's row and says what is wrong with it (JP-01…JP-10, EV-25, EV-26). */
  check(event: EventDocument): CheckedRow {
    const row: CheckedRow = { event, line: '', problems: [], questions: [] };
    if (event.document === undefined) {
      row.problems.push(unreadable(event));
      return row;
    }
    const fields: string[] = [];
    for (const column of this.columns) {
      const value = column.read(event);
      if (value === undefined || value === null) noteMissing(column, row);
      else if (noteVerdict(column, value, row)) fields.push(column.prefix + stringify(value));
    }
    row.line = `{${fields.join(',')}}`;
    return row;
  }

  /** The value of every column of an event as quarantine keeps it: text as it is, anything else as JSON (QR-02). */
  texts(event: EventDocument): Record<string, string> {
    if (event.document === undefined) return this.rawTexts(event);
    const texts: Record<string, string> = {};
    for (const column of this.columns) {
      const value = column.read(event);
      if (value !== undefined && value !== null)
        texts[column.name] = typeof value === 'string' ? value : stringify(value);
    }
    return texts;
  }

  /** A line that could not be read is kept by the columns that hold whole lines. */
  private rawTexts(event: EventDocument): Record<string, string> {
    const whole = this.columns.filter((column) => column.path === '$');
    return Object.fromEntries(whole.map((column) => [column.name, event.text]));
  }
}

function compile(column: StoredColumn): CompiledColumn {
  const path = column.jsonPath ?? `$.${column.name}`;
  const type = parseColumnType(column.type);
  const isText = /^(LowCardinality\()?(Nullable\()?String/.test(column.type);
  return {
    name: column.name,
    prefix: `${JSON.stringify(column.name)}:`,
    path,
    read: reader(
      column.jsonPath === null ? { steps: [{ kind: 'key', key: column.name }] } : parseJsonPath(path),
      isText,
    ),
    check: isText ? () => FITS : checkOf(type),
    mayBeMissing: column.nullable || column.defaultExpression !== null,
  };
}

/** How the path's value is taken from an event. The root of a text column is the event's own text (EV-26, JP-04). */
function reader({ steps }: JsonPath, isText: boolean): CompiledColumn['read'] {
  if (steps.length === 0) return isText ? (event) => event.text : (event) => event.document;
  const each = steps.findIndex((step) => step.kind === 'each');
  const keys = steps.map((step) => (step.kind === 'key' ? step.key : ''));
  if (each < 0) return (event) => follow(event.document, keys);
  const before = keys.slice(0, each);
  const after = keys.slice(each + 1);
  return (event) => {
    const list = follow(event.document, before);
    return Array.isArray(list) ? list.map((item) => follow(item, after)) : list;
  };
}

/** A line that is no event is wrong as a whole, so the error names the root and keeps the line, which no column would. */
function unreadable({ problem = 'not a JSON object', text }: EventDocument): ColumnProblem {
  return { column: '$', reason: `${problem}; the line was: ${text.slice(0, LINE_KEPT_MAX)}` };
}

/** The value at the keys. Only what the document itself has counts, never what every JavaScript object has. */
function follow(start: unknown, keys: readonly string[]): unknown {
  let value = start;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function noteMissing(column: CompiledColumn, row: CheckedRow): void {
  if (column.mayBeMissing) return;
  const reason = `there is no value at ${column.path}, and the column has no default and is not Nullable`;
  row.problems.push({ column: column.name, reason });
}

function noteVerdict(column: CompiledColumn, value: unknown, row: CheckedRow): boolean {
  const verdict = column.check(value);
  if (verdict.kind === 'wrong') row.problems.push({ column: column.name, reason: verdict.reason });
  if (verdict.kind === 'ask') row.questions.push({ column: column.name, questions: verdict.questions });
  return verdict.kind !== 'wrong';
}
