/**
 * The value below which half of the values lie; the mean of the two middle ones when their number is even.
 * @throws RangeError for no values
 */
export function median(values: readonly number[]): number {
  if (values.length === 0)
    throw new RangeError('There is no median of no values: measure for longer with --seconds.');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? 0) + upper) / 2 : upper;
}

/** One line of the output: `name=value`, with three digits after the point. */
export function figureLine(name: string, value: number): string {
  return `${name}=${value.toFixed(3)}\n`;
}
