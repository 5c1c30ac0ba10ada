import type { Cancel } from "./clock.ts";
import type { Event } from "./event.ts";

/** What nobody is to be told of for a while, as stages see it. */
export interface SilencesPort {
  /** Whether a silence that is on now matches the event. */
  covers(event: Event): boolean;
  /** Calls `run` when silences have begun or ended. */
  onChange(run: () => void): Cancel;
}

/** Everything is told. */
export const NO_SILENCES: SilencesPort = { covers: () => false, onChange: () => () => {} };
