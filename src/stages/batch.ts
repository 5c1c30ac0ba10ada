import type { Event } from "../core/event.ts";
import { atLeastOne, checkKeys, checkOption, duration } from "../core/option.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";
import { type AlignOptions, anchorOf, ClockWindows, checkAlign } from "../kit/clock-windows.ts";
import { HeldEvents } from "../kit/held-events.ts";

/** When a `batch` emits what it has. */
export type BatchOptions = AlignOptions;

/**
 * Gathers events into lists of `n`, or of fewer when the time is up.
 *
 * Emits a list as soon as it has `n` events; at each tick of the clock and at a stop it emits what it has. Lists are
 * never empty. Ticks are `seconds` apart, counted from the start of the stage, so an event waits `seconds` at most,
 * often less. Holds fewer than `n` events. Events without a metric and expired ones are gathered like any other.
 *
 * @param n - The maximum length of a list, a whole number >= 1.
 * @param seconds - Time between two ticks, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when `n` is not a whole number >= 1, `seconds` is not a number >= 0.001, or an
 * option is wrong.
 * @category Windows
 * @example
 * pipeline("worst of a hundred", [batch(100, 10), combine(folds.maximum), stdout()]);
 */
export function batch(n: number, seconds: number, options: BatchOptions = {}): Stage<Event, readonly Event[]> {
  checkOption("batch", "n", n, atLeastOne);
  checkOption("batch", "seconds", seconds, duration);
  checkKeys("batch", options, ["align"]);
  checkAlign("batch", options);
  const start: Start<Event, readonly Event[]> = (context) => {
    const { clock, emit } = context;
    const held = new HeldEvents(context);
    const windows = new ClockWindows(context, seconds, anchorOf(options, clock.now()), giveOut);

    function giveOut(): void {
      if (held.length > 0) emit(held.take());
    }

    return {
      onEvent: (event) => {
        held.push(event);
        if (held.length >= n) giveOut();
        else windows.open();
      },
      flush: giveOut,
    };
  };
  return stage("batch", start, { memory: seconds, changes: [], shape: [seconds, options.align] });
}
