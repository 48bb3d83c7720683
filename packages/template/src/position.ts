/** A place in a template; both count from 1, the column in UTF-16 units. */
export interface Position {
  line: number;
  column: number;
}

/** The place of an offset. Lines end with LF; a CR before it belongs to the line. */
export function positionAt(text: string, offset: number): Position {
  return positionFinder(text)(offset);
}

/** The same for many offsets of one text: it is read once, not once for each. */
export function positionFinder(text: string): (offset: number) => Position {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    const line = lastNotAbove(starts, offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}

/** Index of the last number that is not above the limit, in ascending numbers of which the first is not above it. */
function lastNotAbove(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((numbers[middle] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
