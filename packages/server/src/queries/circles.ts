import { EngineError } from '@goldcrest/engine';
import { GateError } from '@goldcrest/sql';
import { ApiError, databaseErrors } from '../errors/index.js';

/** Names of Pipes or nodes, each read by the one before it, the first one again at the end. */
export type Circle = readonly string[];

/** How the engine names a table that it does not find. */
const UNKNOWN_TABLE = /\bidentifier ['`]([^'`]+)['`]/;

/**
 * What is answered when a query failed because its Pipes or nodes read each other in a circle (PS-05); undefined for other errors. Circles
 * that some parameters close are not known before: then one of them is missing where it is read, since none can come before itself.
 * @param circles those that the query's words make, which may be no tables
 * @param shown how a name of the circle is shown
 */
export function circleError(
  error: unknown,
  circles: readonly Circle[],
  shown = (name: string): string => name,
): ApiError | undefined {
  if (circles.length === 0) return undefined;
  const missing = missingTable(error);
  const circle = circles.find((names) => missing !== undefined && names.includes(missing));
  if (circle === undefined) return undefined;
  return ApiError.of('circular_reference', { path: circle.map(shown).join(' → ') }, { cause: error });
}

function missingTable(error: unknown): string | undefined {
  if (error instanceof GateError) return error.kind === 'table' ? error.subject : undefined;
  if (!(error instanceof EngineError) || error.code !== databaseErrors.UNKNOWN_TABLE) return undefined;
  return UNKNOWN_TABLE.exec(error.message)?.[1];
}
