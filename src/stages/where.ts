import type { Event } from "../core/event.ts";
import { aFunction, checkOption } from "../core/option.ts";
import type { AnyStages, Chain, Emitted } from "../core/pipeline.ts";
import { isYes, type Predicate } from "../core/predicate.ts";
import { checkStages, type Stage, stage } from "../core/stage.ts";

/**
 * Sends events for which `test` says yes through `then`, and the others through `otherwise`.
 *
 * Emits the output of the last stages of its branches. Without `otherwise` it drops events for which `test` says no.
 * Holds nothing but what the branches do. Events without a metric and expired ones are tested like any other; if `test`
 * throws, the pipeline restarts.
 *
 * @param test - Called once per event. `null` and `undefined` are a no.
 * @param then - A list of stages, the first receives events; an empty list passes them on.
 * @param otherwise - The same for the others.
 * @throws FastTsError `FTS_STAGE_OPTION` when `test` is not a function, `FTS_NOT_A_STAGE` when a branch is not a list
 * of stages; `FTS_STAGE_MISUSE` at run time when `test` returns an object, such as the promise of an `async` function.
 * @category Route
 * @example
 * pipeline("alerts", [
 *   where((e) => e.state === "critical", [throttle(5, 3600), email("ops@example.com")], [tag("harmless")]),
 *   stdout(),
 * ]);
 */
export function where<const Then extends AnyStages, const Otherwise extends AnyStages = never>(
  test: Predicate,
  then: Then & Chain<Event, Then>,
  otherwise?: Otherwise & Chain<Event, Otherwise>,
): Stage<Event, Emitted<Event, Then> | Emitted<Event, Otherwise>> {
  checkOption("where", "test", test, aFunction);
  checkStages("where(then)", then);
  if (otherwise !== undefined) checkStages("where(otherwise)", otherwise);
  const branches = otherwise === undefined ? { then } : { then, otherwise };
  return stage<Event, Emitted<Event, Then> | Emitted<Event, Otherwise>>(
    "where",
    (context) => {
      const yes = context.branch("then").receive;
      const no = otherwise === undefined ? ignore : context.branch("otherwise").receive;
      return (event) => {
        const answer = test(event);
        if (answer === true || isYes("where(test)", answer)) yes(event);
        else no(event);
      };
    },
    { branches, memory: 0, changes: [] },
  );
}

function ignore(): void {}
