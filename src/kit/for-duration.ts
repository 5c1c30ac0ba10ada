import { checkOption, duration } from "../core/option.ts";
import { isYes, type Predicate } from "../core/predicate.ts";
import { type OnEvent, type Stage, type Start, stage } from "../core/stage.ts";
import { sumOf } from "./window-edges.ts";

/**
 * A stage that passes events while `test` has said yes to all of them for longer than `seconds`, by their own times:
 * from the first yes on, until the next no.
 *
 * @param shape - What else than `seconds` shapes its state: a `test` of the user. The text of one of ours is another in each
 *   thread that it is built for.
 */
export function forDuration(name: string, seconds: number, test: Predicate, shape: readonly unknown[] = []): Stage {
  checkOption(name, "seconds", seconds, duration);
  const start: Start = ({ clock, emit, state }) => {
    const own = state(() => ({
      /** The time of the first yes in a row; `null` after a no. */
      since: null as number | null,
      until: 0,
    }));
    const onEvent: OnEvent = (event) => {
      const answer = test(event);
      if (answer !== true && !isYes(`${name}(test)`, answer)) {
        own.since = null;
        return;
      }
      const time = clock.timeOf(event);
      if (own.since === null || own.since > clock.latest()) {
        own.since = time;
        own.until = sumOf(time, seconds);
      }
      if (time > own.until) emit(event);
    };
    return { onEvent, isInitial: () => own.since === null };
  };
  return stage(name, start, { memory: Number.POSITIVE_INFINITY, changes: [], shape: [seconds, ...shape] });
}
