/** A time as the column `insertion_date` of quarantine takes it: `YYYY-MM-DD HH:MM:SS`, UTC (QR-06). */
export function secondOf(time: Date): string {
  return time.toISOString().slice(0, 19).replace('T', ' ');
}
