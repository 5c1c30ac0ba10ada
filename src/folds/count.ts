import { type Event, event } from "../core/event.ts";
import { firstOf, type Given } from "./metrics.ts";

/**
 * The first event with the number of events as its metric, whether they have one or not. Without events, a new event
 * with metric 0 and `now` as its time: the result of an empty window.
 *
 * @category Folds
 * @example
 * pipeline("logins a minute", [
 *   filter((e) => e.service === "login"),
 *   fixedTimeWindow(60),
 *   combine(folds.count),
 *   stdout(),
 * ]);
 */
export function count(events: Given, now: number): Event {
  const metric = events.filter((one) => one !== null).length;
  return firstOf(events)?.with({ metric }) ?? event({ metric, time: now });
}
