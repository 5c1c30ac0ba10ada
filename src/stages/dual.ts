import type { Event } from "../core/event.ts";
import { expire, isExpired, NOT_KEPT } from "../core/expiry.ts";
import { aFunction, checkOption } from "../core/option.ts";
import type { AnyStages, Chain, Emitted } from "../core/pipeline.ts";
import { isYes, type Predicate } from "../core/predicate.ts";
import { checkStages, type Stage, stage } from "../core/stage.ts";

/**
 * Sends events for which `test` says yes through `then`, the others through `otherwise`, and sends the other side an
 * event of the same host and service with the state `expired` each time, so that it forgets them.
 *
 * Emits the output of the last stages of its branches, expired events first. An event that has expired itself, by its
 * state or its age, goes through both as it is. Holds nothing but what the branches do. Events without a metric are
 * tested like any other; if `test` throws, the pipeline restarts.
 *
 * @param test - Called once per event that has not expired. `null` and `undefined` are a no.
 * @param then - A list of stages, the first receives events; an empty list passes them on.
 * @param otherwise - The same for the others.
 * @throws FastTsError `FTS_STAGE_OPTION` when `test` is not a function, `FTS_NOT_A_STAGE` when a branch is not a list
 * of stages; `FTS_STAGE_MISUSE` at run time when `test` returns an object, such as the promise of an `async` function.
 * @category Route
 * @example
 * pipeline("two screens", [
 *   dual((e) => e.state === "critical", [tag("alarms")], [tag("quiet")]),
 *   stdout(),
 * ]);
 */
export function dual<const Then extends AnyStages, const Otherwise extends AnyStages>(
  test: Predicate,
  then: Then & Chain<Event, Then>,
  otherwise: Otherwise & Chain<Event, Otherwise>,
): Stage<Event, Emitted<Event, Then> | Emitted<Event, Otherwise>> {
  checkOption("dual", "test", test, aFunction);
  checkStages("dual(then)", then);
  checkStages("dual(otherwise)", otherwise);
  return stage<Event, Emitted<Event, Then> | Emitted<Event, Otherwise>>(
    "dual",
    (context) => {
      const { clock, defaultTtl } = context;
      const yes = context.branch("then").receive;
      const no = context.branch("otherwise").receive;
      return (event) => {
        const now = clock.now();
        if (isExpired(event, clock, defaultTtl, now)) {
          yes(event);
          no(event);
          return;
        }
        const answer = test(event);
        const isOurs = answer === true || isYes("dual(test)", answer);
        (isOurs ? no : yes)(expire(event, now));
        (isOurs ? yes : no)(event);
      };
    },
    { branches: { then, otherwise }, memory: 0, changes: NOT_KEPT },
  );
}
