/** Tells the time. Handed in from outside so that tests can decide what time it is. */
export type Clock = () => Date;

/**
 * Writes a time the way that management replies show it (GN-22): `YYYY-MM-DD HH:MM:SS.ffffff`, UTC, no zone. A `Date`
 * knows milliseconds, so the last three digits are always zero. As text these sort by time.
 * @throws RangeError when the date is not a valid one.
 */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, -1).replace('T', ' ')}000`;
}
