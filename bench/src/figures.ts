/**
 * The value below which half of the values lie; the mean of the two middle ones when their number is even.
 * @throws RangeError for no values
 */
export function median(values: readonly number[]): number {
  const sorted = sort(values);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? 0) + upper) / 2 : upper;
}

/**
 * The smallest of the values that at least a share of them does not exceed.
 * @param share above 0 and at most 1, e.g. 0.99
 * @throws RangeError for no values
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = sort(values);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
}

/** One line of the output: `name=value`, with three digits after the point. */
export function figureLine(name: string, value: number): string {
  return `${name}=${value.toFixed(3)}\n`;
}

function sort(values: readonly number[]): number[] {
  if (values.length === 0)
    throw new RangeError('There are no values to make a figure of: measure for longer with --seconds.');
  return values.toSorted((a, b) => a - b);
}
