/** How many times as many rounds there are; the drill `rounds` sets it. */
const TIMES = Number(process.env.FTS_TEST_ROUNDS || 1);

/** Whether there are more than the suite takes: then what is thinned out for it is tried whole. */
export const isLong = TIMES > 1;

/** Of what is drawn: the same at each run of the suite, another one at each run of the drill `rounds`. */
export const SEED = Number(process.env.FTS_TEST_SEED || 1);

/** How often a property is tried: often enough to find what it was written for, at each run of the suite. */
export function rounds(count: number): number {
  return count * TIMES;
}

/**
 * Every `of`th of a list, beginning with another one at each `turn`: where many are to be tried against all of a list,
 * each is tried against a share of it. With `of` times as many rounds it is the whole list.
 */
export function share<Value>(list: readonly Value[], of: number, turn: number): readonly Value[] {
  return list.filter((_, at) => (at + turn) % of < TIMES);
}
