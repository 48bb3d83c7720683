let lastSecond = Number.NaN;
let lastText = '';

/** A time as the column `insertion_date` of quarantine takes it: `YYYY-MM-DD HH:MM:SS`, UTC (QR-06). */
export function secondOf(time: Date): string {
  const second = Math.floor(time.getTime() / 1000);
  // Every request asks, and most of them in the same second as the one before.
  if (second !== lastSecond) {
    lastText = time.toISOString().slice(0, 19).replace('T', ' ');
    lastSecond = second;
  }
  return lastText;
}
