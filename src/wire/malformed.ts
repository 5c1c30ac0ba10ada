/** What the last parser to answer -1 stumbled over; `at` counts from the start of the bytes it was given. */
export const problem = { what: "", at: 0 };

/** Notes what is wrong and where, and answers -1: parsers return positions, and a negative one means malformed. */
export function malformed(what: string, at: number): -1 {
  problem.what = what;
  problem.at = at;
  return -1;
}
