import { aFunction, checkOption } from "../core/option.ts";
import type { Predicate } from "../core/predicate.ts";
import type { Stage } from "../core/stage.ts";
import { forDuration } from "../kit/for-duration.ts";

/**
 * Passes events for which `test` says yes, once it has for longer than `seconds`.
 *
 * Emits at once. By the events' own times, the time runs from the first yes and starts over after a no; an event that
 * gets a no is dropped. Holds one number. Compares all events with each other whatever their host and service: `by`
 * keeps them apart. Events without a metric and expired ones are tested like any other; if `test` throws, the pipeline
 * restarts.
 *
 * @param test - Called once per event. `null` and `undefined` are a no.
 * @param seconds - How long, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when `test` is not a function or `seconds` is not a number >= 0.001;
 * `FTS_STAGE_MISUSE` at run time when `test` returns an object, such as the promise of an `async` function.
 * @category Route
 * @example
 * pipeline("critical for a minute", [
 *   by(["host", "service"], [whileFor((e) => e.state === "critical", 60), throttle(1, 3600), email("ops@example.com")]),
 * ]);
 */
export function whileFor(test: Predicate, seconds: number): Stage {
  checkOption("whileFor", "test", test, aFunction);
  return forDuration("whileFor", seconds, test, [test]);
}
