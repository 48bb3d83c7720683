import { EngineError } from './errors.js';

/** How long a read may go on beyond its time limit. */
const OVERTIME_MS = 1000;

/** Longest time of a timer of Node.js. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * Ends a read that goes on beyond its time limit, with the database's own error for it. The database looks at the time between two blocks
 * only, and some steps, such as merging the states of uniqExact, take many seconds.
 * @param seconds the time limit
 * @returns the timer, which has to be cleared when the read has ended
 */
export function endOvertime(seconds: number, end: (error: EngineError) => void): NodeJS.Timeout {
  const ms = Math.min(seconds * 1000 + OVERTIME_MS, TIMER_MS_MAX);
  const message = `Timeout exceeded: elapsed ${ms} ms, maximum: ${seconds * 1000} ms. (TIMEOUT_EXCEEDED)`;
  return setTimeout(() => end(new EngineError(message, 159, 'TIMEOUT_EXCEEDED')), ms);
}
