import { checkKeys } from "../core/option.ts";
import { compileSelector, type Primitive, type Selector, sameValue } from "../core/selector.ts";
import { type Stage, stage } from "../core/stage.ts";

/** What counts as the value before the first. */
export interface ChangedOptions {
  /** The value before the first event: an event that has it does not count as a change. @default null */
  readonly init?: Primitive;
}

/**
 * Passes an event when a value of it differs from the event before, and drops the others.
 *
 * Emits at once and holds that value. The first event passes unless its value is `init`, by default `null`. Compares
 * all events with each other whatever their host and service: `changedState` and `by` keep them apart. `null` is a
 * value, and `expired` a state as any other.
 *
 * @param value - What to compare: a field name, or a function that gives a string, number, boolean or nothing.
 * @throws FastTsError `FTS_STAGE_OPTION` when `value` is neither a field nor a function, or an option is unknown.
 * @category State and change
 * @example
 * pipeline("new releases", [filter((e) => e.service === "deploy"), changed((e) => e.attributes.version), stdout()]);
 */
export function changed(value: Selector, options: ChangedOptions = {}): Stage {
  const select = compileSelector("changed(value)", value);
  checkKeys("changed", options, ["init"]);
  const { init = null } = options;
  return stage("changed", ({ emit }) => {
    let previous: Primitive = init;
    return (event) => {
      const next = select(event);
      if (sameValue(next, previous)) return;
      previous = next;
      emit(event);
    };
  });
}
