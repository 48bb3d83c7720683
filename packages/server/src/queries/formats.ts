/** How the engine writes a result, and what the client is told it is. */
export interface ResultFormat {
  /** The engine's name of the format. */
  engine: string;
  contentType: string;
  /** Whether the engine can write it in pieces, so that a large result needs no memory. */
  streams: boolean;
  /** Where the number of rows can be read: behind the rows, or by counting lines or CSV records. */
  rows?: 'in-document' | 'lines' | 'csv';
  /** Whether the first line has names. */
  hasHeader?: boolean;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const CSV_TYPE = 'text/csv; charset=utf-8';
const TSV_TYPE = 'text/tab-separated-values; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const LINES_TYPE = 'application/x-ndjson; charset=utf-8';

/** The formats of the Query API by the name that follows FORMAT in the SQL, in lower case (QY-11). */
const QUERY_FORMATS: Readonly<Record<string, ResultFormat>> = {
  json: { engine: 'JSON', contentType: JSON_TYPE, streams: false, rows: 'in-document' },
  jsoncompact: { engine: 'JSONCompact', contentType: JSON_TYPE, streams: false, rows: 'in-document' },
  jsoneachrow: { engine: 'JSONEachRow', contentType: LINES_TYPE, streams: true, rows: 'lines' },
  csv: { engine: 'CSV', contentType: CSV_TYPE, streams: true, rows: 'csv' },
  csvwithnames: {
    engine: 'CSVWithNames',
    contentType: CSV_TYPE,
    streams: true,
    rows: 'csv',
    hasHeader: true,
  },
  tsv: { engine: 'TabSeparated', contentType: TSV_TYPE, streams: true, rows: 'lines' },
  tabseparated: { engine: 'TabSeparated', contentType: TSV_TYPE, streams: true, rows: 'lines' },
  tsvwithnames: {
    engine: 'TabSeparatedWithNames',
    contentType: TSV_TYPE,
    streams: true,
    rows: 'lines',
    hasHeader: true,
  },
  tabseparatedwithnames: {
    engine: 'TabSeparatedWithNames',
    contentType: TSV_TYPE,
    streams: true,
    rows: 'lines',
    hasHeader: true,
  },
  prettycompact: { engine: 'PrettyCompactMonoBlock', contentType: TEXT_TYPE, streams: false },
  parquet: { engine: 'Parquet', contentType: 'application/vnd.apache.parquet', streams: false },
  prometheus: {
    engine: 'Prometheus',
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    streams: false,
  },
};

/** The formats of a published endpoint by the extension in its URL (EP-05). */
const ENDPOINT_FORMATS: Readonly<Record<string, string>> = {
  json: 'json',
  csv: 'csvwithnames',
  ndjson: 'jsoneachrow',
  parquet: 'parquet',
  prometheus: 'prometheus',
};

/** What a query answers in when nothing else is said (QY-12). */
export const DEFAULT_FORMAT = 'JSON';

/** The format with this name in SQL, in any case, or undefined. */
export function queryFormat(name: string): ResultFormat | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(QUERY_FORMATS, key) ? QUERY_FORMATS[key] : undefined;
}

/** The format of an endpoint's extension, or undefined. */
export function endpointFormat(extension: string): ResultFormat | undefined {
  return Object.hasOwn(ENDPOINT_FORMATS, extension)
    ? queryFormat(ENDPOINT_FORMATS[extension] ?? '')
    : undefined;
}

/** The names for messages. */
export const queryFormatNames = [
  'JSON',
  'JSONCompact',
  'JSONEachRow',
  'CSV',
  'CSVWithNames',
  'TSV',
  'TSVWithNames',
  'PrettyCompact',
  'Parquet',
  'Prometheus',
] as const;
export const endpointFormatNames = Object.keys(ENDPOINT_FORMATS);
