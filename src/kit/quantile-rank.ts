/**
 * Which of `count` values in ascending order is the quantile `share`, from 0 (the least) to 1 (the greatest): Riemann's
 * rule (`sorted-sample`), without interpolation, so that it is always one of the values. Of two, the median is the greater.
 */
export function quantileRank(share: number, count: number): number {
  return Math.min(count - 1, Math.floor(count * share));
}
