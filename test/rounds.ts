/**
 * How many times as many rounds there are as tests say: 1 for a file that runs alone and for what runs end to end. The unit
 * suite has a part of them, the drill `rounds` all, or many times as many.
 */
const TIMES = Number(process.env.FTS_TEST_ROUNDS || 1);

/** Whether there are more than tests say: then what is thinned out for them is tried whole. */
export const isLong = TIMES > 1;

/** Whether there are as many as tests say: then what is drawn is of all kinds, and volume has its tests. */
export const isWhole = TIMES >= 1;

/** Of what is drawn: the same at each run of the suite, another one at each run of the drill `rounds`. */
export const SEED = Number(process.env.FTS_TEST_SEED || 1);

/** How often a property is tried. The first of the unit suite are those of the drill, if both have the same seed. */
export function rounds(count: number): number {
  return Math.ceil(count * TIMES);
}

/**
 * Every `of`th of a list, beginning with another one at each `turn`: where many are to be tried against all of a list,
 * each is tried against a share of it. With `of` times as many rounds it is the whole list; with a part of the rounds it
 * is a part of the share, which may be nothing.
 */
export function share<Value>(list: readonly Value[], of: number, turn: number): readonly Value[] {
  const period = Math.max(of, Math.round(of / TIMES));
  return list.filter((_, at) => (at + turn) % period < TIMES);
}
