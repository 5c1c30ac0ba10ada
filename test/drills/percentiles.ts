/** How long something took, in words: half of it, nearly all, the slowest. */
export function percentiles(milliseconds: readonly number[]): string {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const of = (share: number): string => (sorted[Math.ceil(sorted.length * share) - 1] ?? 0).toFixed();
  return `${of(0.5)} / ${of(0.99)} / ${of(1)} ms of ${sorted.length}`;
}
