import { atLeastOne, checkOption } from "../core/option.ts";
import { type OnEvent, type Stage, type Start, stage } from "../core/stage.ts";
import { compileSelector, type Selector, sameValue } from "../kit/selector.ts";

/**
 * Passes an event when a value of it has been the same in the last `n` events, and drops the others.
 *
 * Emits at once: the n-th event of a run and every further one. Holds the value and a count. `null` is a value, and
 * `expired` a state like any other.
 *
 * Unlike the first FastTS's, the first event passes when `n` is 1.
 *
 * @param n - Length of a run, a whole number >= 1; 1 passes everything.
 * @param value - What must be the same: a field or an attribute by its name (`"state"`, `"attributes.zone"`), or a
 * function that returns a string, number, boolean or nothing.
 * @throws FastTsError `FTS_STAGE_OPTION` when `n` is not a whole number >= 1 or `value` neither a field nor a function.
 * @category State and change
 * @example
 * pipeline("three failures in a row", [by("host", [runs(3, "state"), filter((e) => e.state === "failed"), stdout()])]);
 */
export function runs(n: number, value: Selector): Stage {
  checkOption("runs", "n", n, atLeastOne);
  const select = compileSelector("runs(value)", value);
  const start: Start = ({ emit, state }) => {
    const own = state(() => ({ value: null as ReturnType<typeof select>, length: 0 }));
    const onEvent: OnEvent = (event) => {
      const next = select(event);
      own.length = sameValue(next, own.value) ? own.length + 1 : 1;
      own.value = next;
      if (own.length >= n) emit(event);
    };
    return { onEvent, isInitial: () => own.length === 0 };
  };
  return stage("runs", start, { memory: Number.POSITIVE_INFINITY, changes: [], shape: [value] });
}
