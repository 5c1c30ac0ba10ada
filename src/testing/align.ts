/** Two items side by side, or one with nothing beside it. */
export interface Pair<A, B> {
  readonly left: A | null;
  readonly right: B | null;
}

/** Longer lists are compared one by one: their table would be too large. */
const MAX_LIST_EVENTS = 1000;

/**
 * Aligns two lists: as many items as possible stand beside one that they match, in order; the rest in between is paired
 * one by one.
 */
export function align<A, B>(
  left: readonly A[],
  right: readonly B[],
  matches: (a: A, b: B) => boolean,
): readonly Pair<A, B>[] {
  const pairs: Pair<A, B>[] = [];
  let [i, j] = [0, 0];
  const upTo = (a: number, b: number): void => {
    while (i < a || j < b)
      pairs.push({ left: (i < a ? left[i++] : null) ?? null, right: (j < b ? right[j++] : null) ?? null });
  };
  if (left.length <= MAX_LIST_EVENTS && right.length <= MAX_LIST_EVENTS)
    for (const [a, b] of longestCommon(left, right, matches)) {
      upTo(a, b);
      upTo(a + 1, b + 1);
    }
  upTo(left.length, right.length);
  return pairs;
}

/** The places of the longest common subsequence, by its table, last row first. */
function longestCommon<A, B>(
  left: readonly A[],
  right: readonly B[],
  matches: (a: A, b: B) => boolean,
): readonly (readonly [number, number])[] {
  const isMatch = left.map((a) => right.map((b) => matches(a, b)));
  const lengths = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--) {
      const row = lengths[i];
      if (row !== undefined) row[j] = isMatch[i]?.[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const places: [number, number][] = [];
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    if (isMatch[i]?.[j]) places.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return places;
}
