/** What the last parser to answer -1 stumbled over; `at` counts from the start of the bytes it was given. */
export const problem = { what: "", at: 0 };

/** Most events of a message: an empty one is 2 bytes, and 150 once decoded. With 64 bytes each they fill the default max-frame. */
export const MAX_EVENTS = 262_144;

/** Notes that a message has more than {@link MAX_EVENTS}. */
export function tooMany(at: number): -1 {
  return malformed(`more than ${MAX_EVENTS} events in one message: send smaller batches, here`, at);
}

/** Notes what is wrong and where, and returns -1: parsers return positions, and a negative one means malformed. */
export function malformed(what: string, at: number): -1 {
  problem.what = what;
  problem.at = at;
  return -1;
}
