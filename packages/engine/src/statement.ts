import { lex, quoteIdentifier, quoteSettings, quoteString } from '@goldcrest/sql';
import type { CommandRequest, InsertFileRequest, QueryRequest, Settings } from './engine.js';
import { EngineError } from './errors.js';

/** First words of statements that only read. What they may read is the gate's question, not the engine's. */
const READ_WORDS: ReadonlySet<string> = new Set([
  'SELECT',
  'WITH',
  'FROM',
  '(',
  'DESCRIBE',
  'DESC',
  'EXPLAIN',
  'SHOW',
  'EXISTS',
]);

/** First words of a SELECT. */
const SELECT_WORDS: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'FROM', '(']);

/** Names of output formats: letters and digits only, so they can stand in SQL as they are. */
const FORMAT_NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

/** What every insert gets unless the request says otherwise. */
const INSERT_SETTINGS: Settings = {
  date_time_input_format: 'best_effort',
  input_format_null_as_default: 1,
  input_format_defaults_for_omitted_fields: 1,
  // Blocks must come out the same when the insert is repeated, or the token can't recognise them.
  max_insert_threads: 1,
};

/** A read that has passed the checks, ready to be written out for an engine. */
export interface ReadStatement {
  /** Unique mark of the running query, by which it can be killed. */
  readonly id: string;
  readonly sql: string;
  readonly database: string;
  readonly format: string;
  readonly settings: Settings;
}

/**
 * Checks a read and marks it read-only.
 * @param defaults settings below those of the request
 * @throws EngineError when the text isn't one reading statement, or the format is no name
 */
export function readStatement(request: QueryRequest, id: string, defaults: Settings): ReadStatement {
  checkOneStatement(request.sql, READ_WORDS);
  if (!FORMAT_NAME.test(request.format)) {
    throw new EngineError(`Unknown format ${request.format}. (UNKNOWN_FORMAT)`, 73, 'UNKNOWN_FORMAT');
  }
  const fixed = { readonly: 1, log_comment: id };
  // First in the text, so that hideTail can find them; last in the object, so that a request can't change them.
  const settings = { ...fixed, ...defaults, ...request.settings, ...fixed };
  return { id, sql: request.sql, database: request.database, format: request.format, settings };
}

/**
 * SQL of a read. The tail begins on a new line because the text may end in a `--` comment.
 * @param outfile absolute path of a file to write the answer to, instead of returning it
 */
export function readText(read: ReadStatement, outfile?: string): string {
  return read.sql + readTail(read, outfile);
}

/**
 * Takes the tail out of a message that quotes the statement, so that a user sees only their own text.
 * @returns the same error, or one with a shorter message
 */
export function hideTail(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const start =
    /(?:\(\w+\) \(line \d+, col 1\): )?\n?(?:INTO OUTFILE '|FORMAT \w+\nSETTINGS readonly = 1)/.exec(
      error.message,
    );
  if (start === null) return error;
  const rest = error.message.slice(start.index);
  const end = /\. (?:\. )?(?:Expected one of|\([A-Z_]+\)$)/.exec(rest)?.index ?? rest.length;
  const message = `${error.message.slice(0, start.index)}(end of query)${rest.slice(end)}`;
  return new EngineError(message, error.code, error.codeName, { cause: error.cause });
}

/** SQL of trusted DDL or maintenance. */
export function commandText(request: CommandRequest): string {
  if (request.settings === undefined || Object.keys(request.settings).length === 0) return request.sql;
  return `${request.sql}\nSETTINGS ${quoteSettings(request.settings)}`;
}

/**
 * SQL of an insert.
 * @param source clause that names where the rows are; empty when they follow the statement
 */
export function insertText(request: InsertFileRequest, source: string): string {
  const table = `${quoteIdentifier(request.database)}.${quoteIdentifier(request.table)}`;
  const columns = request.columns.map(quoteIdentifier).join(', ');
  const settings = quoteSettings({ ...INSERT_SETTINGS, ...deduplication(request), ...request.settings });
  return `INSERT INTO ${table} (${columns})${source}\nSETTINGS ${settings}\nFORMAT ${request.format}`;
}

/**
 * SQL that prints the syntax tree of one SELECT.
 * @throws EngineError when the text is empty, is no SELECT, doesn't lex or holds a `;`
 */
export function explainAstText(sql: string): string {
  checkOneStatement(sql, SELECT_WORDS);
  return `EXPLAIN AST\n${sql}`;
}

/** SQL that ends the query with this mark. */
export function killText(id: string): string {
  return `KILL QUERY WHERE Settings['log_comment'] = ${quoteString(id)}`;
}

function readTail(read: ReadStatement, outfile: string | undefined): string {
  const target = outfile === undefined ? '' : `\nINTO OUTFILE ${quoteString(outfile)} COMPRESSION 'none'`;
  return `${target}\nFORMAT ${read.format}\nSETTINGS ${quoteSettings(read.settings)}`;
}

function deduplication(request: InsertFileRequest): Settings {
  if (request.deduplicationToken === undefined) return {};
  return {
    insert_deduplicate: 1,
    insert_deduplication_token: request.deduplicationToken,
    deduplicate_blocks_in_dependent_materialized_views: 1,
  };
}

/** A second fence behind the gate: one statement of a known kind, and no writing to a file. */
function checkOneStatement(sql: string, firstWords: ReadonlySet<string>): void {
  let first: string | undefined;
  let previous = '';
  for (const token of lex(sql)) {
    if (token.kind === 'space' || token.kind === 'comment') continue;
    const text = token.text.toUpperCase();
    if (token.kind === 'error') throw syntaxError(token.start, `can't read ${token.text.slice(0, 40)}`);
    if (token.text === ';') throw syntaxError(token.start, 'one statement without `;` is expected');
    if (token.kind === 'word' && text === 'OUTFILE' && previous === 'INTO') {
      throw syntaxError(token.start, 'INTO OUTFILE is not allowed');
    }
    first ??= text;
    previous = text;
  }
  if (first === undefined) throw syntaxError(0, 'the query is empty');
  if (!firstWords.has(first)) throw syntaxError(0, `a query can't begin with ${first.slice(0, 40)}`);
}

function syntaxError(position: number, what: string): EngineError {
  return new EngineError(
    `Syntax error: failed at position ${position + 1}: ${what}. (SYNTAX_ERROR)`,
    62,
    'SYNTAX_ERROR',
  );
}
