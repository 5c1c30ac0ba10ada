import type { Event } from "../core/event.ts";
import type { Given } from "./metrics.ts";

/**
 * The last event of each metric that occurs most often; `null` is a metric here like any other.
 *
 * @category Folds
 * @example
 * pipeline("usual exit codes", [fixedEventWindow(100), combine(folds.modes), stdout()]);
 */
export function modes(events: Given): readonly Event[] {
  const tallies = new Map<number | null, { last: Event; times: number }>();
  for (const event of events)
    if (event !== null) tallies.set(event.metric, { last: event, times: (tallies.get(event.metric)?.times ?? 0) + 1 });
  let most = 0;
  for (const { times } of tallies.values()) most = Math.max(most, times);
  return [...tallies.values()].filter(({ times }) => times === most).map(({ last }) => last);
}

/**
 * As {@link modes}, but one event: of several metrics, the one that came first. `null` without an event.
 *
 * @category Folds
 * @example
 * pipeline("usual exit code", [fixedEventWindow(100), combine(folds.mode), stdout()]);
 */
export function mode(events: Given): Event | null {
  return modes(events)[0] ?? null;
}
