import type { Clock } from "../../src/core/clock.ts";

/** A clock on which nothing ever becomes due, but the call of `after` with number `ring` (the first is 1). */
export function silentClock(ring = 0): Clock {
  let calls = 0;
  return {
    now: () => 0,
    after(_, run) {
      if (++calls === ring) setImmediate(run);
      return () => {};
    },
    every: () => () => {},
  };
}
