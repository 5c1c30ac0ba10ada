import type { Event } from "../core/event.ts";
import { type Given, isNumber } from "./metrics.ts";

/**
 * The first event with its metric less all the others'. A single event keeps its metric; `null` when the first is
 * missing. If another is missing or has no metric, the result has no metric, and its `description` says why.
 *
 * @category Folds
 * @example
 * pipeline("in flight", [
 *   project([(e) => e.service === "requests begun", (e) => e.service === "requests done"]),
 *   combine(folds.difference),
 *   stdout(),
 * ]);
 */
export function difference(events: Given): Event | null {
  return fromFirst(events, (rest, metric) => rest - metric);
}

/**
 * The first event with its metric divided by each of the others'. A single event keeps its metric; `null` when the
 * first is missing. If another is missing, has no metric or is 0, the result has no metric, and its `description` says
 * why.
 *
 * @category Folds
 * @example
 * pipeline("share of errors", [
 *   project([(e) => e.service === "errors", (e) => e.service === "requests"]),
 *   combine(folds.quotient),
 *   stdout(),
 * ]);
 */
export function quotient(events: Given): Event | null {
  return fromFirst(events, (rest, metric) => (metric === 0 ? "Can't divide by zero." : rest / metric));
}

/**
 * As {@link quotient}, but 0 as soon as any metric is 0: for shares where nothing of nothing is nothing.
 *
 * @category Folds
 * @example
 * pipeline("share of errors", [
 *   project([(e) => e.service === "errors", (e) => e.service === "requests"]),
 *   combine(folds.quotientSloppy),
 *   stdout(),
 * ]);
 */
export function quotientSloppy(events: Given): Event | null {
  const isZero = events.some((event) => event?.metric === 0);
  return isZero ? (events[0]?.with({ metric: 0 }) ?? null) : quotient(events);
}

/** Goes from the first metric through the others with `step`, which may give words for why it cannot. */
function fromFirst(events: Given, step: (rest: number, metric: number) => number | string): Event | null {
  const [first, ...others] = events;
  if (first === undefined || first === null || others.length === 0) return first ?? null;
  let rest: number | string = isNumber(first.metric) ? first.metric : MISSING;
  for (const event of others) {
    if (typeof rest === "string") break;
    rest = isNumber(event?.metric) ? step(rest, event.metric) : MISSING;
  }
  return typeof rest === "string" ? first.with({ metric: null, description: rest }) : first.with({ metric: rest });
}

const MISSING = "An event or metric was missing.";
