import { type ColumnType, parseColumnType, parseJsonPath } from '@goldcrest/sql';
import { QUARANTINE_COLUMNS, type StoredColumn } from '../datasources/index.js';
import { checkOf } from './checks.js';
import { type Fill, fillOf } from './defaults.js';
import { parseExactly } from './parse.js';
import { type Check, FITS, isObject, type Question, stringify, stringifyIntegers } from './verdict.js';

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
  questions: { column: string; questions: readonly Question[] }[];
}

/** A column, compiled to be read, checked and written. */
export interface CompiledColumn {
  name: string;
  type: ColumnType;
  /** Its JSONPath as text, for messages. */
  path: string;
  /** The keys from the event to the value or, where the path goes through an array (`[:]`), to that array. */
  keys: readonly string[];
  /** The keys from each element of the array to its value; null where there is no array on the way. */
  elementKeys: readonly string[] | null;
  /** Whether it holds text, which takes values of any kind. */
  isText: boolean;
  check: Check;
  /** The value's JSON text for the table. */
  write: (value: unknown) => string;
  mayBeMissing: boolean;
  /** Makes the value of an event that has none, where the engine would make another one with each try; null where the engine makes it. */
  fill: Fill | null;
}

/** Compiles a Data Source's columns, which is done once for each version of it. */
export function compileColumns(columns: readonly StoredColumn[]): CompiledColumn[] {
  return columns.map((column) => {
    const path = column.jsonPath ?? `$.${column.name}`;
    const type = parseColumnType(column.type);
    const isText = /^(LowCardinality\()?(Nullable\()?String/.test(column.type);
    const steps = column.jsonPath === null ? [] : parseJsonPath(path).steps;
    const each = steps.findIndex((step) => step.kind === 'each');
    const keys = steps.map((step) => (step.kind === 'key' ? step.key : ''));
    return {
      name: column.name,
      type,
      path,
      keys: column.jsonPath === null ? [column.name] : each < 0 ? keys : keys.slice(0, each),
      elementKeys: each < 0 ? null : keys.slice(each + 1),
      isText,
      check: isText ? () => FITS : checkOf(type),
      write: /Int|DateTime/.test(column.type) && !/JSON/.test(column.type) ? stringifyIntegers : stringify,
      mayBeMissing: column.nullable || column.defaultExpression !== null,
      fill: fillOf(column),
    };
  });
}

/** Reads one event's row and says what is wrong with it (JP-01…JP-10, EV-25, EV-26). @param receivedAt when its request came */
export function checkEvent(
  columns: readonly CompiledColumn[],
  event: EventDocument,
  receivedAt: Date,
): CheckedRow {
  const row: CheckedRow = { event, line: '', problems: [], questions: [] };
  if (event.document === undefined) {
    row.problems.push(unreadable(event));
    return row;
  }
  const fields: string[] = [];
  for (const column of columns) {
    const value = columnValue(column, event);
    if (value === undefined || value === null) {
      noteMissing(column, row);
      if (column.fill !== null) fields.push(`${JSON.stringify(column.name)}:${column.fill(receivedAt)}`);
    } else if (noteVerdict(column, value, row))
      fields.push(`${JSON.stringify(column.name)}:${column.write(value)}`);
  }
  row.line = `{${fields.join(',')}}`;
  return row;
}

/** The line of an event's row for quarantine. Every value is text there: text as it is, anything else as JSON (QR-02). */
export function quarantineLine(
  columns: readonly CompiledColumn[],
  event: EventDocument,
  problems: readonly ColumnProblem[],
  insertionDate: string,
): string {
  const texts = new Map<string, string>();
  for (const column of columns) {
    // A line that could not be read is kept by the columns that hold whole lines.
    const value =
      event.document !== undefined ? columnValue(column, event) : column.path === '$' ? event.text : null;
    if (value !== undefined && value !== null) texts.set(column.name, asText(value));
  }
  return lineOf(texts, problems, insertionDate);
}

/**
 * The line for quarantine of a row that had passed the checks and that the engine refuses all the same.
 * @param line the row's line as it was to be inserted
 * @param insertionDate `YYYY-MM-DD hh:mm:ss`, in UTC
 */
export function quarantineLineOf(line: string, problem: ColumnProblem, insertionDate: string): string {
  const parsed = parseExactly(line);
  const row = parsed.kind === 'value' && isObject(parsed.value) ? Object.entries(parsed.value) : [];
  return lineOf(new Map(row.map(([name, value]) => [name, asText(value)])), [problem], insertionDate);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : stringify(value);
}

function lineOf(
  texts: ReadonlyMap<string, string>,
  problems: readonly ColumnProblem[],
  insertionDate: string,
): string {
  const fields = [...texts].map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`);
  const own = JSON.stringify({
    [QUARANTINE_COLUMNS.errorColumns]: problems.map((problem) => problem.column),
    [QUARANTINE_COLUMNS.errors]: problems.map((problem) => problem.reason),
    [QUARANTINE_COLUMNS.insertionDate]: insertionDate,
  });
  return `{${[...fields, own.slice(1, -1)].join(',')}}`;
}

/** The column's value in an event. The root of a text column is the event's own text (EV-26, JP-04). */
function columnValue(column: CompiledColumn, event: EventDocument): unknown {
  if (column.keys.length === 0 && column.elementKeys === null && column.isText) return event.text;
  return valueInside(column, follow(event.document, column.keys));
}

/** The column's value, given what is at its keys: the same, or a value of each element of an array. */
export function valueInside({ elementKeys }: CompiledColumn, value: unknown): unknown {
  if (elementKeys === null || !Array.isArray(value)) return value;
  return value.map((element) => follow(element, elementKeys) ?? null);
}

/** A line that is no event is wrong as a whole, so the error names the root and keeps the line, which no column would. */
function unreadable({ problem = 'not a JSON object', text }: EventDocument): ColumnProblem {
  return { column: '$', reason: `${problem}; the line was: ${text.slice(0, LINE_KEPT_MAX)}` };
}

/** The value at the keys. Only what the document itself has counts, never what every JavaScript object has. */
function follow(start: unknown, keys: readonly string[]): unknown {
  let value = start;
  for (const key of keys) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
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
