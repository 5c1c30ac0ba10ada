import type { Event } from "../core/event.ts";
import { atLeastOne, checkKeys, checkOption, count, duration } from "../core/option.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";
import { type AlignOptions, anchorOf, ClockWindows, checkAlign } from "../kit/clock-windows.ts";
import { HeldEvents } from "../kit/held-events.ts";

/** When the windows of a `rollup` begin, and how much it holds. */
export interface RollupOptions extends AlignOptions {
  /** How many events are held until their window ends; a whole number >= 1. @default 100_000 */
  readonly max?: number;
}

/**
 * Emits at most `n` lists in each window of `seconds`: the first events at once, one to a list, and all further ones
 * together when the window ends. For mails: the first alerts come at once, a flood comes as one.
 *
 * Windows go by the clock and follow each other from the moment the stage starts. The list at a window's end counts as
 * one of the next window's `n`; so with `n` 1 a flood becomes one list per window, and the first event after a quiet
 * window is emitted at once again. Emits what it holds at a stop. Holds at most `max` events; further ones are dropped
 * and counted as `overflow`. Events without a metric and expired ones are treated like any other.
 *
 * Unlike Riemann's, a window without events restores all of `n`: there, after one overflow with `n` 1, every later
 * event has to wait.
 *
 * @param n - Lists per window, a whole number >= 0; 0 gathers all events.
 * @param seconds - Window length, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when `n` is not a whole number >= 0, `seconds` is not a number >= 0.001, or an
 * option is wrong.
 * @category Windows
 * @example
 * pipeline("five mails an hour", [filter((e) => e.state === "critical"), rollup(5, 3600), email("ops@example.com")]);
 */
export function rollup(n: number, seconds: number, options: RollupOptions = {}): Stage<Event, readonly Event[]> {
  checkOption("rollup", "n", n, count);
  checkOption("rollup", "seconds", seconds, duration);
  checkKeys("rollup", options, ["align", "max"]);
  checkAlign("rollup", options);
  const { max = 100_000 } = options;
  checkOption("rollup", "max", max, atLeastOne);
  const start: Start<Event, readonly Event[]> = (context) => {
    const { clock, emit } = context;
    const held = new HeldEvents(context);
    const own = context.state(() => ({
      /** Lists emitted in this window. */
      given: 0,
    }));
    const windows = new ClockWindows(context, seconds, anchorOf(options, clock.now()), next);

    function next(): void {
      own.given = 0;
      giveOut();
      if (own.given > 0) windows.open();
    }

    function giveOut(): void {
      if (held.length === 0) return;
      own.given += 1;
      emit(held.take());
    }

    return {
      onEvent: (event) => {
        windows.open();
        if (own.given < n) {
          own.given += 1;
          emit([event]);
        } else if (held.length < max) held.push(event);
        else context.dropped(1, "overflow");
      },
      flush: giveOut,
    };
  };
  return stage("rollup", start, { memory: seconds, changes: [], shape: [seconds, options.align] });
}
