import { aFunction, checkOption } from "../core/option.ts";
import type { Predicate } from "../core/predicate.ts";
import { type Stage, stage } from "../core/stage.ts";
import { passing } from "../core/stateless.ts";

/**
 * Passes events for which `test` says yes, and drops the others.
 *
 * Emits at once and holds nothing. Events without a metric and expired ones are asked about as any other; should `test`
 * throw, the pipeline restarts.
 *
 * @param test - Called once per event. `null` and `undefined` are a no, so `e.service?.startsWith("api")` does what it
 * says.
 * @throws FastTsError `FTS_STAGE_OPTION` when `test` is no function; `FTS_STAGE_MISUSE` in the run when it gives an
 * object, such as the promise of an `async` function, which would always be true.
 * @category Route
 * @example
 * pipeline("errors of the api", [filter((e) => e.service?.startsWith("api") && e.state === "error"), stdout()]);
 */
export function filter(test: Predicate): Stage {
  checkOption("filter", "test", test, aFunction);
  return stage("filter", () => passing("filter(test)", test), { memory: 0 });
}
