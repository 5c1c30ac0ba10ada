/** What the last parser to answer -1 stumbled over; `at` counts from the start of the bytes it was given. */
export const problem = { what: "", isLimit: false, at: 0 };

/** Notes what is wrong and where, and returns -1: parsers return positions, and a negative one means malformed. */
export function malformed(what: string, at: number): -1 {
  problem.what = what;
  problem.isLimit = false;
  problem.at = at;
  return -1;
}

/** Notes that a message has more than `most`, and where; answers false. */
export function exceeded(most: string, at: number): false {
  problem.what = most;
  problem.isLimit = true;
  problem.at = at;
  return false;
}

/** The last problem of a message that began at `start`, to be read behind the words "the message". */
export function problemText(start: number): string {
  const { what, isLimit, at } = problem;
  return isLimit
    ? `has more than ${what}, at byte ${at - start}: send smaller ones`
    : `is not Riemann protobuf: ${what} at byte ${at - start}`;
}
