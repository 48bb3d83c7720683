import { randomUUID } from 'node:crypto';
import type { StoredColumn } from '../datasources/index.js';

/** Makes the JSON text of a value for an event that came at that time. */
export type Fill = (receivedAt: Date) => string;

const TIME = /^(?:LowCardinality\()?(?:Nullable\()?DateTime\b/;
const FINE_TIME = /^(?:Nullable\()?DateTime64\b/;
const UUID = /^(?:LowCardinality\()?(?:Nullable\()?(?:UUID|String)\b/;

/** Digits of a second that the clock has. */
const DIGITS_MAX = 3;

/**
 * How the default of a column is made here, which the engine would make anew each time rows are inserted (EV-25): an event keeps the time at
 * which it came however long it waits for the engine, and a view that gets it at a further try gets what the Data Source has.
 * @returns null where the engine makes the same each time, or nobody can say that it does not
 */
export function fillOf({
  type,
  defaultExpression,
}: Pick<StoredColumn, 'type' | 'defaultExpression'>): Fill | null {
  const expression = (defaultExpression ?? '').replaceAll(/\s/g, '');
  if (/^now\(('[^']*')?\)$/i.test(expression) && (TIME.test(type) || FINE_TIME.test(type)))
    return (receivedAt) => timeText(receivedAt, 0);
  const [isFine, digits = '3'] = /^now64\((\d?)(?:,'[^']*')?\)$/i.exec(expression) ?? [];
  if (isFine !== undefined && (TIME.test(type) || FINE_TIME.test(type))) {
    const count = FINE_TIME.test(type) ? Number(digits === '' ? 3 : digits) : 0;
    return (receivedAt) => timeText(receivedAt, Math.min(count, DIGITS_MAX));
  }
  if (/^generateUUIDv4\(\)$/.test(expression) && UUID.test(type)) return () => `"${randomUUID()}"`;
  return null;
}

/** A time in UTC with so many digits of its second. */
function timeText(time: Date, digits: number): string {
  const seconds = 'YYYY-MM-DDThh:mm:ss'.length;
  return `"${time.toISOString().slice(0, digits === 0 ? seconds : seconds + 1 + digits)}Z"`;
}
