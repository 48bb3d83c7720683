import { EngineError } from '@goldcrest/engine';

/** The query that the engine appends to a message to say where it found the fault, up to what else it says. */
const SCOPE =
  /(?:[:.]? [Ii]n (?:scope|query)|[:.] [Ww]hile (?:processing|executing)) .*?(?=\. Maybe you meant|\. \([A-Z0-9_]+\)$)/s;

/**
 * An error of the engine without the query inside it. That has the SQL of every Pipe below, which a token that may only read its rows
 * is not to see; often it is in a page for everybody.
 */
export function withoutSql(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  return new EngineError(error.message.replace(SCOPE, ''), error.code, error.codeName, { cause: error });
}
