import { EngineError } from '@goldcrest/engine';

/** TOO_MANY_ROWS_OR_BYTES: the result is larger than it may be. */
const TOO_LARGE = 396;

/**
 * What is told of a result that is longer than it may be (QY-18), with the engine's own number. The engine's limit is one of the columns
 * in its memory; what goes to a client can be many times that.
 */
export function tooLargeResult(bytesMax: number): EngineError {
  const message = `Limit for result exceeded: it may have ${bytesMax} bytes. Ask for less of it, or for one part after the other. (TOO_MANY_ROWS_OR_BYTES)`;
  return new EngineError(message, TOO_LARGE, 'TOO_MANY_ROWS_OR_BYTES');
}

/** Whether an error says that a result is larger than was asked for. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof EngineError && error.code === TOO_LARGE;
}
