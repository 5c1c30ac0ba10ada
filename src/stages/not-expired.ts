import { isExpired } from "../core/expiry.ts";
import { type Stage, stage } from "../core/stage.ts";

/**
 * Passes events that are still valid, and drops those that have expired.
 *
 * Emits at once and holds nothing. Expired is what `expired()` passes: an event whose state is `expired`, or whose
 * `time` lies further back than its ttl when it comes by, 60 seconds when it has none, by the clock.
 *
 * @category Route
 * @example
 * pipeline("only what is fresh", [notExpired(), rate(5), stdout()]);
 */
export function notExpired(): Stage {
  return stage("notExpired", ({ clock, emit }) => (event) => {
    if (!isExpired(event, clock.now())) emit(event);
  });
}
