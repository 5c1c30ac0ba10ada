/** Pseudo-random numbers in [0, 1), the same for a seed: the LCG of Numerical Recipes. */
export function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
