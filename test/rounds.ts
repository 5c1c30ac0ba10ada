/** How many times as many rounds there are; the drill `rounds` sets it. */
const TIMES = Number(process.env.FTS_TEST_ROUNDS || 1);

/** How often a property is tried: often enough to find what it was written for, at each run of the suite. */
export function rounds(count: number): number {
  return count * TIMES;
}
