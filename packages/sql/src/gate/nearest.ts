/** Names that differ in more than a third of their letters are no help. */
const DISTANCE_SHARE_MAX = 1 / 3;
/** Longer names are not compared: the work grows with the square of the length. */
const LENGTH_MAX = 100;

/**
 * The candidate that a misspelt name most likely means, or undefined when none is near. Case does not count.
 *
 * @param candidates only names that the reader may know about
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > LENGTH_MAX) return undefined;
  let best: string | undefined;
  let bestDistance = Math.floor(name.length * DISTANCE_SHARE_MAX) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's distance, row by row. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      const removed = (previous[column] ?? 0) + 1;
      const added = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, added));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
