import { quoteSettings, quoteString } from '@goldcrest/sql';
import { EngineError } from './errors.js';
import { AST_PREFIX, type ReadStatement } from './statement.js';

/** Our tail where the engine quotes it in a message, with the token before it if that token is ours. */
const QUOTED_TAIL =
  /(\((?:\)|FORMAT|INTO)\) \(line \d+, col 1\): )?(?:\n?\)\n|\n)?(?:INTO OUTFILE '|FORMAT \w+\nSETTINGS readonly = [12])/;
/** What follows the quoted text in a message. */
const AFTER_QUOTE = /\. (?:Expected|Unmatched|\([A-Z_]+\)$)/;

/**
 * SQL of a read. A SELECT goes in parentheses: `SELECT 1 FROM` would otherwise take the word FORMAT for its table.
 * The closing one and the tail have lines of their own because the text may end in a `--` comment.
 * @param outfile absolute path of a file to write the answer to, instead of returning it
 */
export function readText(read: ReadStatement, outfile?: string): string {
  const statement = read.isSelect ? `(${read.sql}\n)` : read.sql;
  const target = outfile === undefined ? '' : `\nINTO OUTFILE ${quoteString(outfile)} COMPRESSION 'none'`;
  return `${statement}${target}\nFORMAT ${read.format}\nSETTINGS ${quoteSettings(read.settings)}`;
}

/**
 * Makes an error about readText's SQL speak of the caller's SQL only (ERD-03): no tail, and their positions.
 * @returns the error as it is, when it is none of the database
 */
export function cleanReadError(error: unknown, read: ReadStatement): unknown {
  if (!(error instanceof EngineError)) return error;
  const shown = withoutTail(error.message);
  const message = read.isSelect ? withoutParenthesis(shown) : shown;
  return message === error.message
    ? error
    : new EngineError(message, error.code, error.codeName, { cause: error.cause });
}

/** Makes an error about explainAstText's SQL speak of the caller's SQL only: its positions count our first line. */
export function cleanAstError(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const message = error.message
    .replace(/failed at position (\d+)/, (_all, at) => `failed at position ${Number(at) - AST_PREFIX.length}`)
    .replace(/\(line (\d+), col/, (_all, line) => `(line ${Number(line) - 1}, col`);
  return new EngineError(message, error.code, error.codeName, { cause: error.cause });
}

function withoutTail(message: string): string {
  const tail = QUOTED_TAIL.exec(message);
  if (tail === null) return message;
  const rest = message.slice(tail.index);
  const end = AFTER_QUOTE.exec(rest)?.index ?? rest.length;
  return `${message.slice(0, tail.index)}${tail[1] === undefined ? '' : '(end of query)'}${rest.slice(end)}`;
}

/** Positions count the parenthesis in front of the caller's first character. */
function withoutParenthesis(message: string): string {
  return message
    .replace(/failed at position (\d+)/, (_all, position) => `failed at position ${Number(position) - 1}`)
    .replace(/\(line 1, col (\d+)\)/, (_all, column) => `(line 1, col ${Number(column) - 1})`);
}
