import { isExpired } from "../core/expiry.ts";
import { type Stage, stage } from "../core/stage.ts";
import { passing } from "../core/stateless.ts";

/**
 * Passes events that have expired, and drops the others.
 *
 * Emits at once and holds nothing. An event has expired when its state is `expired`, or when at the moment it comes by
 * its `time` lies further back than its ttl, by the clock. Without a ttl that is the daemon's `defaultTtl`, 60 seconds
 * unless the option says otherwise.
 *
 * @category Route
 * @example
 * pipeline("what fell silent", [expired(), throttle(10, 3600), email("ops@example.com")]);
 */
export function expired(): Stage {
  return stage(
    "expired",
    ({ clock, defaultTtl }) => passing("expired", (event) => isExpired(event, clock, defaultTtl, clock.now())),
    { memory: 0, changes: [] },
  );
}
