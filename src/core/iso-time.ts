/** Unix seconds as a date reads: `2026-11-29T22:00:00.000Z`; a time beyond all dates as a number, `1e300 s`. */
export function isoTime(seconds: number): string {
  const date = new Date(Math.round(seconds * 1000));
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}
