import { type Address, parseHostPort } from './address.js';
import { isPlainStructure } from './structure.js';

/** What an argument after the address may be. */
export type ExternalArgument = 'name' | 'user' | 'password' | FileArgument | 'option';

/** An argument that says how a file is read. */
type FileArgument = 'format' | 'compression' | 'structure';

const FILE_ARGUMENTS: readonly FileArgument[] = ['format', 'compression', 'structure'];

/** A table function that reads from another server (PS-08, PG-01). */
export interface ExternalFunction {
  /** As the engine spells it. */
  name: string;
  /** The place that its first argument names, or undefined when that is not one plain address. */
  addressOf(text: string): Address | undefined;
  /** What an address looks like, for messages. */
  example: string;
  /** What may follow the address, by position; the first `required` ones must. */
  arguments: readonly ExternalArgument[];
  required: number;
}

const BUCKET_ARGUMENTS = Array.from({ length: 6 }, (): ExternalArgument => 'option');

/** The table functions that a Workspace can allow, in lower case. Of the bucket functions all arguments are options, because keys may be left out. */
export const EXTERNAL_FUNCTIONS: ReadonlyMap<string, ExternalFunction> = new Map(
  [
    database('postgresql', 5432, ['name', 'name', 'user', 'password', 'name']),
    database('mysql', 3306, ['name', 'name', 'user', 'password']),
    {
      name: 'url',
      addressOf: (text: string) => urlAddress(text, WEB_PATH),
      example: 'https://host/file.csv',
      arguments: ['format', 'structure', 'compression'] as const,
      required: 0,
    },
    bucket('s3', 's3://bucket/*.parquet'),
    bucket('gcs', 'gs://bucket/*.parquet'),
  ].map((one): [string, ExternalFunction] => [one.name, one]),
);

function database(name: string, port: number, args: readonly ExternalArgument[]): ExternalFunction {
  const addressOf = (text: string): Address | undefined => parseHostPort(text, port);
  return { name, addressOf, example: `host:${port}`, arguments: args, required: 4 };
}

function bucket(name: string, example: string): ExternalFunction {
  return { name, addressOf: bucketAddress, example, arguments: BUCKET_ARGUMENTS, required: 0 };
}

/** Without what the engine expands to several URLs, `{}|*`, which could name other hosts (`http://a/{1},http://b/`). */
const WEB_PATH = /^(?:\/[\x21-\x7e]*)?$/;
const EXPANDED = /[{}|*\\]/;
/** A key in a bucket; its wildcards only choose among the keys of this bucket. */
const KEY_PATH = /^(?:\/[\x20-\x7e\u00a1-\uffff]*)?$/;
const BUCKET = /^(s3|gs):\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(\/.*)$/;
const PORTS: ReadonlyMap<string, number> = new Map([
  ['http', 80],
  ['https', 443],
]);

/** The host and port of a plain http(s) URL: no user name, no escape, no wildcard before the path. */
function urlAddress(text: string, path: RegExp): Address | undefined {
  const match = /^(https?):\/\/([^/?#]*)(.*)$/s.exec(text);
  const [, scheme = '', authority = '', rest = ''] = match ?? [];
  if (path === WEB_PATH && EXPANDED.test(rest)) return undefined;
  return path.test(rest) ? parseHostPort(authority, PORTS.get(scheme)) : undefined;
}

/** `s3://` and `gs://` go to the hosts that the engine maps them to. */
function bucketAddress(text: string): Address | undefined {
  const [, scheme, name = '', path = ''] = BUCKET.exec(text) ?? [];
  if (scheme === undefined) return urlAddress(text, KEY_PATH);
  if (!KEY_PATH.test(path)) return undefined;
  return { host: scheme === 's3' ? `${name}.s3.amazonaws.com` : 'storage.googleapis.com', port: 443 };
}

/** Formats in which a file outside is read: they take everything from the file itself. */
export const EXTERNAL_FORMATS: ReadonlySet<string> = new Set(
  `Arrow ArrowStream Avro CSV CSVWithNames CSVWithNamesAndTypes JSON JSONAsObject JSONAsString JSONColumns JSONCompact
   JSONCompactEachRow JSONCompactEachRowWithNames JSONCompactEachRowWithNamesAndTypes JSONEachRow JSONLines
   LineAsString Native NDJSON ORC Parquet RawBLOB RowBinary RowBinaryWithNamesAndTypes TabSeparated
   TabSeparatedWithNames TabSeparatedWithNamesAndTypes TSKV TSV TSVWithNames TSVWithNamesAndTypes Values`
    .split(/\s+/)
    .map((name) => name.toLowerCase()),
);
const COMPRESSIONS: ReadonlySet<string> = new Set(
  'auto none gzip gz deflate brotli br lzma xz zstd zst lz4 bz2 snappy'.split(' '),
);
/** Names of databases, schemas and tables; no quotes, so that none can end early. */
const NAME = /^[\p{L}\p{N}_$. -]{1,127}$/u;
const USER = /^[\p{L}\p{N}_$.@+ -]{1,127}$/u;
/** Keys: nothing in them could be an expression. */
const KEY = /^[\w+/=.~-]*$/;

/** True when the text may stand for that argument. */
export function fitsArgument(kind: ExternalArgument, text: string): boolean {
  switch (kind) {
    case 'name':
      return NAME.test(text);
    case 'user':
      return USER.test(text);
    case 'password':
      return !text.includes('\0');
    case 'format':
      return text === 'auto' || EXTERNAL_FORMATS.has(text.toLowerCase());
    case 'compression':
      return COMPRESSIONS.has(text.toLowerCase());
    case 'structure':
      return text === 'auto' || isPlainStructure(text);
    case 'option':
      return fitsArgument('structure', text) || KEY.test(text);
  }
}

/** True for an argument that messages must not show. Of options, all but formats and structures may be keys. */
export function isHidden(kind: ExternalArgument, text: string): boolean {
  if (kind === 'password') return true;
  if (kind !== 'option') return false;
  return !FILE_ARGUMENTS.some((known) => fitsArgument(known, text));
}
