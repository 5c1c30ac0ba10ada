import type { Event } from "../core/event.ts";
import { atLeastOne, checkKeys, checkOption, duration } from "../core/option.ts";
import { type OnEvent, type Stage, type Start, stage } from "../core/stage.ts";
import { HeldEvents } from "../kit/held-events.ts";
import { compileSelector, type Selector, sameValue } from "../kit/selector.ts";
import { sumOf } from "../kit/window-edges.ts";

/** How much `stable` holds. */
export interface StableOptions {
  /** How many events are held while their value has yet to prove itself; a whole number >= 1. @default 1000 */
  readonly max?: number;
}

/**
 * Passes events only once a value of theirs has been the same for some time, so flapping is suppressed.
 *
 * Holds the events of a new value. When the value has lasted for `seconds`, by the times of its events or by the clock,
 * emits all it held, in order, and from then on each event of that value at once. An event with another value starts
 * over; the events held until then are dropped, as they were not stable. So are those held at a stop. Beyond `max` held
 * events the further ones are dropped and counted as `overflow`.
 *
 * The first value has to last as well. `null` is a value, `expired` a state like any other; an event that arrives more
 * than `seconds` after its time has lasted long enough.
 *
 * Unlike Riemann's, it never emits an event twice; unlike the first FastTS's, it emits the events that proved stable.
 *
 * @param seconds - How long the value must last, >= 0.001.
 * @param value - What must not change: a field or an attribute by its name (`"state"`, `"attributes.zone"`), or a
 * function of the event.
 * @throws FastTsError `FTS_STAGE_OPTION` when `seconds` is not a number >= 0.001, `value` neither a field nor a
 * function, or an option is wrong.
 * @category State and change
 * @example
 * pipeline("down for good", [by(["host", "service"], [stable(30, "state"), changed("state"), stdout()])]);
 */
export function stable(seconds: number, value: Selector, options: StableOptions = {}): Stage {
  checkOption("stable", "seconds", seconds, duration);
  const select = compileSelector("stable(value)", value);
  checkKeys("stable", options, ["max"]);
  const { max = 1000 } = options;
  checkOption("stable", "max", max, atLeastOne);
  const start: Start = (context) => {
    const { clock, emit } = context;
    const own = context.state(() => ({ value: null as ReturnType<typeof select>, isFirst: true }));
    const held = new HeldEvents(context);
    /** Set while the value has yet to prove itself, to the time until which it has to last. */
    const proof = context.alarm(release);

    function begin(event: Event): void {
      held.take();
      held.push(event);
      proof.set(sumOf(clock.timeOf(event), seconds));
    }

    function release(): void {
      proof.clear();
      for (const event of held.take()) emit(event);
    }

    const onEvent: OnEvent = (event) => {
      const next = select(event);
      if (own.isFirst || !sameValue(next, own.value)) {
        own.isFirst = false;
        own.value = next;
        return begin(event);
      }
      const { at } = proof;
      if (at === Number.POSITIVE_INFINITY) return emit(event);
      if (held.length < max) held.push(event);
      else context.dropped(1, "overflow");
      if (clock.timeOf(event) >= at) release();
    };
    return { onEvent, isInitial: () => own.isFirst };
  };
  return stage("stable", start, { memory: Number.POSITIVE_INFINITY, changes: [], shape: [seconds, value] });
}
