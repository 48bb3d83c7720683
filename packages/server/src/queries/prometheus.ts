import { EngineError } from '@goldcrest/engine';
import { type ColumnType, parseColumnType, quoteIdentifier, quoteString, unwrap } from '@goldcrest/sql';
import { ApiError } from '../errors/index.js';
import type { ResultColumn } from './columns.js';

/** The database's number for arguments that a format can't use, and for `throwIf`. */
const BAD_ARGUMENTS = 36;
const THROW_IF = 395;

const METRIC = quoteString('^[a-zA-Z_:][a-zA-Z0-9_:]*$');
const LABEL = quoteString('^[a-zA-Z_][a-zA-Z0-9_]*$');
const METRIC_TYPES = ['', 'counter', 'gauge', 'histogram', 'summary', 'untyped'].map(quoteString).join(', ');

const TEXT = /^(?:String|FixedString|Enum\d+|UUID|Nothing)$/;
const NUMBER = /^(?:U?Int\d+|Float\d+|BFloat16|Decimal\w*|Bool|Nothing)$/;

/**
 * What is wrong with a row. A scraper drops every metric of a reply in which one line can't be read, so such a row is an error.
 * The engine answers with these texts, and `metricError` knows them again.
 */
const ROW_ERRORS = {
  name: 'a metric has no name, or one with other characters than letters, digits, `_` and `:`',
  type: 'the `type` of a metric is not counter, gauge, histogram, summary, untyped or empty',
  labels: 'a label has no name, or one with other characters than letters, digits and `_`',
};

/** How each column that the format knows is written, given its expression and type, or undefined when the type can't be used. */
const COLUMNS: Readonly<Record<string, (value: string, type: ColumnType) => string | undefined>> = {
  name: (value, type) => {
    return textOf(value, type, (text) => checked('name', `NOT match(${text}, ${METRIC})`, text, "''"));
  },
  value: (value, type) => {
    if (!NUMBER.test(unwrap(type).name)) return undefined;
    return unwrap(type).name === 'Bool' ? `toUInt8(assumeNotNull(${value}))` : `assumeNotNull(${value})`;
  },
  help: (value, type) => textOf(value, type, escaped),
  type: (value, type) => {
    return textOf(value, type, (text) => checked('type', `${text} NOT IN (${METRIC_TYPES})`, text, "''"));
  },
  timestamp: (value, type) => (NUMBER.test(unwrap(type).name) ? `ifNull(${value}, 0)` : undefined),
  labels: (value, type) => (type.name === 'Map' ? labelsOf(value) : undefined),
};

const HINTS: Readonly<Record<string, string>> = {
  name: 'Make it a text: toString(…) AS name.',
  value: 'Make it a number: toFloat64(…) AS value.',
  help: 'Make it a text: toString(…) AS help.',
  type: 'Make it a text: counter, gauge, histogram, summary, untyped or empty.',
  timestamp: 'Make it a number of milliseconds: toUnixTimestamp(…) * 1000 AS timestamp.',
  labels: "Make it a map of texts: map('path', path) AS labels.",
};

/**
 * Makes a query answer as the engine's Prometheus format wants it (EP-11, EP-12): the rows of a metric one after the other, metrics
 * sorted by name and rows by labels and time; texts, numbers and maps in the types that the format takes; no row whose value is NULL,
 * since there is nothing to report. Other columns are left out.
 * @param sql one SELECT
 * @param columns the columns of its result
 * @throws ApiError prometheus_invalid when `name` or `value` is missing or a column has a type that can't be used (EP-13)
 */
export function prometheusQuery(sql: string, columns: readonly ResultColumn[]): string {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const missing = ['name', 'value'].find((name) => !types.has(name));
  if (missing !== undefined) throw refused(`its column \`${missing}\` is missing. ${HINTS[missing]}`);
  const known = Object.keys(COLUMNS).filter((name) => types.has(name));
  const selected = known.map((name) => `${expressionOf(name, types.get(name) ?? '')} AS ${name}`);
  const order = ['name', 'labels', 'timestamp'].filter((name) => types.has(name));
  return [
    `SELECT ${selected.join(',\n  ')}`,
    `FROM (\n${sql}\n) AS metrics`,
    `WHERE isNotNull(metrics.value) ORDER BY ${order.join(', ')}`,
  ].join('\n');
}

/** What is answered when a row of a Prometheus reply is refused; any other error is given back as it is. */
export function metricError(error: unknown): unknown {
  if (!(error instanceof EngineError) || error.code !== THROW_IF) return error;
  const text = Object.values(ROW_ERRORS).find((known) => error.message.startsWith(known));
  return text === undefined ? error : refused(`${text}.`, error);
}

function expressionOf(name: string, type: string): string {
  const expression = COLUMNS[name]?.(`metrics.${quoteIdentifier(name)}`, parseColumnType(type));
  if (expression !== undefined) return expression;
  throw refused(`its column \`${name}\` is of the type ${type}. ${HINTS[name]}`);
}

/** The expression as a plain String, with NULL as the empty text. */
function textOf(value: string, type: ColumnType, use: (text: string) => string): string | undefined {
  return TEXT.test(unwrap(type).name) ? use(`ifNull(CAST(${value}, 'Nullable(String)'), '')`) : undefined;
}

/** The text of a HELP line, in which a backslash and a line break are escaped. The engine would make a space of the one and leave the other. */
function escaped(text: string): string {
  const backslashes = `replaceAll(${text}, ${quoteString('\\')}, ${quoteString('\\\\')})`;
  return `replaceAll(${backslashes}, ${quoteString('\n')}, ${quoteString('\\n')})`;
}

/** A Map of any types as a Map of texts. */
function labelsOf(value: string): string {
  const labels = `mapApply((k, v) -> (k, ifNull(v, '')), CAST(${value}, 'Map(String, Nullable(String))'))`;
  return checked('labels', `arrayExists(k -> NOT match(k, ${LABEL}), mapKeys(${labels}))`, labels, 'map()');
}

/** The value, unless the condition holds for a row, which ends the query. */
function checked(what: keyof typeof ROW_ERRORS, isWrong: string, value: string, otherwise: string): string {
  return `if(throwIf(${isWrong}, ${quoteString(ROW_ERRORS[what])}), ${otherwise}, ${value})`;
}

function refused(reason: string, cause?: unknown): ApiError {
  const headers = { 'X-DB-Exception-Code': String(BAD_ARGUMENTS) };
  return ApiError.of('prometheus_invalid', { reason }, { headers, cause });
}
