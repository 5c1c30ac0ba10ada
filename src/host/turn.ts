/** A pipeline's turn lasts at most so long before sockets and timers get theirs (design.md §4, fair sockets). */
export const TURN_SECONDS = 0.005;
