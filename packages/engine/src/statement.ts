import { randomUUID } from 'node:crypto';
import {
  type AddressList,
  lex,
  quoteIdentifier,
  quoteSettings,
  quoteString,
  type Token,
} from '@goldcrest/sql';
import type { CommandRequest, InsertFileRequest, QueryRequest, Settings } from './engine.js';
import { EngineError } from './errors.js';
import { checkExternal, EXTERNAL_SETTINGS } from './external.js';

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

/** What stands before a SELECT whose syntax tree is asked for. A line of its own, so that columns stay the caller's. */
export const AST_PREFIX = 'EXPLAIN AST\n';

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
  /** Whether it is a SELECT, which the engine's grammar takes in parentheses too. */
  readonly isSelect: boolean;
}

/** What holds for every read of an engine. */
export interface ReadRules {
  /** Settings below those of the request. */
  readonly querySettings: Settings;
  /** Where reads with `external` may go. */
  readonly externalAddresses: AddressList;
}

/**
 * Checks a read and marks it read-only.
 * @throws EngineError when the text isn't one reading statement, the format is no name, or it goes where it may not
 */
export function readStatement(
  request: QueryRequest,
  id: string,
  { querySettings: defaults, externalAddresses }: ReadRules,
): ReadStatement {
  const firstWord = checkRead(request.sql, request.shape ?? request.sql);
  if (request.external === true) checkExternal(request.sql, externalAddresses);
  if (!FORMAT_NAME.test(request.format)) {
    throw new EngineError(`Unknown format ${request.format}. (UNKNOWN_FORMAT)`, 73, 'UNKNOWN_FORMAT');
  }
  const mode = request.external === true ? EXTERNAL_SETTINGS : { readonly: 1 };
  const fixed = { ...mode, log_comment: id };
  // First in the text, so that cleanReadError can find them; last in the object, so that a request can't change them.
  const settings = { ...fixed, ...defaults, ...request.settings, ...fixed };
  const { sql, database, format } = request;
  return { id, sql, database, format, settings, isSelect: SELECT_WORDS.has(firstWord) };
}

/** An endpoint runs the same text over and over: what has passed is not read again. The oldest texts go first. */
const passed = new Map<string, string>();
const PASSED_MAX = 500;
/** Longer texts are rarely repeated, and keeping many of them would cost memory. */
const PASSED_LENGTH_MAX = 64 * 1024;

function checkRead(sql: string, shape: string): string {
  const known = passed.get(shape);
  if (known !== undefined) return known;
  const firstWord = checkOneStatement(sql, READ_WORDS);
  const [oldest] = passed.keys();
  if (passed.size >= PASSED_MAX && oldest !== undefined) passed.delete(oldest);
  if (shape.length <= PASSED_LENGTH_MAX) passed.set(shape, firstWord);
  return firstWord;
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
  return AST_PREFIX + sql;
}

/** SQL that ends the query with this mark. */
export function killText(id: string): string {
  return `KILL QUERY WHERE Settings['log_comment'] = ${quoteString(id)}`;
}

/** Without a token of its own an insert gets one that nobody has: else the engine takes equal rows for the same insert, and drops them. */
function deduplication(request: InsertFileRequest): Settings {
  return {
    insert_deduplicate: 1,
    insert_deduplication_token: request.deduplicationToken ?? randomUUID(),
    deduplicate_blocks_in_dependent_materialized_views: 1,
  };
}

/**
 * A second fence behind the gate: one statement of a known kind, in balanced parentheses, that writes to no file.
 * @returns its first word, in capitals
 */
function checkOneStatement(sql: string, firstWords: ReadonlySet<string>): string {
  let first: string | undefined;
  let previous = '';
  let depth = 0;
  for (const token of lex(sql)) {
    if (token.kind === 'space' || token.kind === 'comment') continue;
    const text = token.text.toUpperCase();
    checkToken(token, previous);
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (depth < 0) throw syntaxError(token.start, 'unmatched `)`');
    first ??= text;
    previous = text;
  }
  if (first === undefined) throw syntaxError(0, 'the query is empty');
  if (!firstWords.has(first)) throw syntaxError(0, `a query can't begin with ${first.slice(0, 40)}`);
  if (depth > 0) throw syntaxError(sql.length, 'unmatched `(`');
  return first;
}

function checkToken(token: Token, previous: string): void {
  if (token.kind === 'error') throw syntaxError(token.start, `can't read ${token.text.slice(0, 40)}`);
  if (token.text === ';') throw syntaxError(token.start, 'one statement without `;` is expected');
  if (previous === 'INTO' && token.text.toUpperCase() === 'OUTFILE') {
    throw syntaxError(token.start, 'INTO OUTFILE is not allowed');
  }
}

function syntaxError(position: number, what: string): EngineError {
  return new EngineError(
    `Syntax error: failed at position ${position + 1}: ${what}. (SYNTAX_ERROR)`,
    62,
    'SYNTAX_ERROR',
  );
}
