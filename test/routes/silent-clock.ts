import type { Clock } from "../../src/core/clock.ts";

/** A clock on which nothing ever becomes due. */
export function silentClock(): Clock {
  return {
    now: () => 0,
    elapsed: () => 0,
    timeOf: ({ time }) => time,
    latest: () => 0,
    after: () => () => {},
    every: () => () => {},
  };
}

/** As {@link silentClock}; but what it is first told to repeat, it repeats quickly while `isDue`. */
export function repeatingClock(isDue: () => boolean): Clock {
  let isUsed = false;
  const every: Clock["every"] = (_, run) => {
    if (isUsed) return () => {};
    isUsed = true;
    const timer = setInterval(() => isDue() && run(), 1);
    return () => clearInterval(timer);
  };
  return { ...silentClock(), every };
}
