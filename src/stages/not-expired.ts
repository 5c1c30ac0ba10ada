import { isExpired } from "../core/expiry.ts";
import { type Stage, stage } from "../core/stage.ts";
import { passing } from "../core/stateless.ts";

/**
 * Passes events that are still valid, and drops those that have expired.
 *
 * Emits at once and holds nothing. Expired is what `expired()` passes: an event whose state is `expired`, or whose
 * `time` lies further back than its ttl when it comes by, by the clock; without a ttl that is the daemon's
 * `defaultTtl`, 60 seconds unless the option says otherwise.
 *
 * @category Route
 * @example
 * pipeline("only what is fresh", [notExpired(), rate(5), stdout()]);
 */
export function notExpired(): Stage {
  return stage(
    "notExpired",
    ({ clock, defaultTtl }) => passing("notExpired", (event) => !isExpired(event, clock, defaultTtl, clock.now())),
    { memory: 0, changes: [] },
  );
}
