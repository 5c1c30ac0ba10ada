import { aFunction, checkOption } from "../core/option.ts";
import type { Predicate } from "../core/predicate.ts";
import { type Stage, stage } from "../core/stage.ts";
import { passing } from "../core/stateless.ts";

/**
 * Passes events for which `test` says yes, and drops the others.
 *
 * Emits at once and holds nothing. Events without a metric and expired ones are tested like any other; if `test`
 * throws, the pipeline restarts.
 *
 * @param test - Called once per event. `null` and `undefined` are a no, so `e.service?.startsWith("api")` does what it
 * says.
 * @throws FastTsError `FTS_STAGE_OPTION` when `test` is not a function; `FTS_STAGE_MISUSE` at run time when it returns
 * an object, such as the promise of an `async` function, which would always be true.
 * @category Route
 * @example
 * pipeline("errors of the api", [filter((e) => e.service?.startsWith("api") && e.state === "error"), stdout()]);
 */
export function filter(test: Predicate): Stage {
  checkOption("filter", "test", test, aFunction);
  return stage("filter", () => passing("filter(test)", test), { memory: 0, changes: [] });
}
