/**
 * Which of `count` values in ascending order is the quantile `share`, from 0 (the least) to 1 (the greatest): Riemann's
 * rule (`sorted-sample`), without interpolation, so that it is always one of the values. Of two, the median is the greater.
 */
export function quantileRank(share: number, count: number): number {
  // Not the floor of the product: 100 * 0.29 is less than 29. The quotient is as near to the share as doubles can be.
  const rank = Math.round(count * share);
  return Math.min(count - 1, rank / count <= share ? rank : rank - 1);
}
