/** A pipeline's turn lasts at most so long before sockets and timers get theirs (design.md §4, fair sockets). */
export const TURN_SECONDS = 0.005;

/** Small messages are gathered until so many events are offered together. */
export const BATCH_EVENTS = 1024;
