import { type Engine, EngineError } from '@goldcrest/engine';
import {
  AstError,
  checkExpression,
  checkExpressionAst,
  GateError,
  isSignificant,
  lex,
  parseColumnType,
  quoteIdentifier,
  SqlExpressionError,
  unwrap,
} from '@goldcrest/sql';
import type { DataSource } from '../datasources/store.js';
import { ApiError, faultOf, withoutDatabase, withoutSql } from '../errors/index.js';

/** What the columns of a quarantine table can be compared with as they are in the Data Source: texts. */
const TEXT = /^(?:String|FixedString)$/;
/** What a condition may be; NULL counts as false. */
const CONDITION = /^(?:UInt8|Bool|Nothing)$/;

/** Filters that were found good and need not be looked at again; the oldest go first. */
const PASSED_MAX = 10_000;

/** The engine computes what is constant in a condition when it looks at it. */
const LIMITS = { max_execution_time: 5, max_memory_usage: 100_000_000 };

/** The characters of a filter: a WHERE, not a list of a million values. */
const LENGTH_MAX = 16 * 1024;

/**
 * Checks filters of scopes such as `DATASOURCES:READ:events:user_id = 5` (AU-06, AU-14), when a token is stored and again before one is
 * used: the Data Source may have changed meanwhile.
 */
export class RowFilterChecker {
  private readonly passed = new Map<string, string>();

  constructor(private readonly engine: Engine) {}

  /**
   * Lets a condition through that tells of each row, from its columns alone, whether it may be read: no aggregates, no subqueries, nothing
   * that reads a table, and of a type that is true or false.
   * @param database of the Data Source's Workspace
   * @returns the condition without surrounding space
   * @throws ApiError invalid_filter, which says why
   */
  async check(database: string, datasource: DataSource, filter: string): Promise<string> {
    const key = JSON.stringify([
      database,
      datasource.name,
      datasource.engine.engine,
      datasource.columns,
      filter,
    ]);
    const before = this.passed.get(key);
    if (before !== undefined) return before;
    const condition = await this.read(database, datasource, filter);
    const [oldest] = this.passed.keys();
    if (this.passed.size >= PASSED_MAX && oldest !== undefined) this.passed.delete(oldest);
    this.passed.set(key, condition);
    return condition;
  }

  private async read(database: string, datasource: DataSource, filter: string): Promise<string> {
    const { name } = datasource;
    // The engine joins such a table by its keys and reads no row that a filter could be asked about.
    if (datasource.engine.engine === 'Join')
      throw invalid(name, 'a Data Source with the engine Join is always read whole.');
    if (filter.length > LENGTH_MAX) throw invalid(name, `it has more than ${LENGTH_MAX} characters.`);
    try {
      const condition = checkExpression(filter);
      const columns = new Set(datasource.columns.map((column) => column.name));
      checkExpressionAst(await this.engine.explainAst(`SELECT tuple(${condition})`), columns);
      const type = await this.typeOf(database, name, condition);
      if (CONDITION.test(unwrap(parseColumnType(type)).name)) return condition;
      throw invalid(name, `it is of the type ${type} and not true or false. Compare it with something.`);
    } catch (error) {
      throw isFault(error) ? invalid(name, reasonOf(error), error) : error;
    }
  }

  private async typeOf(database: string, table: string, condition: string): Promise<string> {
    const sql = `DESCRIBE (SELECT (${condition}) AS c FROM ${quoteIdentifier(table)})`;
    const request = { sql, database, format: 'JSONCompactEachRow', settings: LIMITS };
    const { body } = await this.engine.query(request);
    const row: unknown = JSON.parse(new TextDecoder().decode(body).split('\n')[0] ?? '');
    return Array.isArray(row) ? String(row[1]) : '';
  }
}

/**
 * Whether a filter means the same in the quarantine table, where every column is a text: `size < 10` does not, and neither does a
 * comparison of a number with `'10'`.
 */
export function fitsQuarantine(condition: string, { columns }: DataSource): boolean {
  const names = lex(condition)
    .filter(isSignificant)
    .map((token) => (token.kind === 'quotedIdentifier' ? (token.value ?? '') : token.text));
  const used = columns.filter(({ name }) =>
    names.some((each) => each === name || name.startsWith(`${each}.`)),
  );
  return used.every(({ type }) => TEXT.test(unwrap(parseColumnType(type)).name));
}

/** Whether it is the filter that is at fault, and not a server that is busy. */
function isFault(error: unknown): error is Error {
  if (error instanceof EngineError) return faultOf(error.code) === 'caller';
  return error instanceof SqlExpressionError || error instanceof GateError || error instanceof AstError;
}

/** Without the query in which the filter was tried: a token that has the filter need not show it to its reader. */
function reasonOf(error: Error): string {
  const shown = withoutSql(error);
  return withoutDatabase(shown instanceof Error ? shown.message : error.message);
}

function invalid(datasource: string, reason: string, cause?: unknown): ApiError {
  return ApiError.of('invalid_filter', { datasource, reason }, { cause });
}
